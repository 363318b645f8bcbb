"""How far from a boundary are the errors? Two measures of the literature.

* Trimaps: only pixels within some distance of a boundary of the ground truth count (P. Kohli et
  al., Robust higher order potentials for enforcing label consistency, IJCV 2009; P. Kraehenbuehl
  and V. Koltun, NIPS 2011; DeepLab, arXiv 1606.00915).
* Boundary IoU: only the bands along the inside of both contours count (B. Cheng et al., CVPR 2021,
  arXiv 2103.16562), here summed over the pixels of all images, class by class.
"""

import math

import cv2
import numpy as np
from cityscapesscripts.helpers.labels import id2label

from ..evaluation.counts import NUM_LABELS

EDGES = (1, 2, 4, 8, 16, 32)  # pixels; a further ring is what lies beyond
VOID = np.array([id2label[i].ignoreInEval for i in range(NUM_LABELS)])


def distances(labels: np.ndarray) -> np.ndarray:
    """Distance of each pixel to the nearest boundary between classes, in pixels.

    Void is one class more; the border of the picture is no boundary. A pixel with another class
    beside it, to the left, right, above or below, has distance 1.

    Args:
        labels: label ids of the ground truth, ``(H, W)``.

    Returns:
        ``(H, W)`` float32; inf where a picture has one class only.
    """
    classes = np.where(VOID[labels], NUM_LABELS, labels)
    boundary = np.zeros(classes.shape, bool)
    down, right = classes[1:] != classes[:-1], classes[:, 1:] != classes[:, :-1]
    boundary[1:] |= down
    boundary[:-1] |= down
    boundary[:, 1:] |= right
    boundary[:, :-1] |= right
    if not boundary.any():
        return np.full(classes.shape, np.inf, np.float32)
    inside = (~boundary).astype(np.uint8)
    return cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) + 1


def ring_confusions(prediction: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Pixels by distance, truth and prediction.

    Args:
        prediction: label ids, ``(H, W)``.
        labels: label ids of the ground truth, ``(H, W)``.

    Returns:
        ``(len(EDGES) + 1, 34, 34)``: ring i reaches from above ``EDGES[i - 1]`` to ``EDGES[i]``.
        The sum over rings is the confusion matrix of the whole image.
    """
    rings = np.searchsorted(EDGES, distances(labels)).astype(np.intp)
    cells = (rings * NUM_LABELS + labels) * NUM_LABELS + prediction
    shape = (len(EDGES) + 1, NUM_LABELS, NUM_LABELS)
    return np.bincount(cells.ravel(), minlength=math.prod(shape)).reshape(shape)


def band_width(size: tuple[int, int]) -> int:
    """Width of Boundary IoU's bands in pixels, for pictures of a height and a width.

    As its authors have it: 2 % of the diagonal, and 0.5 % for pictures as large as Cityscapes'.
    """
    share = 0.005 if size[0] * size[1] >= 2**20 else 0.02
    return max(1, round(share * math.hypot(*size)))


def boundary_counts(prediction: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Intersection and union of the inner bands of each class, in pixels.

    Where the ground truth is void, a prediction is cut out: both contours then run along it.

    Args:
        prediction: label ids, ``(H, W)``.
        labels: label ids of the ground truth, ``(H, W)``.

    Returns:
        ``(34, 2)``, zero for void and for classes in neither.
    """
    width = band_width(labels.shape)
    guess = np.where(VOID[labels], 0, prediction)  # label id 0 is void
    counts = np.zeros((NUM_LABELS, 2), np.int64)
    for label in np.union1d(labels, guess).tolist():
        if VOID[label]:
            continue
        bands = [_inner_band(ids == label, width) for ids in (labels, guess)]
        counts[label] = np.count_nonzero(bands[0] & bands[1]), np.count_nonzero(bands[0] | bands[1])
    return counts


def _inner_band(mask: np.ndarray, width: int) -> np.ndarray:
    """Pixels of a mask nearer to its outside than ``width``; beyond the picture is outside."""
    eroded = cv2.erode(
        mask.astype(np.uint8),
        np.ones((3, 3), np.uint8),
        iterations=width,
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return mask & ~eroded.astype(bool)
