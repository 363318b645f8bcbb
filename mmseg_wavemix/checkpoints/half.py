"""Weights in half the bytes: float16, where that keeps them."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..errors import InputError

STATISTICS = ('running_mean', 'running_var')  # of norms: few bytes, and sums over all the data
LARGEST = torch.finfo(torch.float16).max
# what rounding to 11 bits of mantissa changes a weight by at most, relative to its size
ROUNDING = 2**-11


def halved(state_dict: Mapping[str, Tensor], source: str | Path) -> dict[str, Tensor]:
    """Floating weights as float16; the statistics of norms and whole numbers stay as they are.

    A model that loads them computes in its own dtype again.

    Args:
        state_dict: weights, finite.
        source: where they come from, for messages.

    Raises:
        InputError: float16 does not reach as far as a weight does, or a weight is so small that
            more of it would be lost than by rounding, such as all of it to zero.
    """
    return {
        name: value if _stays(name, value) else _half(name, value, source)
        for name, value in state_dict.items()
    }


def _stays(name: str, value: Tensor) -> bool:
    return not value.is_floating_point() or name.rpartition('.')[2] in STATISTICS


def _half(name: str, value: Tensor, source: str | Path) -> Tensor:
    half, exact = value.to(torch.float16), value.double()
    if not half.isfinite().all():
        raise InputError(
            f'{source}: weight {name} reaches {exact.abs().max():.3g}, float16 ends at '
            f'{LARGEST:.0f}: leave out --half'
        )
    size = exact.norm().item()
    lost = (half.double() - exact).norm().item()
    if lost > ROUNDING * size:
        raise InputError(
            f'{source}: weight {name}, {exact.abs().max():.3g} at most, is too small for float16, '
            f'which would lose {lost / size:.1%} of it: leave out --half'
        )
    return half
