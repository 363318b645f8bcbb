"""A learnable wavelet by the lifting scheme (section 4.6)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..registry import TOKEN_MIXERS
from .base import Pyramid


def filter_rows(x: Tensor, taps: Tensor) -> Tensor:
    """Correlates each row with 3 taps, its ends repeated: ``(N, C, H, W)`` to the same shape."""
    padded = F.pad(x, (1, 1, 0, 0), mode='replicate')
    width = x.shape[-1]
    return sum(padded[..., k : k + width] * taps[k] for k in range(3))


@TOKEN_MIXERS.register_module()
class LiftingPyramid(Pyramid):
    """A wavelet transform whose coefficients are learned; for any coefficients it can be undone.

    Along each row, then along each column: the odd samples are predicted from the even ones, what
    the prediction missed is the detail, and the even ones are updated by it. 3 taps for prediction
    and update, per direction and level, the same for all channels, as Haar's are. It begins as the
    Haar transform. After `Deep adaptive wavelet network, WACV 2020
    <https://doi.org/10.1109/WACV45572.2020.9093580>`_, with linear lifting steps in place of its
    small networks: the paper speaks of "learnable wavelet coefficients".
    """

    def __init__(self, level: int) -> None:
        super().__init__(level)
        haar = torch.tensor([0.0, 1.0, 0.0]).expand(level, 2, 3)  # level, direction, tap
        self.predict = nn.Parameter(haar.clone())
        self.update = nn.Parameter(0.5 * haar)

    def split(self, x: Tensor, index: int) -> tuple[Tensor, Tensor]:
        low, high = self._split_rows(x, index, 0)
        (ll, lh), (hl, hh) = (
            (part.mT for part in self._split_rows(half.mT, index, 1)) for half in (low, high)
        )
        return ll, torch.stack((lh, hl, hh), dim=2).flatten(1, 2)

    def merge(self, low: Tensor, details: Tensor, index: int) -> Tensor:
        """The inverse of :meth:`split`."""
        lh, hl, hh = details.unflatten(1, (-1, 3)).unbind(2)
        low, high = (
            self._merge_rows(half.mT, detail.mT, index, 1).mT
            for half, detail in ((low, lh), (hl, hh))
        )
        return self._merge_rows(low, high, index, 0)

    def _split_rows(self, x: Tensor, index: int, direction: int) -> tuple[Tensor, Tensor]:
        even, odd = x[..., 0::2], x[..., 1::2]
        detail = filter_rows(even, self.predict[index, direction]) - odd
        smooth = even - filter_rows(detail, self.update[index, direction])
        return smooth * 2**0.5, detail * 0.5**0.5  # orthonormal while it is Haar's

    def _merge_rows(self, smooth: Tensor, detail: Tensor, index: int, direction: int) -> Tensor:
        smooth, detail = smooth * 0.5**0.5, detail * 2**0.5
        even = smooth + filter_rows(detail, self.update[index, direction])
        odd = filter_rows(even, self.predict[index, direction]) - detail
        return torch.stack((even, odd), dim=-1).flatten(-2)
