"""The rows of the page's tables: official scores, confusion matrix, differences of two runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cityscapesscripts.helpers.labels import id2label, name2label

from .boundaries import EDGES, VOID
from .counting import Counted, miou_of
from .objects import by_size, mean_over_classes

SHOWN_DISAGREEMENT = 0.005  # percent points: less is not seen in a table of two decimals


@dataclass(frozen=True)
class ScoreRow:
    """A class or a category.

    Attributes:
        name: of it.
        color: of its class, as CSS has it; None for a category.
        iou: of each run, in percent; None where it is not scored.
        iiou: of each run.
        boundary: Boundary IoU of each run.
        difference: of IoU, second run minus first.
    """

    name: str
    color: str | None
    iou: list[float | None]
    iiou: list[float | None]
    boundary: list[float | None]
    difference: float | None


def class_rows(counted: Sequence[Counted]) -> list[ScoreRow]:
    """The classes that are scored in a run, in official order."""
    rows = []
    for name in counted[0].scores['classes']:
        found = [run.scores['classes'][name] for run in counted]
        if all(row['IoU'] is None for row in found):
            continue
        label = name2label[name]
        boundary = [boundary_iou(run.boundary[label.id]) for run in counted]
        rows.append(_row(name, css_color(label.id), found, boundary))
    return rows


def category_rows(counted: Sequence[Counted]) -> list[ScoreRow]:
    """The categories that are scored in a run, in official order."""
    return [
        _row(name, None, [run.scores['categories'][name] for run in counted], [])
        for name in counted[0].scores['categories']
        if any(run.scores['categories'][name]['IoU'] is not None for run in counted)
    ]


def _row(name: str, color: str | None, found: list[dict], boundary: list) -> ScoreRow:
    iou = [row['IoU'] for row in found]
    difference = iou[1] - iou[0] if len(iou) == 2 and None not in iou else None
    return ScoreRow(name, color, iou, [row['iIoU'] for row in found], boundary, difference)


def boundary_iou(counts: np.ndarray) -> float | None:
    """Of one class, ``(2,)`` intersection and union, in percent."""
    return 100 * float(counts[0] / counts[1]) if counts[1] else None


def mean_boundary_iou(counted: Counted) -> float | None:
    """Over the classes that occur or are predicted."""
    values = [iou for counts in counted.boundary if (iou := boundary_iou(counts)) is not None]
    return float(np.mean(values)) if values else None


@dataclass(frozen=True)
class Cell:
    """Of a confusion matrix.

    Attributes:
        pixels: how many.
        share: of its row, 0 to 1.
        right: whether it lies on the diagonal.
    """

    pixels: int
    share: float
    right: bool


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix of the classes that occur or are predicted.

    Attributes:
        columns: predicted; ``void`` last, if it is ever predicted.
        rows: name in the ground truth, and its cells.
    """

    columns: list[str]
    rows: list[tuple[str, list[Cell]]]


def matrix_of(confusion: np.ndarray) -> Matrix:
    """The part of official counts that official scores are made of: void in the ground truth is
    left out.

    Args:
        confusion: ``(34, 34)`` pixels: label id in the ground truth, label id predicted.
    """
    evaluated = confusion[~VOID]
    ids = np.flatnonzero(~VOID)
    occurring = [i for i, row in zip(ids, evaluated) if row.sum()]
    predicted = [i for i in ids if i in occurring or evaluated[:, i].sum()]
    void = bool(evaluated[:, VOID].sum())
    rows = []
    for label in occurring:
        pixels = [int(confusion[label, other]) for other in predicted]
        pixels += [int(confusion[label, VOID].sum())] * void
        total = sum(pixels)
        cells = [Cell(n, n / total, i == label) for i, n in zip([*predicted, -1], pixels)]
        rows.append((id2label[int(label)].name, cells))
    names = [id2label[int(label)].name for label in predicted]
    return Matrix(names + ['void'] * void, rows)


@dataclass(frozen=True)
class SizeRow:
    """Objects of a class, smallest quarter first; of each run the IoU, in percent."""

    name: str
    objects: int
    pixels: list[float]
    iou: list[list[float]]


def size_rows(counted: Sequence[Counted]) -> tuple[list[SizeRow], list[dict[str, list[float]]]]:
    """IoU by object size.

    Returns:
        A row a class that all runs have; and of each run the means over these classes, as
        ``{"iou": [4 values], "recall": [4 values]}``, empty if there is no such class.
    """
    found = [by_size(run.objects) for run in counted]
    labels = sorted(set.intersection(*map(set, found)))
    rows = [
        SizeRow(
            id2label[label].name,
            found[0][label].objects,
            found[0][label].pixels,
            [run[label].iou for run in found],
        )
        for label in labels
    ]
    means = [
        {
            'iou': mean_over_classes([run[label].iou for label in labels]),
            'recall': mean_over_classes([run[label].recall for label in labels]),
        }
        for run in found
        if labels
    ]
    return rows, means


@dataclass(frozen=True)
class RingRow:
    """Pixels at some distance from a boundary.

    Attributes:
        name: the distance, in pixels.
        share: of all scored pixels, in percent, of the first run's ground truth.
        miou: of each run, in the ring alone.
        within: of each run, in it and all rings before it: the trimap.
    """

    name: str
    share: float
    miou: list[float | None]
    within: list[float | None]


def ring_rows(counted: Sequence[Counted]) -> list[RingRow]:
    """mIoU by distance to the boundaries of the ground truth; the last trimap is everything."""
    bounds = [0, *EDGES]
    names = [f'{low} to {high}' for low, high in zip(bounds, EDGES)]
    names = [f'up to {EDGES[0]}', *names[1:], f'over {EDGES[-1]}']
    scored = counted[0].rings[:, ~VOID].sum(axis=(1, 2))
    return [
        RingRow(
            name,
            100 * float(scored[i] / max(scored.sum(), 1)),
            [miou_of(run.rings[i]) for run in counted],
            [miou_of(run.rings[: i + 1].sum(axis=0)) for run in counted],
        )
        for i, name in enumerate(names)
        if scored[i]
    ]


def css_color(label: int) -> str:
    """Cityscapes' colour of a label id."""
    return '#{:02x}{:02x}{:02x}'.format(*id2label[label].color)


def disagreement(stored: dict | None, counted: dict) -> str | None:
    """A sentence where ``scores.json`` tells other scores than the predictions give."""
    if stored is None:
        return None
    if 'size' in stored:
        return (
            'scores.json holds scores at the size of the network, not official ones: they are not '
            'shown here.'
        )
    pairs = [(stored['mIoU'], counted['mIoU']), (stored['images'], counted['images'])]
    if all(a == b or (a and b and abs(a - b) < SHOWN_DISAGREEMENT) for a, b in pairs):
        return None
    return (
        f'scores.json tells mIoU {_text(stored["mIoU"])} over {stored["images"]} images, the '
        f'predictions give {_text(counted["mIoU"])} over {counted["images"]}, which is shown: they '
        'come from different checkpoints or data.'
    )


def _text(score: float | None) -> str:
    return 'none' if score is None else f'{score:.2f}'
