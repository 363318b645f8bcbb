import numpy as np
import pytest
import pywt
import torch
from pytorch_wavelets import DWTForward

from mmseg_wavemix.models import haar_dwt, haar_idwt
from mmseg_wavemix.models.token_mixers import HaarPyramid, haar

# orders of (LH, HL, HH) in pywt's (cH, cV, cD)
SIZES = [(2, 2), (8, 6), (16, 32), (48, 80)]


@pytest.mark.parametrize('size', SIZES)
def test_equals_pywt(size: tuple[int, int]) -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, *size))
    low, (horizontal, vertical, diagonal) = pywt.dwt2(x, 'haar')
    got_low, got_high = haar_dwt(torch.from_numpy(x))
    details = np.stack((horizontal, vertical, diagonal), axis=2).reshape(2, 9, *low.shape[2:])
    np.testing.assert_allclose(got_low, low, atol=1e-12)
    np.testing.assert_allclose(got_high, details, atol=1e-12)


@pytest.mark.parametrize('level', [1, 2, 3, 4])
def test_pyramid_equals_pytorch_wavelets(level: int) -> None:
    x = torch.randn(2, 4, 32, 48)
    bands = HaarPyramid(level)(x)
    assert len(bands) == level
    for index, band in enumerate(bands, start=1):
        low, highs = DWTForward(J=index, wave='db1', mode='zero')(x)
        expected = torch.cat((low, highs[-1].flatten(1, 2)), dim=1)
        torch.testing.assert_close(band, expected, atol=2e-6, rtol=0)


def test_by_hand() -> None:
    x = torch.tensor([[[[1.0, 2.0], [3.0, 6.0]]]])
    low, high = haar_dwt(x)
    assert low.item() == 6  # (1 + 2 + 3 + 6) / 2
    assert high.flatten().tolist() == [-3, -2, 1]  # top-bottom, left-right, diagonal, halved


def test_keeps_energy() -> None:
    x = torch.randn(1, 3, 16, 16, dtype=torch.float64)
    low, high = haar_dwt(x)
    torch.testing.assert_close(low.square().sum() + high.square().sum(), x.square().sum())


@pytest.mark.parametrize('dtype', [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_dtype_and_layout(dtype: torch.dtype) -> None:
    x = torch.randint(-8, 8, (2, 4, 8, 8)).to(dtype)  # small integers: exact in every dtype
    expected = HaarPyramid(3)(x.double())
    for layout in (torch.contiguous_format, torch.channels_last):
        for band, reference in zip(HaarPyramid(3)(x.contiguous(memory_format=layout)), expected):
            assert band.dtype == dtype
            torch.testing.assert_close(band.double(), reference, atol=0, rtol=0)


def test_transforms_once_per_level(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(haar, 'haar_dwt', lambda x: calls.append(x.shape) or haar_dwt(x))
    HaarPyramid(4)(torch.randn(1, 1, 16, 16))
    assert [shape[-1] for shape in calls] == [16, 8, 4, 2]


def test_inverse() -> None:
    x = torch.randn(2, 3, 8, 12, dtype=torch.float64)
    torch.testing.assert_close(haar_idwt(*haar_dwt(x)), x)
    low, details = torch.randn(1, 2, 4, 6), torch.randn(1, 6, 4, 6)  # and the other way round
    for got, expected in zip(haar_dwt(haar_idwt(low, details)), (low, details)):
        torch.testing.assert_close(got, expected)


def test_odd_size_is_refused() -> None:
    with pytest.raises(ValueError, match='5x4'):
        haar_dwt(torch.zeros(1, 1, 5, 4))
