"""What brings a band back to the resolution of the next finer one (sections 4.3 to 4.6).

Each is built with ``in_channels``, the channels that the MLP before it ends in (``ff_channels``),
``out_channels`` and the ``scale`` to grow by. All but the transposed convolution have no weights
and dictate ``in_channels``.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from .dwt import haar_idwt
from .registry import UPSAMPLERS
from .token_mixers.wavelet import WaveletFilters


@UPSAMPLERS.register_module()
class TransposedConv(nn.ConvTranspose2d):
    """The paper's: 4x4, stride 2. In general ``scale + 2`` wide with padding 1.

    That width is what makes Table 14's parameter counts of levels 2, 3 and 4 alone come out.
    """

    min_size = 1

    def __init__(self, in_channels: int, out_channels: int, scale: int) -> None:
        super().__init__(in_channels, out_channels, scale + 2, stride=scale, padding=1)


class FixedUpsampler(nn.Module):
    """An upsampler without weights, which takes ``channels`` channels and no other number.

    Attributes:
        min_size: smallest H and W of its input.

    Raises:
        ValueError: ``in_channels`` is another number.
    """

    min_size: int = 1

    def __init__(self, in_channels: int | None, channels: int) -> None:
        super().__init__()
        if in_channels not in (None, channels):
            raise ValueError(
                f'{type(self).__name__} has no weights and takes {channels} channels: '
                f'ff_channels must be left None, got {in_channels}'
            )
        self.in_channels = channels


@UPSAMPLERS.register_module()
class Interpolation(FixedUpsampler):
    """Bilinear or nearest interpolation.

    Args:
        mode: as in ``torch.nn.functional.interpolate``.
    """

    def __init__(
        self, in_channels: int | None, out_channels: int, scale: int, mode: str = 'bilinear'
    ) -> None:
        super().__init__(in_channels, out_channels)
        if mode not in ('bilinear', 'nearest'):
            raise ValueError(f'mode is {mode!r}: bilinear or nearest')
        self.scale, self.mode = scale, mode

    def forward(self, x: Tensor) -> Tensor:
        align_corners = False if self.mode == 'bilinear' else None
        return F.interpolate(
            x, scale_factor=self.scale, mode=self.mode, align_corners=align_corners
        )


@UPSAMPLERS.register_module()
class PixelShuffle(FixedUpsampler):
    """``scale ** 2`` channels become a square of pixels."""

    def __init__(self, in_channels: int | None, out_channels: int, scale: int) -> None:
        super().__init__(in_channels, out_channels * scale**2)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(x, self.scale)


class InverseTransform(FixedUpsampler):
    """Takes a quarter of the channels as approximation, the rest as its details, in each step."""

    def __init__(self, in_channels: int | None, out_channels: int, scale: int) -> None:
        super().__init__(in_channels, out_channels * scale**2)
        if scale < 2 or scale & (scale - 1):
            raise ValueError(f'{type(self).__name__} grows by powers of 2, not by {scale}')
        self.steps = scale.bit_length() - 1

    def merge(self, low: Tensor, details: Tensor) -> Tensor:
        """Approximation ``(N, C, H, W)`` and details ``3C`` to ``(N, C, 2H, 2W)``."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(self.steps):
            quarter = x.shape[1] // 4
            x = self.merge(x[:, :quarter], x[:, quarter:])
        return x


@UPSAMPLERS.register_module()
class InverseHaar(InverseTransform):
    """The inverse 2D Haar transform."""

    def merge(self, low: Tensor, details: Tensor) -> Tensor:
        return haar_idwt(low, details)


@UPSAMPLERS.register_module()
class InverseWavelet(InverseTransform):
    """The inverse of another wavelet's transform.

    Args:
        wave: as in :class:`WaveletPyramid`.
    """

    def __init__(self, in_channels: int | None, out_channels: int, scale: int, wave: str) -> None:
        super().__init__(in_channels, out_channels, scale)
        self.filters = WaveletFilters(wave)
        self.min_size = self.filters.length // 2

    def merge(self, low: Tensor, details: Tensor) -> Tensor:
        return self.filters.merge(low, details)
