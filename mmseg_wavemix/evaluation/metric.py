"""Official Cityscapes scores as a metric for validation and test."""

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from mmseg.registry import METRICS
from PIL import Image

from ..datasets.checks import picture_fault
from ..errors import InputError
from .counts import UNREADABLE, ImageCounts, count_image, read_ids, scores_of_counts
from .label_id_metric import LabelIdMetric, size_text
from .label_ids import label_ids_path
from .official import (
    LABEL_IDS,
    format_scores,
    ground_truth_fault,
    instance_path,
    official_scores,
    save_scores,
)
from .ranks import main_process_does, output_directory, path_fault
from .resized import resize_ground_truth, resized_ground_truth


def check_ground_truth(seg_map_paths: Iterable[str]) -> None:
    """Checks that all of a split can be scored, without decoding it.

    Raises:
        InputError: label ids or instance ids beside the train ids are missing, damaged or of
            another size.
    """
    seg_map_paths = list(seg_map_paths)
    truths = [label_ids_path(path) for path in seg_map_paths]
    fault = ground_truth_fault(truths)
    for train_ids, truth in zip(seg_map_paths, truths):
        if fault:
            raise InputError(fault)
        with Image.open(train_ids) as opened:
            size = opened.size
        files = (Path(truth), Path(instance_path(truth)))
        fault = next(filter(None, (picture_fault(file, size) for file in files)), None)
    if fault:
        raise InputError(fault)


@dataclass(frozen=True)
class _Scored:
    """One image on its way to the main process."""

    image: str
    truth: str  # label ids, those that were resized for it if they were
    file: str | None
    counts: ImageCounts | None


