"""Are small objects found? IoU of single objects, in quarters of their size.

A semantic prediction has no objects, so what is falsely called a class belongs to none of them. As
Z. Wang et al. have it (Revisiting evaluation metrics for semantic segmentation, NeurIPS 2023, arXiv
2310.19252, mIoU^K), the false pixels of an image are shared by its objects of the class, in
proportion to their size: IoU = found / (size + share). Each object counts once, whatever its size.

There, regions without annotated instances are one object an image and class; here each connected
region is one, so that one pole of a row is an object.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .boundaries import VOID

QUARTERS = 4


def object_counts(prediction: np.ndarray, labels: np.ndarray, instances: np.ndarray) -> np.ndarray:
    """The objects of one image: annotated instances, else regions connected in 8 directions.

    Args:
        prediction: label ids, ``(H, W)``.
        labels: label ids of the ground truth, ``(H, W)``.
        instances: its instance ids, ``(H, W)``: label id * 1000 + number; below, the label id.

    Returns:
        ``(n, 4)`` float64: label id, pixels, pixels found, its share of the pixels that are
        falsely called its class. Void has no objects, and nothing predicted there is false.
    """
    rows = [np.empty((0, 4))]
    for label in np.unique(labels).tolist():
        if VOID[label]:
            continue
        mask = labels == label
        annotated = mask & (instances >= 1000)
        _, numbers = cv2.connectedComponents((mask & ~annotated).astype(np.uint8), connectivity=8)
        numbers = numbers.astype(np.int64)
        numbers[annotated] = instances[annotated] + numbers.max()
        numbers = numbers[mask]
        guessed = prediction == label
        found = np.bincount(numbers, guessed[mask])
        pixels = np.bincount(numbers)
        (objects,) = pixels.nonzero()
        false = np.count_nonzero(guessed & ~mask & ~VOID[labels])
        pixels, found = pixels[objects], found[objects]
        share = false * pixels / pixels.sum()
        rows.append(np.stack([np.full(len(objects), label), pixels, found, share], axis=1))
    return np.concatenate(rows)


@dataclass(frozen=True)
class Sizes:
    """The objects of one class, a quarter of them at a time, the smallest first.

    Attributes:
        objects: how many there are.
        pixels: median size of each quarter.
        iou: mean IoU of each quarter, in percent.
        recall: mean share of an object's pixels that were found, in percent.
    """

    objects: int
    pixels: list[float]
    iou: list[float]
    recall: list[float]


def by_size(objects: np.ndarray) -> dict[int, Sizes]:
    """Quarters of each class by the number of objects.

    Args:
        objects: rows of :func:`object_counts`, of all images.

    Returns:
        By label id; a class with fewer objects than quarters is left out.
    """
    result = {}
    for label in np.unique(objects[:, 0]).astype(int).tolist():
        rows = objects[objects[:, 0] == label]
        if len(rows) < QUARTERS:
            continue
        parts = np.array_split(rows[np.argsort(rows[:, 1], kind='stable')], QUARTERS)
        result[label] = Sizes(
            objects=len(rows),
            pixels=[float(np.median(part[:, 1])) for part in parts],
            iou=[100 * float(np.mean(part[:, 2] / (part[:, 1] + part[:, 3]))) for part in parts],
            recall=[100 * float(np.mean(part[:, 2] / part[:, 1])) for part in parts],
        )
    return result


def mean_over_classes(values: Sequence[Sequence[float]]) -> list[float]:
    """One mean a quarter: each class counts once, however many objects it has."""
    return np.mean(np.array(values), axis=0).tolist()
