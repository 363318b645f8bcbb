"""Max-pooling in the place of the wavelet transform (section 4.6)."""

import torch.nn.functional as F
from torch import Tensor

from ..registry import TOKEN_MIXERS
from .base import TokenMixer


@TOKEN_MIXERS.register_module()
class MaxPooling(TokenMixer):
    """2x2 max-pooling, ``level`` times over: halves the resolution as the transform, with loss."""

    expansion = 1

    def __init__(self, level: int) -> None:
        super().__init__()
        self.scales = tuple(2**index for index in range(1, level + 1))

    def forward(self, x: Tensor) -> list[Tensor]:
        bands = []
        for _ in self.scales:
            x = F.max_pool2d(x, 2)
            bands.append(x)
        return bands
