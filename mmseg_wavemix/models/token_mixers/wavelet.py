"""Other wavelets than Haar's, by pytorch_wavelets (section 4.6, Table 13)."""

import warnings
from types import ModuleType

import torch
from torch import Tensor, nn

from ..registry import TOKEN_MIXERS
from .base import Pyramid


def pytorch_wavelets() -> tuple[ModuleType, ModuleType]:
    """PyWavelets and the filter banks of pytorch_wavelets; only other wavelets need them.

    Raises:
        ImportError: with the command that installs them.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # it imports pkg_resources, which says it is old
            import pywt
            from pytorch_wavelets.dwt import lowlevel
    except ImportError as error:
        raise ImportError(
            f'wavelets other than Haar need pytorch-wavelets ({error}): '
            "pip install pytorch-wavelets PyWavelets 'setuptools<81'"
        ) from error
    return pywt, lowlevel


class WaveletFilters(nn.Module):
    """The filters of a discrete wavelet, for one 2D analysis or synthesis step.

    Signals are taken as periodic: then a step halves every length exactly, as the block needs, and
    the synthesis undoes the analysis. pytorch_wavelets wraps a signal around once only, so a side
    must be at least as long as the filters.

    Args:
        wave: a discrete wavelet of PyWavelets, such as ``'db2'``.

    Attributes:
        length: taps of the filters.

    Raises:
        ValueError: no such wavelet.
        ImportError: pytorch-wavelets is not installed.
    """

    def __init__(self, wave: str) -> None:
        super().__init__()
        pywt, lowlevel = pytorch_wavelets()
        self._afb2d, self._sfb2d = lowlevel.afb2d, lowlevel.sfb2d
        if wave not in pywt.wavelist(kind='discrete'):
            raise ValueError(
                f'wave is {wave!r}: one of PyWavelets, such as {pywt.wavelist("db")[:4]}'
            )
        bank = pywt.Wavelet(wave)
        self.length = bank.dec_len
        filters = dict(
            analysis=lowlevel.prep_filt_afb2d(bank.dec_lo, bank.dec_hi),
            synthesis=lowlevel.prep_filt_sfb2d(bank.rec_lo, bank.rec_hi),
        )
        for step, (low_column, high_column, _, _) in filters.items():
            both = torch.cat((low_column, high_column))
            self.register_buffer(step, both, persistent=False)

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """``(N, C, H, W)`` to ``LL (N, C, H/2, W/2)`` and ``LH, HL, HH`` per channel, ``3C``."""
        self._check(x, 1)
        # plain operations, where DWTForward has a custom autograd function
        filters = self.analysis.to(x.dtype).split(1)
        bands = self._afb2d(x, filters, 'periodization')
        bands = bands.unflatten(1, (-1, 4))
        return bands[:, :, 0], bands[:, :, 1:].flatten(1, 2)

    def merge(self, low: Tensor, details: Tensor) -> Tensor:
        """The inverse of :meth:`split`."""
        self._check(low, 2)
        details = details.unflatten(1, (-1, 3)).unbind(2)
        filters = self.synthesis.to(low.dtype).split(1)
        return self._sfb2d(low, *details, filters, 'periodization')

    def _check(self, x: Tensor, scale: int) -> None:
        height, width = (scale * length for length in x.shape[-2:])
        if min(height, width) < self.length:
            raise ValueError(
                f'a wavelet of {self.length} taps needs a map of that height and width at least, '
                f'got {height}x{width}: use fewer levels or a larger picture'
            )


@TOKEN_MIXERS.register_module()
class WaveletPyramid(Pyramid):
    """Levels 1 to ``level`` of a 2D wavelet transform with periodic borders.

    Args:
        wave: such as ``'db2'``, ``'bior1.3'``, ``'coif1'`` or ``'sym2'``; ``'db1'`` is Haar's.
    """

    def __init__(self, level: int, wave: str) -> None:
        super().__init__(level)
        self.filters = WaveletFilters(wave)
        self.min_size = self.filters.length * 2 ** (level - 1)

    def split(self, x: Tensor, index: int) -> tuple[Tensor, Tensor]:
        return self.filters.split(x)
