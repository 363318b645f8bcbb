"""How strongly a pixel depends on its surroundings, by gradients through random weights.

With equal weights, as in :mod:`.receptive_field`, a transformer has to do without its layer norms:
all channels are equal, such a norm subtracts their mean, and nothing is left. The effective
receptive field of Luo et al. (2016, `arXiv 1701.04128 <https://arxiv.org/abs/1701.04128>`_) needs
no special weights: the gradient of one pixel of the output with respect to the input.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

CHANNELS = 32  # of the first stage of SegFormer's MiT-B0
PHASES = 16  # places in a window of level 4
DRAWS = PHASES  # of weights, inputs and places, to average over
SHARE = 0.95  # of the gradient, for a size in one number


def gradient_map(
    make: Callable[[], nn.Module], depth: int, size: int, draws: int = DRAWS, seed: int = 0
) -> np.ndarray:
    """The effective receptive field of a stack of blocks.

    Weights are drawn as torch's layers draw them by default, inputs from a standard normal
    distribution, and batch norms are set to the statistics of that input. One pixel of the output
    is taken, its channels weighted at random, and its gradient with respect to the input;
    magnitudes are summed over channels. Each draw takes another pixel: with 16 of them, the
    windows of the wavelet transform, which have fixed places, are met in all rows and columns.

    Args:
        make: a new block, ``(N, CHANNELS, H, W)`` to the same shape.
        depth: number of blocks.
        size: side of the map, a multiple of 32.
        draws: how many maps are averaged.
        seed: of everything that is random; torch's own generator is left as it was.

    Returns:
        ``(size, size)``, the output's pixel at ``size // 2``, divided by the maximum.
    """
    total = torch.zeros(size, size)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        rounds = -(-draws // PHASES)
        rows, columns = (
            torch.cat([torch.randperm(PHASES) for _ in range(rounds)]).tolist() for _ in range(2)
        )
        for row, column in zip(rows[:draws], columns):
            blocks = nn.Sequential(*(make() for _ in range(depth)))
            # the map is cut from a larger one, around that pixel
            x = torch.randn(1, CHANNELS, size + PHASES, size + PHASES)
            _calibrate(blocks, x)
            pixel = blocks(x.requires_grad_())[0, :, size // 2 + row, size // 2 + column]
            (gradient,) = torch.autograd.grad(pixel @ torch.randn(CHANNELS), x)
            felt = gradient[0].abs().sum(dim=0)
            total += felt[row : row + size, column : column + size]
    return (total / total.max()).numpy()


def _calibrate(blocks: nn.Module, x: Tensor) -> None:
    """Gives batch norms the statistics of ``x``; as made, they would let it fade out."""
    for module in blocks.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the average of all that was seen: one picture
    with torch.no_grad():
        blocks.train()(x)
    blocks.eval()


def side_of(felt: np.ndarray, share: float = SHARE) -> int:
    """Side of the smallest square around the middle pixel that holds a share of the map's sum.

    Ding et al. (2022, `arXiv 2203.06717 <https://arxiv.org/abs/2203.06717>`_) measure so.

    Returns:
        An odd number of pixels, or the map's side.
    """
    middle, size = felt.shape[0] // 2, felt.shape[0]
    for reach in range(middle):
        inside = felt[middle - reach : middle + reach + 1, middle - reach : middle + reach + 1]
        if inside.sum() >= share * felt.sum():
            return 2 * reach + 1
    return size
