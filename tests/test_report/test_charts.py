"""Charts that say something at any length of a run, and labels that stand on nothing."""

import math
import re

import pytest

from mmseg_wavemix.report.svg import BOTTOM, HEIGHT, LEFT, TOP, Series, line_chart

TEXT = re.compile(
    r'<text class="(\w+)" x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)">([^<]*)</text>'
)


@pytest.mark.parametrize(
    ('ys', 'marked'),
    [
        ([2], 1),  # a run with one logged point has no line
        ([2, 1, 3], 0),
        ([2, 1, math.nan, 3], 1),
        ([math.nan, 2, math.nan, 3, math.nan], 2),
    ],
)
def test_a_point_that_stands_alone_is_seen(ys: list[float], marked: int) -> None:
    points = [(float(x), y) for x, y in enumerate(ys, 1)]
    chart = str(line_chart([Series('run', points)], 'loss', 'epoch', 'loss'))
    assert chart.count('<circle') == marked
    every = str(line_chart([Series('run', points, dots=True)], 'loss', 'epoch', 'loss'))
    assert every.count('<circle') == sum(map(math.isfinite, ys))


def test_the_label_of_the_y_axis_stands_above_its_numbers() -> None:
    """Also where letters are the largest that style.css makes them, 15 units high."""
    points = [(0.0, 0.00012345), (1.0, 0.00027)]
    chart = str(line_chart([Series('run', points)], 'rate', 'epoch', 'learning rate'))
    texts = TEXT.findall(chart)
    assert len(texts) == chart.count('<text')  # none is turned
    (label,) = [float(y) for kind, _, y, _, words in texts if words == 'learning rate']
    numbers = [float(y) for _, _, y, anchor, _ in texts if anchor == 'end']
    assert len(numbers) > 2 and label <= min(numbers) - 15 and label >= 12
    assert TOP - 1 < min(numbers) < max(numbers) < HEIGHT - BOTTOM + 6
    longest = max(len(words) for *_, anchor, words in texts if anchor == 'end')
    assert 9 * longest < LEFT - 6
