"""What is shown of a segmentation as words and bars: plain HTML, its colours the theme's."""

import html
from collections.abc import Collection, Sequence

from ..visualization import class_shares
from .models import OfferedModel
from .pictures import confidence_scale
from .segmenting import Segmentation

NOTHING = '<p class="wm-note">Nothing segmented yet: drop a picture, or click an example.</p>'


def share_bars(
    result: Segmentation, model: OfferedModel, chosen: Collection[int] | None = None
) -> str:
    """Legend and bar chart in one: colour, name, bar and share of each class that occurs.

    Bars are drawn against the largest share. Classes that are not chosen are faint.
    """
    shares = class_shares(result.class_map, len(model.classes))
    largest = shares[0][1]
    rows = []
    for index, share in shares:
        faint = '' if chosen is None or index in chosen else ' class="wm-faint"'
        color = _css(model.palette[index])
        rows.append(
            f'<tr{faint}><th scope="row"><i style="background:{color}"></i>'
            f'{html.escape(model.classes[index])}</th>'
            f'<td><b style="width:{100 * share / largest:.2f}%;background:{color}"></b></td>'
            f'<td>{_percent(share)}</td></tr>'
        )
    return (
        '<table class="wm-shares"><caption>Share of the pixels</caption>'
        f'<tbody>{"".join(rows)}</tbody></table>'
    )


def facts(result: Segmentation, model: OfferedModel) -> str:
    """One line: sizes, time, confidence."""
    height, width = result.class_map.shape
    seen = '' if result.seen == (height, width) else f', seen at {result.seen[1]}×{result.seen[0]}'
    mean = float(result.confidence.mean()) / 255
    return (
        f'<p class="wm-note" role="status">{width}×{height} pixels{seen} · segmented in '
        f'<strong>{result.seconds:.2f} s</strong> · mean confidence <strong>{mean:.0%}</strong> · '
        f'{html.escape(model.name)}</p>'
    )


def model_card(model: OfferedModel) -> str:
    """What is known of a model."""
    rows = (
        f'<tr><th scope="row">{html.escape(key)}</th><td>{html.escape(value)}</td></tr>'
        for key, value in model.facts.items()
    )
    return f'<table class="wm-card"><tbody>{"".join(rows)}</tbody></table>'


def confidence_legend() -> str:
    """The scale of the confidence map."""
    return (
        '<div class="wm-scale"><span>0%</span>'
        f'<i style="background:linear-gradient(90deg,{",".join(confidence_scale())})"></i>'
        '<span>100%</span></div><p class="wm-note">How probable the model holds the class that '
        'it chose for each pixel (largest softmax probability, not calibrated).</p>'
    )


def _css(color: Sequence[int]) -> str:
    return 'rgb({} {} {})'.format(*(int(v) for v in color))


def _percent(share: float) -> str:
    return '&lt;0.1%' if share < 0.0005 else f'{share:.1%}'
