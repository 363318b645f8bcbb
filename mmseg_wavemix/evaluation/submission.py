"""Predictions into an archive for the Cityscapes benchmark's server (see ``lint.py``)."""

import logging
import os
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from mmseg.registry import METRICS
from PIL import Image

from ..datasets.checks import picture_fault
from ..errors import InputError
from .label_id_metric import LabelIdMetric, size_text
from .lint import TEST_IMAGES, frame_of, lint_submission
from .official import listing
from .ranks import main_process_does, output_directory, path_fault


def check_images(images: Sequence[str], hint: str = '') -> None:
    """Checks before a long run that the images of a split can be predicted and submitted.

    Args:
        images: their files.
        hint: what to do when there are none.

    Raises:
        InputError: there is none; or the first fault of each kind: names that are not Cityscapes',
            two images of one frame, an image that is damaged.
    """
    if not images:
        raise InputError(f'The test split holds no image.\n{hint}'.strip())
    misnamed = [image for image in images if frame_of(image) is None]
    if misnamed:
        raise InputError(
            f'{len(misnamed)} images are not named <city>_<6 digits>_<6 digits>*, as the benchmark '
            f'wants them: {listing(misnamed)}; rename them.'
        )
    frames = Counter(map(frame_of, images))
    several = [frame for frame, times in frames.items() if times > 1]
    if several:
        raise InputError(f'Several images are of one frame: {listing(several)}; leave one of each.')
    fault = next(filter(None, (picture_fault(Path(image)) for image in images)), None)
    if fault:
        raise InputError(fault)


@METRICS.register_module()
class CityscapesSubmission(LabelIdMetric):
    """Instead of scores, an archive for the benchmark's server; needs no ground truth.

    Args:
        archive: The zip file to write; must not exist yet. It appears when it is complete and
            :func:`lint_submission` finds no fault in it.
        prefix: See ``BaseMetric``.

    Raises:
        InputError: on all processes; the file exists, an image's name is not Cityscapes', a
            prediction has not the size of its image, or the archive cannot be written.
    """

    def __init__(self, archive: str, prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        self.archive = os.path.abspath(archive)
        main_process_does(lambda: path_fault('The archive', archive))
        self._directory = output_directory(None, self)

    def one_image(self, sample: dict, prediction: np.ndarray) -> tuple[str, tuple[int, int]]:
        """Write it as a PNG of label ids."""
        image = sample['img_path']
        frame = frame_of(image)
        if frame is None:
            raise InputError(
                f'{image}: the benchmark takes images named <city>_<6 digits>_<6 digits>*.'
            )
        with Image.open(image) as opened:
            size = opened.height, opened.width
        if prediction.shape != size:
            raise InputError(
                f'The prediction for {image} is {size_text(prediction.shape)} (height x width), '
                f'the image {size_text(size)}: predict at the original size.'
            )
        name = f'{Path(image).stem}.png'
        ids = self.to_label_ids(prediction, image)
        Image.fromarray(ids).save(os.path.join(self._directory, name))
        return name, size

    def compute_metrics(self, results: list[tuple[str, tuple[int, int]]]) -> dict[str, int]:
        """Write and check the archive of ``(file name, size of its image)``.

        Returns:
            ``{"images": n}``.
        """
        results = sorted(results)
        folder = os.path.dirname(self.archive)
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix='submission_') as scratch:
            unfinished = os.path.join(scratch, 'archive.zip')
            write_archive(unfinished, [os.path.join(self._directory, name) for name, _ in results])
            faults = lint_submission(unfinished, {frame_of(name): size for name, size in results})
            if faults:
                raise InputError('\n'.join(faults))
            path_fault('The archive', self.archive)  # it may have come in the meantime
            os.replace(unfinished, self.archive)
        print_log(f'{len(results)} predictions in {self.archive}', logger='current')
        if len(results) != TEST_IMAGES:
            print_log(
                f'The benchmark scores its test split of {TEST_IMAGES} images: name it by '
                '--cfg-options test_dataloader.dataset.data_prefix.img_path=leftImg8bit/test',
                logger='current',
                level=logging.WARNING,
            )
        return {'images': len(results)}


def write_archive(archive: str | os.PathLike, files: Iterable[str | os.PathLike]) -> None:
    """Write files, by name and without folders, into a new zip; PNGs are not compressed again."""
    with zipfile.ZipFile(archive, 'x', zipfile.ZIP_STORED) as opened:
        for file in files:
            opened.write(file, os.path.basename(file))
