"""What all token mixers have in common."""

import torch
from torch import Tensor, nn


class TokenMixer(nn.Module):
    """Splits a feature map into bands: ``(N, C', H, W)`` to one tensor a scale, finest first.

    Band ``i`` is ``(N, expansion * C', H / scales[i], W / scales[i])``. The block compresses its
    input to ``C' = C / expansion`` channels, so that every band has C of them, whatever splits it
    (section 3.2: "so that the concatenated output has the same number of channels as the input").

    Args:
        level: levels of the block.

    Attributes:
        expansion: channels of a band for each channel of the input.
        scales: reduction of each band, finest first; the last one must divide H and W.
        min_size: smallest H and W that it can split.
    """

    expansion: int
    scales: tuple[int, ...]
    min_size: int = 1

    def forward(self, x: Tensor) -> list[Tensor]:
        """The bands of ``x``."""
        raise NotImplementedError


class Pyramid(TokenMixer):
    """Splits into approximation and three details, and the approximation again, ``level`` times."""

    expansion = 4

    def __init__(self, level: int) -> None:
        super().__init__()
        self.scales = tuple(2**index for index in range(1, level + 1))

    def split(self, x: Tensor, index: int) -> tuple[Tensor, Tensor]:
        """One level: ``(N, C', H, W)`` to approximation ``(N, C', H/2, W/2)`` and details ``3C'``.

        Args:
            x: the approximation of the level before.
            index: 0 for the finest level.
        """
        raise NotImplementedError

    def forward(self, x: Tensor) -> list[Tensor]:
        """``len(scales)`` bands: the approximation of all channels, then the details."""
        bands = []
        for index in range(len(self.scales)):
            x, details = self.split(x, index)
            bands.append(torch.cat((x, details), dim=1))
        return bands


class FullResolution(TokenMixer):
    """Returns a single band as large as its input; there is no second level to it."""

    expansion = 1
    scales = (1,)

    def __init__(self, level: int) -> None:
        super().__init__()
        if level != 1:
            raise ValueError(f'{type(self).__name__} keeps the resolution: level is 1, not {level}')