@METRICS.register_module()
class CityscapesOfficialMetric(LabelIdMetric):
    """Class and category IoU and instance-level iIoU by cityscapesscripts' own code.

    Unlike mmseg's ``CityscapesMetric`` it returns the class mIoU, deletes nothing it did not make,
    maps classes by name, and leaves the official module's global state alone. After each evaluation
    ``scores`` holds the full result of :func:`official_scores` (on the main process).

    On several processes the scores are those of one process to the last bit.

    Args:
        output_dir: Keep the predictions here, one label-id PNG ``<image stem>.png`` an image, as
            the benchmark's server takes them. Must be new or empty; the metric's own predictions of
            an earlier epoch are replaced. None: a temporary directory, removed with the metric.
        json_file: Write the scores here after each evaluation. Must not exist yet.
        network_size: Height and width of the predictions, where they stay at the size the network
            sees (see ``PredictionSize``): label and instance ids are resized to it, then scored by
            the same code. So the paper scores; such scores cannot be compared with official ones,
            and are marked by ``scores['size']``. The weights of iIoU are made for instances at full
            size. None: predictions have the ground truth's size.
        streaming: Count each image as it comes, instead of writing it for the official code to
            read: no files (but those of ``output_dir``), and the same scores to the last bit, since
            the official functions work on these counts (see ``counts.py``). For validation during
            training; final numbers are better left to the official code from end to end.
        keep_results: True, and nothing else: what lies in ``output_dir`` stays. MMSegmentation's
            own test tool passes it.
        prefix: See ``BaseMetric``.

    Raises:
        InputError: at construction, something is in the way of the output; when the dataset is
            known, a class without label id; at an image, missing or mis-sized ground truth. All
            before the official code runs.
    """

    def __init__(
        self,
        output_dir: str | None = None,
        json_file: str | None = None,
        network_size: Sequence[int] | None = None,
        streaming: bool = False,
        keep_results: bool = True,
        prefix: str | None = None,
    ) -> None:
        super().__init__(prefix=prefix)
        if not keep_results:
            raise InputError('keep_results=False: leave output_dir out, then nothing is kept.')
        self.scores: dict | None = None
        self.network_size = _checked_size(network_size)
        self.streaming = streaming
        self.json_file = json_file
        self._json_written = False
        self._images: dict[str, str] = {}  # prediction file -> image
        main_process_does(lambda: path_fault('json_file', json_file))
        needed = output_dir is not None or not streaming
        self.output_dir = output_directory(output_dir, self) if needed else None
        needed = self.network_size and not streaming
        self._truth_dir = output_directory(None, self) if needed else None

    def one_image(self, sample: dict, prediction: np.ndarray) -> _Scored:
        """Count it, or write it as a PNG of label ids."""
        image = sample['img_path']
        if sample.get('seg_map_path') is None:
            raise InputError(f'{image} has no ground truth: official scores need label ids.')
        truth = label_ids_path(sample['seg_map_path'])
        self._check_size(image, prediction, truth)
        ids = self.to_label_ids(prediction, image)
        file = self._write(image, ids) if self.output_dir else None
        resized = self.network_size is not None and _size_of(truth) != self.network_size
        if self.streaming:
            return _Scored(image, truth, file, self._count(image, ids, truth, resized))
        if resized:
            # by the image's name, which no other image of the split has; kept between epochs
            target = os.path.join(self._truth_dir, Path(file).stem + LABEL_IDS)
            if not os.path.isfile(target):
                resize_ground_truth(truth, target, self.network_size)
            truth = target
        return _Scored(image, truth, file, None)

    def _write(self, image: str, ids: np.ndarray) -> str:
        file = os.path.join(self.output_dir, f'{Path(image).stem}.png')
        first = self._images.setdefault(file, image)
        if first != image:
            raise InputError(f'{first} and {image} would share {file}: rename one of them.')
        Image.fromarray(ids).save(file)
        return file

    def _count(self, image: str, ids: np.ndarray, truth: str, resized: bool) -> ImageCounts:
        if resized:
            labels, instances = resized_ground_truth(truth, self.network_size)
        else:
            labels, instances = read_ids(truth), read_ids(instance_path(truth))
        try:
            return count_image(ids, labels, instances)
        except InputError as error:
            raise InputError(f'{image} against {truth}: {error}') from None

    def _check_size(self, image: str, prediction: np.ndarray, truth: str) -> None:
        fault = ground_truth_fault([truth])
        if fault is None:
            size = _size_of(truth)
            if self.network_size and prediction.shape != self.network_size:
                fault = (
                    f'The prediction for {image} is {size_text(prediction.shape)} (height x '
                    f'width), network_size is {size_text(self.network_size)}: put '
                    f'dict(type="PredictionSize", size={self.network_size}) before PackSegInputs.'
                )
            elif not self.network_size and prediction.shape != size:
                fault = (
                    f'The prediction for {image} is {size_text(prediction.shape)} (height x '
                    f'width), its ground truth {truth} is {size_text(size)}: predict at the '
                    'original size.'
                )
        if fault:
            raise InputError(fault)

    def compute_metrics(self, results: list[_Scored]) -> dict[str, float | None]:
        """Score the images of all processes.

        Returns:
            ``mIoU, iIoU, mIoU_category, iIoU_category`` and ``IoU/<class>``, in percent. What is
            not scored is left out, but for mIoU, which is then None:
            ``CheckpointHook(save_best='mIoU')`` passes over None, and fails if the key is missing.
        """
        files = [scored.file for scored in results if scored.file is not None]
        if len(set(files)) < len(files):  # seen by no single process
            raise InputError(
                'Images of one name in several folders share a prediction: rename them.'
            )
        if self.streaming:
            self.scores = scores_of_counts([(scored.truth, scored.counts) for scored in results])
        else:
            self.scores = official_scores([(scored.file, scored.truth) for scored in results])
        if self.network_size and any(self._was_resized(scored) for scored in results):
            self.scores['size'] = list(self.network_size)
        print_log(f'\n{format_scores(self.scores)}', logger='current')
        if self.scores['mIoU'] is None:
            print_log(
                'No pixel of the ground truth is evaluated.',
                logger='current',
                level=logging.WARNING,
            )
        if self.json_file is not None:
            save_scores(self.scores, self.json_file, replace=self._json_written)
            self._json_written = True
        flat = {
            name: self.scores[name] for name in ('mIoU', 'iIoU', 'mIoU_category', 'iIoU_category')
        }
        flat |= {f'IoU/{name}': row['IoU'] for name, row in self.scores['classes'].items()}
        return {name: score for name, score in flat.items() if score is not None or name == 'mIoU'}

    def _was_resized(self, scored: _Scored) -> bool:
        if self.streaming:
            return _size_of(scored.truth) != self.network_size
        return os.path.dirname(scored.truth) == self._truth_dir


def _checked_size(size: Sequence[int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    if len(size) != 2 or not all(isinstance(length, int) and length > 0 for length in size):
        raise InputError(f'network_size is {size}: give height and width, such as (256, 512).')
    return tuple(size)


def _size_of(path: str) -> tuple[int, int]:
    try:
        with Image.open(path) as opened:  # reads the header only
            return opened.height, opened.width
    except UNREADABLE as error:
        raise InputError(f'{path} cannot be read ({error}): copy it again.') from error
