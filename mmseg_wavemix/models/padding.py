"""Pictures of any size: padded at the right and at the bottom, features cropped again."""

import torch.nn.functional as F
from torch import Tensor


def padded(x: Tensor, bottom: int, right: int) -> Tensor:
    """``(N, C, H, W) -> (N, C, H + bottom, W + right)``, mirrored at the last row and column.

    A model that was trained on divisible sizes has never seen padding. A mirrored street is still
    one; a last row repeated is stripes, which may pass for a wall and spoil the road above them
    (docs/camvid.md has both measured). More than the picture has is filled with its edge.
    """
    height, width = x.shape[-2:]
    below, beside = min(bottom, height - 1), min(right, width - 1)
    x = F.pad(x, (0, beside, 0, below), mode='reflect')
    if below < bottom or beside < right:
        x = F.pad(x, (0, right - beside, 0, bottom - below), mode='replicate')
    return x


def cropped(x: Tensor, size: tuple[int, int], training: bool) -> Tensor:
    """``(N, C, H, W) -> (N, C, *size)``, the upper left part of it.

    The gradient of a slice lies channels first in memory, wherever ``x`` has its channels, and
    residuals hand it from block to block to norms that are slow then. Padding by less than nothing
    takes off as much, and its gradient lies as ``x`` does. A slice copies nothing, and every
    runtime knows it: so it is one unless ``training``.
    """
    height, width = size
    if training:
        return F.pad(x, (0, width - x.shape[-1], 0, height - x.shape[-2]))
    return x[..., :height, :width]
