"""Random filters in the place of Haar's (section 4.6)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..registry import TOKEN_MIXERS
from .base import Pyramid


@TOKEN_MIXERS.register_module()
class RandomFilters(Pyramid):
    """Four random 2x2 filters of unit norm a level, drawn once and never trained.

    "Random filters of similar size as Haar wavelet": the first one makes the approximation. They
    are part of the checkpoint, for without them the trained layers mean nothing.
    """

    def __init__(self, level: int) -> None:
        super().__init__(level)
        filters = torch.randn(level, 4, 2, 2)
        self.register_buffer('filters', filters / filters.norm(dim=(2, 3), keepdim=True))

    def split(self, x: Tensor, index: int) -> tuple[Tensor, Tensor]:
        channels = x.shape[1]
        weight = self.filters[index].repeat(channels, 1, 1).unsqueeze(1)
        bands = F.conv2d(x, weight, stride=2, groups=channels).unflatten(1, (channels, 4))
        return bands[:, :, 0], bands[:, :, 1:].flatten(1, 2)
