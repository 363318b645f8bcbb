"""Official Cityscapes scores as a metric for validation and test."""

import logging
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from cityscapesscripts.helpers.labels import name2label
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmseg.registry import METRICS
from PIL import Image

from ..datasets.checks import picture_fault
from ..errors import InputError
from .official import (
    LABEL_IDS,
    format_scores,
    ground_truth_fault,
    instance_path,
    official_scores,
    save_scores,
)
from .resized import resize_ground_truth

TRAIN_IDS = '_labelTrainIds.png'


def label_ids_of_classes(classes: Sequence[str]) -> np.ndarray:
    """Cityscapes label id of each class, by name; uint8, ``(num_classes,)``.

    By name, not by train id: a model may know only some of the 19 classes, in its own order.

    Raises:
        InputError: a name which is no Cityscapes label.
    """
    unknown = [name for name in classes if name not in name2label or name2label[name].id < 0]
    if unknown:
        raise InputError(
            f'No Cityscapes label id for class {", ".join(map(repr, unknown))}: '
            "name the dataset's classes as in cityscapesscripts.helpers.labels."
        )
    return np.array([name2label[name].id for name in classes], dtype=np.uint8)


def label_ids_path(seg_map_path: str) -> str:
    """The label ids beside the train ids of the data set; only the file's name changes.

    Raises:
        InputError: the file is named like neither of them.
    """
    folder, name = os.path.split(seg_map_path)
    if name.endswith(TRAIN_IDS):
        name = name.removesuffix(TRAIN_IDS) + LABEL_IDS
    if not name.endswith(LABEL_IDS):
        raise InputError(
            f'{seg_map_path}: official scores need ground truth named *{TRAIN_IDS} or *{LABEL_IDS}.'
        )
    return os.path.join(folder, name)


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


