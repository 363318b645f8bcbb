"""Exponents are slopes, and each axis makes grow what it says."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmseg_wavemix.benchmark import scaling

CPU = torch.device('cpu')


def test_exponent() -> None:
    points = [dict(value=v, cubic=5 * v**3, flat=7) for v in (1, 2, 4, 8)]
    assert scaling.exponent(points, 'cubic') == 3
    assert scaling.exponent(points, 'flat') == 0


@pytest.mark.parametrize(
    ('low', 'high', 'expected'),
    [
        (20, 4000, [30, 100, 300, 1000, 3000]),
        (11, 140, [20, 50, 100]),
        (27.4, 31.1, [27.5, 28, 28.5, 29, 29.5, 30, 30.5, 31]),
        (26.2, 48.7, [30, 35, 40, 45]),
        (2.05, 2.95, [2.2, 2.4, 2.6, 2.8]),
        (0.5, 5e5, [1, 10, 100, 1e3, 1e4, 1e5]),
    ],
)
def test_ticks_are_several_and_round(low: float, high: float, expected: list) -> None:
    assert scaling.ticks_between(low, high) == pytest.approx(expected)


@given(low=st.floats(0.01, 1e6), span=st.floats(1.02, 1e3))
def test_ticks_are_neither_few_nor_many(low: float, span: float) -> None:
    ticks = scaling.ticks_between(low, low * span)
    assert 3 <= len(ticks) <= 8
    assert low <= ticks[0] and ticks[-1] <= low * span


def test_what_grows(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [(64, 128), (128, 256)]
    axes = {
        'pixels': [64 * 128, 128 * 256],
        'depth': [1, 3],
        'embed_dims': [8, 32],
        'level': [1, 2],
    }
    monkeypatch.setattr(scaling, 'SIZES', sizes)
    monkeypatch.setattr(scaling, 'AXES', axes)
    path = repository / 'configs/wavemix_64_6_l4_camvid.py'
    result = scaling.scaling(path, list(axes), (64, 128), CPU, 'fp32', rounds=1)
    points = {name: axis['points'] for name, axis in result['axes'].items()}
    assert {name: [p['value'] for p in axis] for name, axis in points.items()} == axes
    # operations: four times the pixels are four times as many; the rest by what a block is made of
    pixels = points['pixels']
    assert pixels[1]['flops'] == 4 * pixels[0]['flops']
    assert result['axes']['pixels']['exponent']['flops'] == 1
    block = (points['depth'][1]['flops'] - points['depth'][0]['flops']) / 2
    assert 0 < block < points['depth'][0]['flops']
    assert 1.5 < result['axes']['embed_dims']['exponent']['flops'] <= 2
    for axis in points.values():
        assert axis[1]['flops'] > axis[0]['flops']
        assert all(p['latency_ms'] > 0 and p['peak_memory_mb'] > 0 for p in axis)
    assert points['pixels'][1]['peak_memory_mb'] > points['pixels'][0]['peak_memory_mb']
    figure = scaling.plot(result)
    for axis in figure.axes:
        assert 3 <= len(axis.get_yticks()) <= 8
    titles = [axis.get_title() for axis in figure.axes]
    assert 'pixels ^ ' in titles[0] and len(titles) == 8
