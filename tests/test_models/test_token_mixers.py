"""Every token mixer: what it computes, and that a block of it learns."""

import copy
import pickle

import numpy as np
import pytest
import pywt
import torch
import torch.nn.functional as F
from torch import nn

from mmseg_wavemix.models import TOKEN_MIXERS, WaveMix, WaveMixBlock, haar_dwt
from mmseg_wavemix.models.padding import padded
from mmseg_wavemix.models.token_mixers import (
    Fourier,
    HaarPyramid,
    LiftingPyramid,
    MaxPooling,
    NoTransform,
    RandomFilters,
    SingleHaar,
    WaveletPyramid,
)
from mmseg_wavemix.models.token_mixers.wavelet import WaveletFilters
from tests.test_models.test_parity import build

WAVELETS = [
    'db1', 'db2', 'db3', 'db4', 'db5', 'bior1.3', 'bior1.5', 'rbio1.3', 'coif1', 'coif2', 'sym2',
    'sym3',
]  # fmt: skip
OPTIONS = {'WaveletPyramid': dict(wave='db2')}
MIXERS = sorted(TOKEN_MIXERS.module_dict)
FULL_RESOLUTION = ('Fourier', 'NoTransform')


def config(name: str) -> dict:
    return dict(type=name, **OPTIONS.get(name, {}))


@pytest.mark.parametrize('wave', WAVELETS)
def test_wavelets_equal_pywt(wave: str) -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 64, 96))
    bands = WaveletPyramid(level=3, wave=wave)(torch.from_numpy(x))
    low = x
    for band in bands:
        low, details = pywt.dwt2(low, wave, mode='periodization')
        details = np.stack(details, axis=2).reshape(2, 9, *low.shape[2:])
        # the package keeps its filters in float32
        np.testing.assert_allclose(band, np.concatenate((low, details), axis=1), atol=2e-6)


@pytest.mark.parametrize('wave', WAVELETS)
def test_wavelets_reconstruct_perfectly(wave: str) -> None:
    filters = WaveletFilters(wave)
    x = torch.randn(2, 3, filters.length, 3 * filters.length + 2, dtype=torch.float64)
    torch.testing.assert_close(filters.merge(*filters.split(x)), x, atol=1e-6, rtol=0)
    bands = torch.randn(2, 12, 16, 10, dtype=torch.float64)  # and the other way round
    got = filters.split(filters.merge(bands[:, :3], bands[:, 3:]))
    torch.testing.assert_close(torch.cat(got, dim=1), bands, atol=1e-6, rtol=0)


def test_db1_is_haar() -> None:
    x = torch.randn(2, 4, 32, 48)
    for band, haar in zip(WaveletPyramid(3, wave='db1')(x), HaarPyramid(3)(x)):
        torch.testing.assert_close(band, haar, atol=2e-6, rtol=0)


def test_long_wavelets_on_small_pictures() -> None:
    """pytorch_wavelets wraps once: the backbone pads as far as the filters reach."""
    with pytest.raises(ValueError, match='10 taps'):
        WaveletFilters('db5').split(torch.zeros(1, 1, 8, 16))
    with pytest.raises(ValueError, match='10 taps'):
        WaveletFilters('db5').merge(torch.zeros(1, 1, 8, 4), torch.zeros(1, 3, 8, 4))
    mixer = dict(type='WaveletPyramid', wave='db5')
    backbone = WaveMix(embed_dims=8, depth=1, level=3, token_mixer=mixer).eval()
    assert backbone.min_size == 160  # 10 taps at level 3, behind a stem of stride 4
    x = torch.randn(1, 3, 40, 56)
    (features,) = backbone(x)
    larger = padded(x, 160 - 40, 160 - 56)
    torch.testing.assert_close(features, backbone(larger)[0][..., :10, :14])


def test_unknown_wavelet_and_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="'haarlem'"):
        WaveletPyramid(1, wave='haarlem')
    monkeypatch.setitem(__import__('sys').modules, 'pytorch_wavelets.dwt', None)
    with pytest.raises(ImportError, match='pip install pytorch-wavelets'):
        WaveletPyramid(1, wave='db2')


