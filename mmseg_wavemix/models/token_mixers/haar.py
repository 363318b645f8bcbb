"""The Haar transform: all levels up to ``level``, as in WaveMix, or one alone."""

import torch
from torch import Tensor

from ..dwt import haar_dwt
from ..registry import TOKEN_MIXERS
from .base import Pyramid, TokenMixer


@TOKEN_MIXERS.register_module()
class HaarPyramid(Pyramid):
    """Levels 1 to ``level`` of the 2D Haar transform, one transform each: WaveMix (equation 2)."""

    def split(self, x: Tensor, index: int) -> tuple[Tensor, Tensor]:
        return haar_dwt(x)


@TOKEN_MIXERS.register_module()
class SingleHaar(TokenMixer):
    """Level ``level`` of the 2D Haar transform alone (Table 14); WaveMix-Lite at level 1."""

    expansion = 4

    def __init__(self, level: int) -> None:
        super().__init__()
        self.level = level
        self.scales = (2**level,)

    def forward(self, x: Tensor) -> list[Tensor]:
        for _ in range(self.level):
            x, details = haar_dwt(x)
        return [torch.cat((x, details), dim=1)]
