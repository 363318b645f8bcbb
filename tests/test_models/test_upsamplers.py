"""Every upsampler: what it computes, its channels, and that a block of it learns."""

import pytest
import torch
import torch.nn.functional as F

from mmseg_wavemix.models import UPSAMPLERS, WaveMix, WaveMixBlock, haar_dwt
from mmseg_wavemix.models.token_mixers.wavelet import WaveletFilters
from mmseg_wavemix.models.upsamplers import TransposedConv
from tests.test_models.test_parity import build

CONFIGS = [
    dict(type='TransposedConv'),
    dict(type='InverseHaar'),
    dict(type='InverseWavelet', wave='db2'),
    dict(type='Interpolation', mode='bilinear'),
    dict(type='Interpolation', mode='nearest'),
    dict(type='PixelShuffle'),
]


def name(config: dict) -> str:
    return '-'.join(config.values())


def make(scale: int, channels: int = 6, in_channels: int | None = None, **config):
    return UPSAMPLERS.build(
        dict(config, in_channels=in_channels, out_channels=channels, scale=scale)
    )


def test_every_registered_upsampler_is_tested() -> None:
    assert {config['type'] for config in CONFIGS} == set(UPSAMPLERS.module_dict)


@pytest.mark.parametrize('scale', [2, 8])
@pytest.mark.parametrize('config', CONFIGS, ids=name)
def test_sizes(config: dict, scale: int) -> None:
    upsample = make(scale, in_channels=5 if config['type'] == 'TransposedConv' else None, **config)
    x = torch.randn(2, upsample.in_channels, 4, 7)
    assert upsample(x).shape == (2, 6, 4 * scale, 7 * scale)


def test_inverse_haar_undoes_haar() -> None:
    x = torch.randn(2, 6, 16, 24)
    once = torch.cat(haar_dwt(x), dim=1)
    torch.testing.assert_close(make(2, type='InverseHaar')(once), x)
    twice = torch.cat(haar_dwt(once), dim=1)  # every band split again: scale 4
    torch.testing.assert_close(make(4, type='InverseHaar')(twice), x)


@pytest.mark.parametrize('wave', ['db3', 'bior1.5', 'coif2'])
def test_inverse_wavelet_undoes_it(wave: str) -> None:
    x = torch.randn(2, 6, 24, 32)
    bands = torch.cat(WaveletFilters(wave).split(x), dim=1)
    got = make(2, type='InverseWavelet', wave=wave)(bands)
    torch.testing.assert_close(got, x, atol=1e-5, rtol=0)


def test_interpolation_and_pixel_shuffle() -> None:
    x = torch.randn(1, 3, 4, 5)
    for mode in ('bilinear', 'nearest'):
        got = make(2, channels=3, type='Interpolation', mode=mode)(x)
        assert torch.equal(got, F.interpolate(x, size=(8, 10), mode=mode))
    x = torch.arange(4.0).reshape(1, 4, 1, 1)
    assert make(2, channels=1, type='PixelShuffle')(x)[0, 0].tolist() == [[0, 1], [2, 3]]


def test_transposed_convolution_keeps_the_papers_form() -> None:
    layer = make(2, in_channels=3, type='TransposedConv')
    assert (layer.kernel_size, layer.stride, layer.padding) == ((4, 4), (2, 2), (1, 1))


@pytest.mark.parametrize('level', [1, 3])
@pytest.mark.parametrize('config', CONFIGS, ids=name)
def test_every_parameter_learns(config: dict, level: int) -> None:
    torch.manual_seed(0)
    model = build(level, embed_dims=16, upsampler=config)
    logits = model(torch.randn(2, 3, 96, 128))
    logits.square().mean().backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad.abs().sum() > 0, parameter_name


@pytest.mark.parametrize('mixer', ['HaarPyramid', 'SingleHaar'])
@pytest.mark.parametrize('config', [*CONFIGS, dict(type='InverseWavelet', wave='db5')], ids=name)
def test_any_size(config: dict, mixer: str) -> None:
    model = build(3, depth=1, embed_dims=8, upsampler=config, token_mixer=dict(type=mixer)).eval()
    assert model(torch.randn(1, 3, 9, 50)).shape == (1, 20, 9, 50)


@pytest.mark.parametrize('config', CONFIGS[1:], ids=name)
def test_ff_channels_belong_to_transposed_convolutions(config: dict) -> None:
    with pytest.raises(ValueError, match='ff_channels must be left None, got 12'):
        WaveMixBlock(16, level=1, ff_channels=12, upsampler=config)


@pytest.mark.parametrize('kind', ['TransposedConv', 'mmseg.TransposedConv', TransposedConv])
def test_however_it_is_named(kind: object) -> None:
    block = WaveMixBlock(16, 1, upsampler=dict(type=kind))
    assert block.mixers[0][4].in_channels == 16  # C, by default


def test_impossible_upsamplers() -> None:
    with pytest.raises(ValueError, match="'cubic'"):
        make(2, type='Interpolation', mode='cubic')
    with pytest.raises(ValueError, match='powers of 2'):
        WaveMixBlock(
            16, 1, token_mixer=dict(type='NoTransform'), upsampler=dict(type='InverseHaar')
        )


def test_parameters_of_table_5() -> None:
    """The classifiers of Table 5: backbone, and a linear layer to 10 classes."""

    def count(channels: int, depth: int, in_channels: int, upsampler: dict) -> int:
        backbone = WaveMix(
            in_channels,
            channels,
            depth,
            1,
            stem=dict(type='StridedStem', strides=(1, 1)),
            upsampler=upsampler,
        )
        return sum(p.numel() for p in backbone.parameters()) + channels * 10 + 10

    bilinear, learned = dict(type='Interpolation'), dict(type='TransposedConv')
    assert count(8, 10, 1, bilinear) == 3566
    assert count(8, 5, 1, learned) == 7156
    assert count(32, 7, 3, bilinear) == 37058
    assert count(64, 6, 3, learned) == 520106
