"""Official scores image by image: integers are counted, the official functions make them scores.

The official code wants all pairs as files. During training predictions are in memory, and for
resampling each image is needed many times: both keep what the official ``evaluatePair`` would have
counted of an image, and replay it into the official ``evaluateImgLists`` afterwards.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
from cityscapesscripts.helpers.labels import id2label
from PIL import Image

from ..errors import InputError
from .official import evaluate_lists, in_percent, instance_path, name_order, official_module

NUM_LABELS = max(id2label) + 1
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


@dataclass(frozen=True)
class ImageCounts:
    """What the official code counts in one image, all integers.

    Attributes:
        confusion: Pixels, ``(34, 34)``: label id in the ground truth, label id predicted.
        instances: One row an evaluated instance, ascending by instance id, ``(n, 4)``: label id,
            pixels, pixels found as its class, pixels found as its category.
    """

    confusion: np.ndarray
    instances: np.ndarray


@cache
def _instance_labels() -> tuple[dict[str, float], np.ndarray]:
    """Average pixels of an instance by class, and for each label id the number of the category
    within which it counts as found (0: none), as the official code has them."""
    official = official_module()
    category_of = np.zeros(NUM_LABELS, dtype=np.uint8)
    stats = official.generateInstanceStats(SimpleNamespace())
    for number, category in enumerate(stats['categories'].values(), 1):
        category_of[category['labelIds']] = number
    return official.args.avgClassSize, category_of


def count_image(prediction: np.ndarray, labels: np.ndarray, instances: np.ndarray) -> ImageCounts:
    """Count one image.

    Args:
        prediction: Label ids, ``(H, W)``, integers.
        labels: Label ids of the ground truth, ``(H, W)``.
        instances: Its instance ids, ``(H, W)``: label id * 1000 + number; below, the label id.

    Raises:
        InputError: shapes that differ, ids that are no label ids, instances of a class that the
            official code has no average size for.
    """
    for name, ids in (
        ('prediction', prediction),
        ('ground truth', labels),
        ('instances', instances),
    ):
        if ids.ndim != 2 or ids.shape != labels.shape or ids.dtype.kind not in 'iu':
            raise InputError(
                f'{name}: {ids.dtype} of shape {ids.shape}, expected one integer id a pixel of '
                f'{labels.shape[:2]}.'
            )
        if name != 'instances' and ids.size and not 0 <= ids.min() <= ids.max() < NUM_LABELS:
            raise InputError(
                f'{name}: ids {ids.min()} to {ids.max()}, expected label ids 0 to {NUM_LABELS - 1}.'
            )
    cells = labels.ravel().astype(np.intp) * NUM_LABELS
    cells += prediction.ravel()
    confusion = np.bincount(cells, minlength=NUM_LABELS**2).reshape(NUM_LABELS, NUM_LABELS)
    return ImageCounts(confusion, _count_instances(prediction, instances))


def _count_instances(prediction: np.ndarray, instances: np.ndarray) -> np.ndarray:
    sizes, category_of = _instance_labels()
    things = np.flatnonzero(instances > 1000)
    numbers, predicted = instances.ravel()[things].astype(np.intp), prediction.ravel()[things]
    if numbers.size and numbers.max() >= NUM_LABELS * 1000:
        raise InputError(
            f'instances: id {numbers.max()}, expected label id * 1000 + number below '
            f'{NUM_LABELS * 1000}.'
        )
    pixels = np.bincount(numbers)
    (found,) = pixels.nonzero()
    owners = found // 1000
    for owner in np.unique(owners).tolist():
        if not id2label[owner].ignoreInEval and id2label[owner].name not in sizes:
            raise InputError(f'instances: {id2label[owner].name} ({owner}) has none in Cityscapes.')
    label = numbers // 1000
    category = category_of[label]
    same_class = predicted == label
    same_category = (category_of[predicted] == category) & (category > 0)
    rows = [
        owners,
        pixels[found],
        np.bincount(numbers[same_class], minlength=pixels.size)[found],
        np.bincount(numbers[same_category], minlength=pixels.size)[found],
    ]
    evaluated = [not id2label[owner].ignoreInEval for owner in owners.tolist()]
    return np.stack(rows, axis=1)[np.array(evaluated, dtype=bool)].astype(np.int64)


@cache
def _instance_tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each 16-bit instance id whether the official code would fail at it, and the label id that
    its pixels have (255: none); of each 8-bit label id whether its instances are evaluated."""
    ids = np.arange(2**16)
    owners = np.where(ids >= 1000, ids // 1000, ids)
    labels = [id2label.get(i) for i in range(256)]
    evaluated = np.array([bool(label) and not label.ignoreInEval for label in labels])
    counted = np.array([bool(label) and label.hasInstances for label in labels])
    owners = np.where(owners < NUM_LABELS, owners, 255).astype(np.uint8)
    fatal = (ids > 1000) & ((owners == 255) | (evaluated & ~counted)[owners])
    return fatal, owners, evaluated & counted


def impossible_instances(instances: np.ndarray) -> list[int]:
    """Ids that the official code takes for instances of no label, or of a class without any.

    Args:
        instances: Instance ids, ``(H, W)``, integers.
    """
    fatal, _, _ = _instance_tables()
    return np.unique(instances[fatal[_in_16_bits(instances)]]).tolist()


def contradiction(labels: np.ndarray, instances: np.ndarray) -> str | None:
    """Where instance ids are not of the label ids below them, in words.

    Official files are drawn from the same polygons: an instance's pixels, ``label id * 1000 +
    number``, and those of a group, which bear the label id itself, have that label id, every one.
    Only classes are looked at whose instances are evaluated; the others change no score.

    Args:
        labels: Label ids, ``(H, W)``, 0 to 33.
        instances: Instance ids of the same shape, integers.
    """
    _, owner_of, counted = _instance_tables()
    owners = owner_of[_in_16_bits(instances)]
    wrong = owners != labels
    if wrong.any():
        wrong &= counted[owners] | counted[labels]
    pixels = np.count_nonzero(wrong)
    if not pixels:
        return None
    first = np.unravel_index(wrong.argmax(), wrong.shape)
    return f'id {instances[first]} on label id {labels[first]}, {pixels} such pixels'


def _in_16_bits(instances: np.ndarray) -> np.ndarray:
    """Instance ids as indices; what is too large stays one that no label has."""
    if instances.dtype.itemsize > 2:
        instances = np.clip(instances, 0, 2**16 - 1)
    return instances.astype(np.uint16, copy=False)


class Picture(NamedTuple):
    """A file that should hold ids, as far as it can be read.

    Attributes:
        size: Height and width, None if not even the header can be read.
        mode: Pillow's name for its kind of pixels.
        ids: ``(H, W)``, None if it is not one integer a pixel, or cannot be read.
        error: Why it cannot be read, else None.
    """

    size: tuple[int, int] | None
    mode: str
    ids: np.ndarray | None
    error: str | None


def open_picture(path: str | os.PathLike) -> Picture:
    """Open a file, whatever it is; a palette is read by its indices, as the official code does."""
    size, mode = None, ''
    try:
        with Image.open(path) as image:
            size, mode = (image.height, image.width), image.mode
            ids = np.array(image)
    except UNREADABLE as error:
        return Picture(size, mode, None, str(error) or type(error).__name__)
    return Picture(size, mode, ids if ids.ndim == 2 and ids.dtype.kind in 'iu' else None, None)


def read_ids(path: str | os.PathLike) -> np.ndarray:
    """The ids of a single-channel picture, ``(H, W)``; a palette is read by its indices.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with Image.open(path) as image:
            return np.array(image)
    except UNREADABLE as error:
        raise InputError(f'{path} cannot be read ({error}): copy it again.') from error


def count_files(prediction: str | os.PathLike, truth: str | os.PathLike) -> ImageCounts:
    """Count a prediction against ``*_labelIds.png`` and the ``*_instanceIds.png`` beside it.

    Raises:
        InputError: as :func:`count_image` and :func:`read_ids`.
    """
    ids = [read_ids(path) for path in (prediction, truth, instance_path(truth))]
    try:
        return count_image(*ids)
    except InputError as error:
        raise InputError(f'{prediction} against {truth}: {error}') from None


def result_of_counts(counted: Sequence[tuple[str, ImageCounts]]) -> dict:
    """The complete official result, equal by ``repr`` to that of ``evaluateImgLists`` on files.

    The official function itself is run, with a stand-in for ``evaluatePair`` that adds up the
    counts in the same order instead of opening files.

    Args:
        counted: ``(ground truth, counts)`` of each image; summed in name order.

    Raises:
        InputError: no image.
    """
    if not counted:
        raise InputError('There is nothing to score: no image was counted.')
    counts = [image for _, image in sorted(counted, key=lambda item: name_order(item[0]))]
    return evaluate_lists(official_module(replay), counts, counts)


def scores_of_counts(counted: Sequence[tuple[str, ImageCounts]]) -> dict:
    """See :func:`result_of_counts` and :func:`mmseg_wavemix.evaluation.official.in_percent`."""
    return in_percent(result_of_counts(counted), len(counted))


def replay(
    counts: ImageCounts,
    _: ImageCounts,
    confusion: np.ndarray,
    stats: dict,
    per_image: dict,
    args: SimpleNamespace,
) -> int:
    """Stand-in for the official ``evaluatePair``: the same sums in the same order."""
    confusion += counts.confusion.astype(confusion.dtype)
    for owner, pixels, found, found_as_category in counts.instances.tolist():
        label = id2label[owner]
        weight = args.avgClassSize[label.name] / float(pixels)
        groups = (
            (stats['classes'], label.name, found),
            (
                stats['categories'],
                label.category,
                found_as_category,
            ),
        )
        for group, name, hits in groups:
            if name in group:
                sums = group[name]
                sums['tp'] += hits
                sums['fn'] += pixels - hits
                sums['tpWeighted'] += float(hits) * weight
                sums['fnWeighted'] += float(pixels - hits) * weight
    return int(counts.confusion.sum())