@pytest.mark.parametrize('level', [1, 2, 4])
def test_lifting_begins_as_haar(level: int) -> None:
    x = torch.randn(2, 3, 32, 48)
    for band, haar in zip(LiftingPyramid(level)(x), HaarPyramid(level)(x), strict=True):
        torch.testing.assert_close(band, haar)


def test_lifting_reconstructs_perfectly_whatever_it_learned() -> None:
    torch.manual_seed(0)
    mixer = LiftingPyramid(level=3).double()
    for parameter in mixer.parameters():
        nn.init.normal_(parameter)
    x = low = torch.randn(2, 3, 32, 48, dtype=torch.float64)
    splits = []
    for index in range(3):
        low, details = mixer.split(low, index)
        splits.append(details)
    assert (splits[0] - haar_dwt(x)[1]).abs().max() > 1  # it is another transform by now
    for index in reversed(range(3)):
        low = mixer.merge(low, splits[index], index)
    torch.testing.assert_close(low, x)


def test_lifting_by_hand() -> None:
    mixer = LiftingPyramid(level=1)
    with torch.no_grad():
        mixer.predict[0, 0] = torch.tensor([0.0, 0.5, 0.5])  # linear prediction, CDF 5/3's
        mixer.update[0, 0] = torch.tensor([0.25, 0.25, 0.0])
    x = torch.tensor([[[[0.0, 1.0, 2.0, 5.0]] * 2]])  # equal rows: columns add up, times sqrt 2
    low, (lh, hl, hh) = mixer.split(x, 0)[0], mixer.split(x, 0)[1][0]
    # details: (0 + 2) / 2 - 1 = 0 and (2 + 2) / 2 - 5 = -3, the border repeated
    assert hl.flatten().tolist() == pytest.approx([0, -3])
    # smooth: 0 - (0 + 0) / 4 and 2 - (0 - 3) / 4, each times sqrt 2 twice
    assert low.flatten().tolist() == pytest.approx([0, 5.5])
    assert lh.abs().max() == hh.abs().max() == 0


def test_random_filters() -> None:
    mixer = RandomFilters(level=2)
    x = torch.randn(1, 2, 8, 8)
    first, second = mixer(x)
    windows = x.unfold(2, 2, 2).unfold(3, 2, 2)  # N, C, 4, 4, 2, 2
    expected = torch.einsum('nchwij,fij->ncfhw', windows, mixer.filters[0])
    torch.testing.assert_close(first[:, :2], expected[:, :, 0])
    torch.testing.assert_close(first[:, 2:], expected[:, :, 1:].flatten(1, 2))
    assert second.shape == (1, 8, 2, 2)
    torch.testing.assert_close(mixer.filters.norm(dim=(2, 3)), torch.ones(2, 4))
    other = RandomFilters(level=2)  # drawn anew, but restored from a checkpoint
    assert not torch.equal(other.filters, mixer.filters) and not list(mixer.parameters())
    other.load_state_dict(mixer.state_dict())
    assert torch.equal(other(x)[1], second)


def test_max_pooling_fourier_and_nothing() -> None:
    x = torch.randn(2, 3, 8, 16)
    first, second = MaxPooling(level=2)(x)
    assert torch.equal(first, F.max_pool2d(x, 2)) and torch.equal(second, F.max_pool2d(x, 4))
    (spectrum,) = Fourier(level=1)(x)
    np.testing.assert_allclose(spectrum, np.fft.fft2(x, norm='ortho').real, atol=1e-5)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert torch.equal(Fourier(level=1)(x)[0], spectrum)
        assert Fourier(level=1)(x.bfloat16())[0].dtype == torch.bfloat16
    (same,) = NoTransform(level=1)(x)
    assert same is x


def test_single_level() -> None:
    x = torch.randn(1, 4, 32, 32)
    for level in (1, 2, 3, 4):
        (band,) = SingleHaar(level)(x)
        assert torch.equal(band, HaarPyramid(level)(x)[-1])


