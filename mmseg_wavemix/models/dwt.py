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


def haar_pyramid(x: Tensor, level: int) -> list[Tensor]:
    """The sub-bands of a multi-level Haar transform, finest first.

    Level ``l`` transforms the approximation of level ``l - 1``: ``level`` transforms in all.

    Args:
        x: ``(N, C, H, W)`` with H and W divisible by ``2 ** level``.
        level: number of levels, at least 1.

    Returns:
        ``level`` tensors; number ``l`` (from 1) is ``(N, 4C, H / 2**l, W / 2**l)``: LL of all
        channels, then the interleaved details of :func:`haar_dwt`.
    """
    bands = []
    for _ in range(level):
        x, high = haar_dwt(x)
        bands.append(torch.cat((x, high), dim=1))
    return bands
