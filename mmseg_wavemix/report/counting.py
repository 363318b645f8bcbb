"""One pass over the predictions of a run: everything that the page tells of pixels."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ..errors import InputError
from ..evaluation.counts import ImageCounts, count_image, read_ids, scores_of_counts
from ..evaluation.official import instance_path
from .boundaries import boundary_counts, ring_confusions
from .frames import Frame
from .objects import object_counts

WORKERS = 4  # OpenCV and numpy let go of the interpreter; each holds a few copies of an image
NO_INSTANCES = np.zeros((0, 4), np.int64)


@dataclass(frozen=True)
class Counted:
    """What was counted of a run.

    Attributes:
        frames: in the order of their names.
        images: the official counts of each.
        scores: official, of all of them, see ``in_percent``.
        frame_miou: official mIoU of each image alone; None where nothing is scored.
        confusion: ``(34, 34)`` pixels: label id in the ground truth, label id predicted.
        rings: the same by distance to boundaries, see :func:`ring_confusions`.
        boundary: ``(34, 2)``, see :func:`boundary_counts`.
        objects: ``(n, 4)``, see :func:`object_counts`.
        size: height and width of the first image.
    """

    frames: list[Frame]
    images: list[ImageCounts]
    scores: dict
    frame_miou: list[float | None]
    confusion: np.ndarray
    rings: np.ndarray
    boundary: np.ndarray
    objects: np.ndarray
    size: tuple[int, int]


def count(frames: Sequence[Frame]) -> Counted:
    """Counts all frames.

    Raises:
        InputError: a file cannot be read, sizes differ, or ids are no label ids.
    """
    frames = sorted(frames, key=lambda frame: frame.name)
    images, objects, size = [], [], (0, 0)
    rings, boundary = 0, 0
    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(_count_frame, frames)
        for found in tqdm(results, 'counting', len(frames), leave=False, disable=None):
            images.append(found[0])
            rings = rings + found[1]
            boundary = boundary + found[2]
            objects.append(found[3])
            size = size if any(size) else found[4]
    return Counted(
        frames=frames,
        images=images,
        scores=scores_of_counts([(f.name, image) for f, image in zip(frames, images)]),
        frame_miou=[scores_of_counts([('', image)])['mIoU'] for image in images],
        confusion=sum(image.confusion for image in images),
        rings=rings,
        boundary=boundary,
        objects=np.concatenate(objects),
        size=size,
    )


def miou_of(confusion: np.ndarray) -> float | None:
    """Official class mIoU in percent of a confusion matrix, ``(34, 34)``."""
    return scores_of_counts([('', ImageCounts(confusion, NO_INSTANCES))])['mIoU']


def _count_frame(frame: Frame) -> tuple:
    prediction, labels, instances = map(
        read_ids, (frame.prediction, frame.truth, instance_path(frame.truth))
    )
    try:
        official = count_image(prediction, labels, instances)
    except InputError as error:
        raise InputError(f'{frame.prediction} against {frame.truth}: {error}') from None
    return (
        official,
        ring_confusions(prediction, labels),
        boundary_counts(prediction, labels),
        object_counts(prediction, labels, instances),
        labels.shape,
    )
