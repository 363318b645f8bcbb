"""Line charts as inline SVG: they take the page's colours, in the dark, too, and need no script."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape
from matplotlib.ticker import MaxNLocator

from .scalars import Points

WIDTH, HEIGHT = 440, 284
LEFT, RIGHT, TOP, BOTTOM = 74, 14, 30, 46
MOST = 400  # points of a line


@dataclass(frozen=True)
class Series:
    """A line of a chart.

    Attributes:
        name: for those who hear the page.
        points: x and y; what is no number leaves a gap.
        run: 0 or 1, by which it is coloured.
        dots: whether its points are marked; one that stands alone always is.
    """

    name: str
    points: Points
    run: int = 0
    dots: bool = False


def line_chart(
    series: Sequence[Series],
    title: str,
    x_label: str,
    y_label: str,
    x_names: Sequence[str] | None = None,
) -> Markup | None:
    """A chart whose y axis begins at 0.

    Args:
        series: the lines; more than :data:`MOST` points are averaged in groups of equal length.
        title: for those who hear the page.
        x_label: with unit.
        y_label: with unit; it stands above the axis, where no number can reach it.
        x_names: words at x = 0, 1, 2, ... instead of numbers.

    Returns:
        None if there is nothing to draw.
    """
    lines = [(line, _thinned(line.points)) for line in series]
    finite = [(x, y) for _, points in lines for x, y in points if math.isfinite(y)]
    if not finite:
        return None
    xs, ys = zip(*finite)
    if x_names:
        x_ticks, low, high = list(range(len(x_names))), -0.3, len(x_names) - 0.7
    else:
        low, high = min(0, *xs), max(xs) or 1
        x_ticks = [x for x in MaxNLocator(5).tick_values(low, high) if low <= x <= high]
    y_ticks = MaxNLocator(5).tick_values(min(0, *ys), max(*ys, 0) or 1).tolist()
    bottom, top = y_ticks[0], y_ticks[-1]

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - low) / (high - low) * (WIDTH - LEFT - RIGHT)
        return across, HEIGHT - BOTTOM - (y - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM)

    names = ', '.join(line.name for line in series)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f'<title>{escape(title)}: {escape(names)}</title>'
    ]
    for tick in y_ticks:
        x, y = place(low, tick)
        parts.append(f'<path class="grid" d="M{x:.1f} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text(x - 6, y + 4, f'{round(tick, 10):g}', 'end'))
    for number, tick in enumerate(x_ticks):
        x, y = place(tick, bottom)
        parts.append(_text(x, y + 18, x_names[number] if x_names else f'{tick:g}', 'middle'))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_label, 'middle', 'label'))
    parts.append(_text(4, 15, y_label, 'start', 'label'))
    for line, points in lines:
        parts += _line(line, [(*place(x, y), math.isfinite(y)) for x, y in points])
    return Markup(''.join(parts) + '</svg>')  # all that came from outside is escaped above


def _line(line: Series, places: list[tuple[float, float, bool]]) -> list[str]:
    path, pen_down, marked = [], False, []
    ends = [False, *(finite for _, _, finite in places), False]
    for (x, y, finite), before, after in zip(places, ends, ends[2:]):
        if finite:
            path.append(f'{"L" if pen_down else "M"}{x:.1f} {y:.1f}')
            if line.dots or not (before or after):  # no line leads to it
                marked.append((x, y))
        pen_down = finite
    parts = [f'<path class="line run{line.run}" d="{"".join(path)}"/>']
    parts += [
        f'<circle class="dot run{line.run}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in marked
    ]
    return parts


def _text(x: float, y: float, words: str, anchor: str, kind: str = 'tick') -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f'{escape(words)}</text>'
    )


def _thinned(points: Points) -> Points:
    if len(points) <= MOST:
        return list(points)
    group = -(-len(points) // MOST)
    parts = [points[i : i + group] for i in range(0, len(points), group)]
    return [tuple(sum(values) / len(part) for values in zip(*part)) for part in parts]
