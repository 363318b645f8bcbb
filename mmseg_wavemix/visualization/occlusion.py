"""What a prediction hangs on: a grey square over each part of a picture in turn (Figure 5).

Zeiler and Fergus, *Visualizing and Understanding Convolutional Networks*, section 4.2,
`arXiv 1311.2901 <https://arxiv.org/abs/1311.2901>`_.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from .samples import VOID

GREY = 127
MEASURES = ('probability', 'iou')
Window = tuple[slice, slice]  # rows and columns


class ClassDrops(NamedTuple):
    """What a segmentation of some classes loses by each window, in the measure's unit, 0 to 1.

    Attributes:
        undisturbed: ``(K,)``, the measure without any window.
        all_pixels: ``(K, N)``, loss on all pixels of the class: what is hidden counts.
        visible: ``(K, N)``, loss on those that no window hides, against the same pixels before:
            what they owe to their surroundings. nan where the window hides all of the class.
    """

    undisturbed: np.ndarray
    all_pixels: np.ndarray
    visible: np.ndarray


def windows(size: tuple[int, int], patch: int, stride: int) -> list[Window]:
    """Square windows that cover a picture, row by row; the last ones end at its borders.

    Args:
        size: height and width of the picture.
        patch: side of the windows, cut to the picture's.
        stride: pixels from one to the next.

    Raises:
        InputError: windows of no size, or with gaps between them.
    """
    if not 1 <= stride <= patch:
        raise InputError(
            f'windows of {patch} pixels every {stride}: 1 <= stride <= patch is needed'
        )
    sides = [min(patch, length) for length in size]
    starts = [
        sorted({*range(0, length - side, stride), length - side})
        for length, side in zip(size, sides)
    ]
    return [
        (slice(row, row + sides[0]), slice(column, column + sides[1]))
        for row in starts[0]
        for column in starts[1]
    ]


def hidden(image: np.ndarray, window: Window) -> np.ndarray:
    """A copy of a picture ``(H, W, ...)`` with a window of it grey."""
    image = image.copy()
    image[window] = GREY
    return image


def spread(values: np.ndarray, places: Sequence[Window], size: tuple[int, int]) -> np.ndarray:
    """A value for each pixel: the mean of the windows that hid it.

    Args:
        values: ``(K, N)``, one for each window; nan says nothing.
        places: N windows.
        size: height and width of the picture.

    Returns:
        ``(K, H, W)``; nan where no window says anything.
    """
    total, count = (np.zeros((len(values), *size)) for _ in range(2))
    for value, window in zip(values.T, places):
        known = np.isfinite(value)
        total[(known, *window)] += value[known, None, None]
        count[(known, *window)] += 1
    with np.errstate(invalid='ignore'):
        return total / count


def class_scores(
    probabilities: np.ndarray,
    truth: np.ndarray,
    classes: Sequence[int],
    visible: np.ndarray,
    measure: str,
) -> np.ndarray:
    """How well each class is found on its own pixels.

    Args:
        probabilities: ``(C, H, W)`` of all classes.
        truth: ``(H, W)`` class indices, 255 for void.
        classes: indices of those to score.
        visible: ``(H, W)`` bool, the pixels that count.
        measure: ``'probability'``: mean probability of the class over its pixels; ``'iou'``: of its
            pixels and those predicted as it.

    Returns:
        ``(K,)``, 0 to 1; nan for a class without pixels that count.
    """
    scores = np.full(len(classes), np.nan)
    predicted = probabilities.argmax(axis=0) if measure == 'iou' else None
    counted = visible & (truth != VOID)
    for row, index in enumerate(classes):
        own = counted & (truth == index)
        if not own.any():
            continue
        if measure == 'probability':
            scores[row] = probabilities[index][own].mean()
        else:
            found = counted & (predicted == index)
            scores[row] = (found & own).sum() / (found | own).sum()
    return scores


def class_drops(
    predict: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    truth: np.ndarray,
    classes: Sequence[int],
    places: Iterable[Window],
    measure: str = 'probability',
) -> ClassDrops:
    """Hides each window of a picture in turn, and measures what a segmentation loses by it.

    Args:
        predict: from a picture ``(H, W, 3)`` to probabilities ``(C, H, W)``.
        image: ``(H, W, 3)`` uint8.
        truth: ``(H, W)`` class indices, 255 for void.
        classes: indices of the classes to measure.
        places: the windows.
        measure: see :func:`class_scores`.
    """
    everywhere = np.ones(truth.shape, bool)
    before = predict(image)
    undisturbed = class_scores(before, truth, classes, everywhere, measure)
    all_pixels, visible = [], []
    for window in places:
        after = predict(hidden(image, window))
        rest = everywhere.copy()
        rest[window] = False
        all_pixels.append(undisturbed - class_scores(after, truth, classes, everywhere, measure))
        visible.append(
            class_scores(before, truth, classes, rest, measure)
            - class_scores(after, truth, classes, rest, measure)
        )
    return ClassDrops(undisturbed, np.transpose(all_pixels), np.transpose(visible))
