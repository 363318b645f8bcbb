"""The two-dimensional Haar wavelet transform, as slices and sums."""

import torch
from torch import Tensor


def haar_dwt(x: Tensor) -> tuple[Tensor, Tensor]:
    """One level of the orthonormal 2D Haar transform.

    Equal to ``pytorch_wavelets.DWTForward(J=1, wave='db1', mode='zero')`` in order and sign, but
    made of slices and sums alone, so it runs in any floating dtype, on any device and memory
    format, compiles, and exports without a custom operator. Energy is preserved.

    Args:
        x: ``(N, C, H, W)`` with even H and W.

    Returns:
        ``(low, high)``: the approximation ``LL`` of shape ``(N, C, H/2, W/2)`` and the details
        ``(N, 3C, H/2, W/2)``, interleaved per channel: ``LH, HL, HH`` of channel 0, of channel 1...

    Raises:
        ValueError: H or W is odd.
    """
    height, width = x.shape[-2:]
    if height % 2 or width % 2:
        raise ValueError(f'haar_dwt needs even height and width, got {height}x{width}: pad first')
    x = x * 0.5
    top_left, top_right = x[..., 0::2, 0::2], x[..., 0::2, 1::2]
    bottom_left, bottom_right = x[..., 1::2, 0::2], x[..., 1::2, 1::2]
    top, bottom = top_left + top_right, bottom_left + bottom_right
    top_edge, bottom_edge = top_left - top_right, bottom_left - bottom_right
    details = (top - bottom, top_edge + bottom_edge, top_edge - bottom_edge)  # LH, HL, HH
    return top + bottom, torch.stack(details, dim=2).flatten(1, 2)


def haar_idwt(low: Tensor, details: Tensor) -> Tensor:
    """The inverse of :func:`haar_dwt`.

    Args:
        low: ``(N, C, H, W)``.
        details: ``(N, 3C, H, W)``, interleaved as :func:`haar_dwt` returns them.

    Returns:
        ``(N, C, 2H, 2W)``.
    """
    lh, hl, hh = (0.5 * details.unflatten(1, (-1, 3))).unbind(2)
    low = 0.5 * low
    top, bottom, top_edge, bottom_edge = low + lh, low - lh, hl + hh, hl - hh
    rows = (
        torch.stack(pair, dim=-1).flatten(-2)
        for pair in ((top + top_edge, top - top_edge), (bottom + bottom_edge, bottom - bottom_edge))
    )
    return torch.stack(tuple(rows), dim=-2).flatten(-3, -2)
