"""The Fourier transform in the place of the wavelet transform (section 4.6)."""

import torch
from torch import Tensor

from ..registry import TOKEN_MIXERS
from .base import FullResolution


@TOKEN_MIXERS.register_module()
class Fourier(FullResolution):
    """The real part of the 2D discrete Fourier transform, orthonormal, in float32."""

    def forward(self, x: Tensor) -> list[Tensor]:
        with torch.autocast(x.device.type, enabled=False):  # no transform in half precision
            exact = x if x.dtype == torch.float64 else x.float()
            return [torch.fft.fft2(exact, norm='ortho').real.to(x.dtype)]