@pytest.mark.parametrize('level', [1, 3])
@pytest.mark.parametrize('name', MIXERS)
def test_every_parameter_learns(name: str, level: int) -> None:
    if name in FULL_RESOLUTION and level > 1:
        with pytest.raises(ValueError, match=f'{name} keeps the resolution.*not 3'):
            WaveMixBlock(16, level, token_mixer=config(name))
        return
    torch.manual_seed(0)
    model = build(level, embed_dims=16, token_mixer=config(name))
    model(torch.randn(2, 3, 96, 128)).square().mean().backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.abs().sum() > 0, parameter_name


@pytest.mark.parametrize('name', MIXERS)
def test_bands_are_what_the_mixer_says(name: str) -> None:
    level = 1 if name in FULL_RESOLUTION else 3
    mixer = TOKEN_MIXERS.build(dict(config(name), level=level))
    bands = mixer(torch.randn(2, 4, 64, 96))
    shapes = [(2, 4 * mixer.expansion, 64 // scale, 96 // scale) for scale in mixer.scales]
    assert [tuple(band.shape) for band in bands] == shapes


@pytest.mark.parametrize('name', MIXERS)
def test_copies_are_equal(name: str) -> None:
    """As exponential moving averages and launchers need them."""
    block = WaveMixBlock(8, 1, token_mixer=config(name)).eval()
    x = torch.randn(1, 8, 16, 16)
    for other in (copy.deepcopy(block), pickle.loads(pickle.dumps(block))):
        assert torch.equal(other(x), block(x))


@pytest.mark.parametrize('name', MIXERS)
def test_any_size_dtype_and_mixed_precision(name: str) -> None:
    level = 1 if name in FULL_RESOLUTION else 2
    model = build(level, depth=1, embed_dims=8, token_mixer=config(name)).eval()
    x = torch.randn(1, 3, 37, 50)
    logits = model(x)
    assert logits.shape == (1, 20, 37, 50) and logits.isfinite().all()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        mixed = model.train()(torch.cat((x, x)))
        mixed.float().square().mean().backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    doubled = model.eval().double()(x.double())
    assert doubled.dtype == torch.float64 and doubled.isfinite().all()


@pytest.mark.parametrize('level', [1, 2, 3])
@pytest.mark.parametrize('name', ['HaarPyramid', 'SingleHaar', 'MaxPooling', 'RandomFilters'])
def test_shift_by_2_to_the_level_commutes(name: str, level: int) -> None:
    """A block moves what it sees when the picture moves by whole windows of its coarsest level."""
    torch.manual_seed(0)
    block = WaveMixBlock(8, level, token_mixer=config(name)).eval().double()
    step = 2**level
    # borders: each transposed convolution on the way reads one position past its own
    border = step * 2
    picture = torch.randn(1, 8, 64 + step, 80 + step, dtype=torch.float64)
    first, moved = block(picture[..., :64, :80]), block(picture[..., step:, step:])
    inner = slice(border, -border)
    expected = first[..., step:, step:][..., inner, inner]
    got = moved[..., : 64 - step, : 80 - step][..., inner, inner]
    torch.testing.assert_close(got, expected)
    half = block(picture[..., step // 2 : step // 2 + 64, :80])  # half a window: it does not
    different = half[..., : 64 - step, :] - first[..., step // 2 : 64 - step + step // 2, :]
    assert different[..., inner, inner].abs().max() > 1e-5


# Table 14: WaveMix-Lite-144/7 on CIFAR-10, each level alone, parameters in millions
@pytest.mark.parametrize(('level', 'millions'), [(1, 3.0), (2, 5.9), (3, 15.2), (4, 47.7)])
def test_parameters_of_table_14(level: int, millions: float) -> None:
    with torch.device('meta'):
        backbone = WaveMix(
            3,
            144,
            7,
            level,
            stem=dict(type='StridedStem', strides=(1, 1)),
            token_mixer=dict(type='SingleHaar'),
        )
    count = sum(p.numel() for p in backbone.parameters()) + 144 * 10 + 10
    assert round(count / 1e6, 1) == millions
