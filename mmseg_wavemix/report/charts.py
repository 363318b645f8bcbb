"""The charts of the page."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from .run import Run
from .svg import Series, line_chart
from .tables import RingRow

QUARTERS = ('smallest', 'second', 'third', 'largest')


def learning_curves(runs: Sequence[Run], names: Sequence[str]) -> list[tuple[str, Markup]]:
    """Captions and charts of the learning curves; what no run has logged is left out."""
    curves = [run.curves for run in runs]
    x_label = ' or '.join(dict.fromkeys(curve.unit for curve in curves))
    wanted = [
        ('Loss of training', 'loss', 'loss', False),
        ('Learning rate', 'lr', 'learning rate', False),
        ('mIoU of the validation split', 'mIoU', 'mIoU, %', True),
        ('iIoU of the validation split', 'iIoU', 'iIoU, %', True),
    ]
    charts = []
    for title, key, y_label, scored in wanted:
        found = [(curve.validation if scored else curve.training).get(key, []) for curve in curves]
        series = [
            Series(name, points, number, dots=scored)
            for number, (name, points) in enumerate(zip(names, found))
            if points
        ]
        chart = line_chart(series, title, x_label, y_label) if series else None
        if chart:
            charts.append((title, chart))
    return charts


def size_chart(means: Sequence[dict], names: Sequence[str]) -> Markup | None:
    """IoU of each quarter, of the means that :func:`size_rows` returns."""
    series = [
        Series(name, list(enumerate(mean['iou'])), number, dots=True)
        for number, (name, mean) in enumerate(zip(names, means))
    ]
    if not series:
        return None
    title = 'IoU of objects, mean over classes'
    return line_chart(series, title, 'quarter of the objects, by size', 'IoU, %', QUARTERS)


def ring_chart(rings: Sequence[RingRow], names: Sequence[str]) -> Markup | None:
    """mIoU within each distance of boundaries."""
    series = [
        Series(
            name, [(i, _or_nan(ring.within[number])) for i, ring in enumerate(rings)], number, True
        )
        for number, name in enumerate(names)
    ]
    labels = [ring.name.split()[-1] for ring in rings[:-1]] + ['all']
    title = 'mIoU within a distance of boundaries'
    return line_chart(series, title, 'within so many pixels of a boundary', 'mIoU, %', labels)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
