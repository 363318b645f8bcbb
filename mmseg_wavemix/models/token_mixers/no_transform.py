"""Nothing in the place of the wavelet transform (section 4.6)."""

from torch import Tensor

from ..registry import TOKEN_MIXERS
from .base import FullResolution


@TOKEN_MIXERS.register_module()
class NoTransform(FullResolution):
    """The features as they are: the block's MLP works at full resolution, no tokens are mixed."""

    def forward(self, x: Tensor) -> list[Tensor]:
        return [x]