@METRICS.register_module()
class CityscapesOfficialMetric(BaseMetric):
    """Class and category IoU and instance-level iIoU by cityscapesscripts' own code.

    Unlike mmseg's ``CityscapesMetric`` it returns the class mIoU, deletes nothing it did not make,
    maps classes by name, and leaves the official module's global state alone. After each evaluation
    ``scores`` holds the full result of :func:`official_scores` (on the main process).

    Args:
        output_dir: Keep the predictions here, one label-id PNG ``<image stem>.png`` an image, as
            the benchmark's server takes them. Must be new or empty; the metric's own predictions of
            an earlier epoch are replaced. None: a temporary directory, removed with the metric.
        json_file: Write the scores here after each evaluation. Must not exist yet.
        network_size: Height and width of the predictions, where they stay at the size the network
            sees (see ``PredictionSize``): label and instance ids are resized to it in a temporary
            directory, then scored by the same code. So the paper scores; such scores cannot be
            compared with official ones, and are marked by ``scores['size']``. The weights of iIoU
            are made for instances at full size. None: predictions have the ground truth's size.
        keep_results: True, and nothing else: what lies in ``output_dir`` stays. MMSegmentation's
            own test tool passes it.
        collect_device, prefix: See ``BaseMetric``.

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
        keep_results: bool = True,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not keep_results:
            raise InputError('keep_results=False: leave output_dir out, then nothing is kept.')
        self.scores: dict | None = None
        self.network_size = _checked_size(network_size)
        self.json_file = json_file
        self._json_written = False
        self._images: dict[str, str] = {}  # prediction file -> image
        self.output_dir = self._prepare_output(output_dir)
        self._truth_dir = self._prepare_output(None) if self.network_size else None

    def _prepare_output(self, output_dir: str | None) -> str:
        """Rank 0 makes the directory; all learn of it or of the fault: none is left waiting."""
        shared: list[str | None] = [None, None]
        if is_main_process():
            fault = self._output_fault(output_dir)
            if fault:
                shared = [None, fault]
            elif output_dir is None:
                temporary = tempfile.mkdtemp(prefix='cityscapes_scores_')
                weakref.finalize(self, _remove_own, temporary, os.getpid())
                shared = [temporary, None]
            else:
                os.makedirs(output_dir, exist_ok=True)
                shared = [os.path.abspath(output_dir), None]
        broadcast_object_list(shared)
        directory, fault = shared
        if directory is not None and not os.path.isdir(directory):
            fault = f'{directory} is not seen by all processes: set output_dir on a shared disk.'
        if fault:
            raise InputError(fault)
        return directory

    def _output_fault(self, output_dir: str | None) -> str | None:
        if self.json_file is not None and os.path.lexists(self.json_file):
            return f'json_file {self.json_file} exists and is not overwritten: name a new file.'
        if output_dir is not None and os.path.lexists(output_dir):
            if not os.path.isdir(output_dir):
                return f'output_dir {output_dir} is not a directory: name a new one.'
            if os.listdir(output_dir):
                return (
                    f'output_dir {output_dir} is not empty, nothing is overwritten: name a new one.'
                )
        return None

    @BaseMetric.dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict | None) -> None:
        # Set when the loop is built: a wrong class name is told before the first epoch.
        if dataset_meta is not None:
            self._label_ids = label_ids_of_classes(dataset_meta['classes'])
        self._dataset_meta = dataset_meta

    def process(self, data_batch: dict | None, data_samples: Sequence[dict]) -> None:
        """Write each prediction, class indices ``(1, H, W)``, as a PNG of label ids."""
        for sample in data_samples:
            image = sample['img_path']
            if sample.get('seg_map_path') is None:
                raise InputError(f'{image} has no ground truth: official scores need label ids.')
            truth = label_ids_path(sample['seg_map_path'])
            prediction = sample['pred_sem_seg']['data'].squeeze(0).cpu().numpy()
            self._check(image, prediction, truth)
            file = os.path.join(self.output_dir, f'{Path(image).stem}.png')
            first = self._images.setdefault(file, image)
            if first != image:
                raise InputError(f'{first} and {image} would share {file}: rename one of them.')
            Image.fromarray(self._label_ids[prediction]).save(file)
            if self.network_size and _size_of(truth) != self.network_size:
                # by the image's name, which no other image of the split has; kept between epochs
                resized = os.path.join(self._truth_dir, Path(file).stem + LABEL_IDS)
                if not os.path.isfile(resized):
                    resize_ground_truth(truth, resized, self.network_size)
                truth = resized
            self.results.append((file, truth))

    def _check(self, image: str, prediction: np.ndarray, truth: str) -> None:
        fault = ground_truth_fault([truth])
        if fault is None:
            size = _size_of(truth)
            if self.network_size and prediction.shape != self.network_size:
                fault = (
                    f'The prediction for {image} is {_text(prediction.shape)} (height x width), '
                    f'network_size is {_text(self.network_size)}: put dict(type="PredictionSize", '
                    f'size={self.network_size}) before PackSegInputs.'
                )
            elif not self.network_size and prediction.shape != size:
                fault = (
                    f'The prediction for {image} is {_text(prediction.shape)} (height x width), '
                    f'its ground truth {truth} is {_text(size)}: predict at the original size.'
                )
            elif prediction.min() < 0 or prediction.max() >= len(self._label_ids):
                fault = (
                    f'The prediction for {image} holds classes {prediction.min()} to '
                    f'{prediction.max()}, the dataset names {len(self._label_ids)}: '
                    "set the head's num_classes to that."
                )
        if fault:
            raise InputError(fault)

    def compute_metrics(self, results: list[tuple[str, str]]) -> dict[str, float | None]:
        """Score the pairs ``(prediction, ground truth)`` of all processes.

        Returns:
            ``mIoU, iIoU, mIoU_category, iIoU_category`` and ``IoU/<class>``, in percent. What is
            not scored is left out, but for mIoU, which is then None:
            ``CheckpointHook(save_best='mIoU')`` passes over None, and fails if the key is missing.
        """
        if len({file for file, _ in results}) < len(set(results)):  # seen by no single process
            raise InputError(
                'Images of one name in several folders share a prediction: rename them.'
            )
        self.scores = official_scores(results)
        if any(os.path.dirname(truth) == self._truth_dir for _, truth in results):
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


def _checked_size(size: Sequence[int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    if len(size) != 2 or not all(isinstance(length, int) and length > 0 for length in size):
        raise InputError(f'network_size is {size}: give height and width, such as (256, 512).')
    return tuple(size)


def _size_of(path: str) -> tuple[int, int]:
    with Image.open(path) as opened:  # reads the header only
        return opened.height, opened.width


def _text(shape: Sequence[int]) -> str:
    return 'x'.join(map(str, shape))


def _remove_own(directory: str, pid: int) -> None:
    """Remove the temporary directory, but not from a forked data loader's copy of the metric."""
    if os.getpid() == pid:
        shutil.rmtree(directory, ignore_errors=True)
