"""Figure 2: one lit pixel, worked out by hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_wavemix.visualization import effective_field
from mmseg_wavemix.visualization.receptive_field import extent, label, response, stacks


@pytest.mark.parametrize('depth', [1, 2, 3])
@pytest.mark.parametrize('level', [1, 2, 3, 4])
def test_wavemix_grows_with_its_level(level: int, depth: int) -> None:
    # one window of 2**L; each 4x4 stride-2 transposed convolution makes n windows 2n + 2, which is
    # 3 * 2**L - 2 after L of them. Every further block adds a window at each side.
    # At level 1 half of those are felt as nothing: the weights are equal, the sub-bands cancel.
    growth = 2 ** (level + 1) if level > 1 else 2
    expected = 3 * 2**level - 2 + (depth - 1) * growth
    felt = response(stacks(depth)[f'WaveMix, level {level}'], 160)
    assert extent(felt) == (expected, expected)
    assert label(felt) == f'{expected} pixels'


@pytest.mark.parametrize('depth', [1, 2, 4])
def test_the_others(depth: int) -> None:
    blocks = stacks(depth)
    side = max(extent(response(blocks['ConvMixer, kernel 9'], 64)))
    assert side == 8 * depth + 1
    assert max(extent(response(blocks['ResNet, basic block'], 64))) == 4 * depth + 1


def test_attention_is_felt_everywhere_after_one_block() -> None:
    """Its cells are 8x8: without layer norms, all of a cell's pixels send the same, to all pixels
    alike but those that the Mix-FFN's 3x3 mixes with the lit one."""
    felt = response(stacks(1)['SegFormer, stage 1'], 64)
    assert (felt > 1e-3).all() and felt.max() == 1
    away = felt.copy()
    away[30:35, 30:35] = np.nan
    inner = away[1:-1, 1:-1]  # the 3x3 sees less at the border
    assert np.nanmax(inner) == pytest.approx(np.nanmin(inner), rel=1e-6)


def test_a_map_that_is_too_small_says_so() -> None:
    assert label(response(stacks(1)['WaveMix, level 4'], 32)) == '31 pixels or more'
    assert label(np.ones((8, 8))) == 'whole map'
    felt = np.zeros((8, 8))
    felt[:3, 2:4] = 1
    assert label(felt) == '3 pixels or more'


@pytest.mark.parametrize('measure', ['ones', 'gradient'])
def test_tool(
    measure: str,
    call_tool: Callable[..., str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(effective_field.gradient_map, '__defaults__', (1, 0))  # a single draw
    out = tmp_path / 'new' / 'figure.png'
    options = ('--blocks', 1, '--size', 64, '--measure', measure)
    assert call_tool('receptive_field', *options, '--out', out) == ''
    said = capsys.readouterr().out
    if measure == 'ones':
        assert 'WaveMix, level 4       after 1: 46 pixels' in said
        assert 'SegFormer, stage 1     after 1: whole map' in said
    else:
        assert 'SegFormer, stage 1     after 1: whole map, 95% in ' in said
    with Image.open(out) as picture:
        assert len(picture.convert('RGB').getcolors(1 << 24)) > 50
    assert 'exists' in call_tool('receptive_field', '--out', out)


@pytest.mark.parametrize(
    ('wrong', 'word'),
    [
        (('a.txt',), '.png'),
        (('b.png', '--size', 33), '32'),
        (('b.png', '--blocks', 0), '1 or more'),
    ],
)
def test_options_that_cannot_be(
    wrong: tuple, word: str, call_tool: Callable[..., str], capsys: pytest.CaptureFixture
) -> None:
    assert call_tool('receptive_field', '--out', *wrong) == '2'
    assert word in capsys.readouterr().err
