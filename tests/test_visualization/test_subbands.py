"""Energies of sub-bands: they add up, and lie where a picture's structure is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import load_model
from mmseg_wavemix.models.token_mixers import HaarPyramid, WaveletPyramid
from mmseg_wavemix.visualization.subbands import band_energies, split_energy, subband_figure


@pytest.mark.parametrize('mixer', [HaarPyramid(3), WaveletPyramid(3, 'db2')], ids=['haar', 'db2'])
def test_energy_is_the_variance(mixer: torch.nn.Module) -> None:
    x = torch.randn(2, 3, 32, 48, dtype=torch.float64) + 5
    names, energy = split_energy(mixer.double()(x))
    assert names == ['LH1', 'HL1', 'HH1', 'LH2', 'HL2', 'HH2', 'LH3', 'HL3', 'HH3', 'LL3']
    expected = (x - x.mean(dim=(0, 2, 3), keepdim=True)).square().sum()
    assert energy.shape == (1, 10) and energy.sum() == pytest.approx(float(expected))


@pytest.mark.parametrize(
    ('band', 'row', 'column'),
    # sign of each pixel by its row and column: stripes, columns, chequers of one pixel and of two
    [('LH1', 1, 0), ('HL1', 0, 1), ('HH1', 1, 1), ('LH2', 2, 0), ('HL2', 0, 2), ('LL2', 4, 0)],
)
def test_patterns_lie_in_one_band(band: str, row: int, column: int) -> None:
    rows, columns = np.indices((16, 16))
    sign = np.zeros((16, 16), int)
    for size, place in ((row, rows), (column, columns)):
        if size:
            sign += place // size
    x = torch.from_numpy((-1.0) ** sign)[None, None] + 3
    names, energy = split_energy(HaarPyramid(2)(x))
    shares = dict(zip(names, energy[0] / 256))
    assert shares.pop(band) == pytest.approx(1)
    assert max(shares.values()) < 1e-12


def test_of_a_model(config: Path, checkpoint: Path) -> None:
    model = load_model(config, checkpoint, 'cpu')
    image = np.random.default_rng(0).integers(0, 256, (40, 64, 3), np.uint8)
    inputs = []
    handle = model.backbone.blocks[0].token_mixer.register_forward_pre_hook(
        lambda module, args: inputs.append(args[0])
    )
    names, energy = band_energies(model, image)
    handle.remove()
    assert names == ['LH1', 'HL1', 'HH1', 'LL1'] and energy.shape == (1, 4)
    (x,) = inputs
    expected = (x - x.mean(dim=(0, 2, 3), keepdim=True)).square().sum()
    assert energy.sum() == pytest.approx(float(expected), rel=1e-4)
    assert not model.backbone.blocks[0].token_mixer._forward_hooks
    model.backbone.blocks[0].token_mixer = torch.nn.Identity()
    with pytest.raises(InputError, match='blocks with Identity have no sub-bands'):
        band_energies(model, image)


def test_tool(
    config: Path,
    checkpoint: Path,
    call_tool: Callable[..., str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / 'noise.png')
    out = tmp_path / 'bands.svg'
    assert call_tool('subbands', config, checkpoint, tmp_path / 'noise.png', '--out', out) == ''
    for word in ('HL1', 'approximation, level 1', 'details, level 1', '% of the block'):
        assert word in out.read_text(), word
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ['block', 'LH1', 'HL1', 'HH1', 'LL1']
    assert sum(map(float, lines[1].split()[1:])) == pytest.approx(100, abs=0.05)


def test_shares_are_written_into_the_figure() -> None:
    from mmseg_wavemix.visualization.subbands import BandEnergies

    energies = BandEnergies(['LH1', 'HL1', 'HH1', 'LL1'], np.array([[1, 2, 3, 94], [5, 5, 5, 5.0]]))
    figure = subband_figure(np.zeros((4, 6, 3), np.uint8), energies)
    heat = figure.axes[2]
    texts = {text.get_position(): text.get_text() for text in heat.texts}
    assert texts[(0, 0)] == '94' and texts[(0, 3)] == '1.0' and texts[(1, 2)] == '25'
    assert [label.get_text() for label in heat.get_yticklabels()] == energies.names[::-1]
