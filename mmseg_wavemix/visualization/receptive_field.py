"""How far one pixel is felt after a few blocks (Figure 2 of the paper)."""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.figure import Figure
from mmseg.models.backbones.resnet import BasicBlock
from torch import nn

from ..models import WaveMixBlock
from ..models.convmixer import ConvMixerBlock

CHANNELS = 8  # all weights are equal, so the width scales the response and leaves its shape
NOISE = 1e-12  # of the maximum: what is fainter is rounding


def response(blocks: nn.Module, size: int) -> np.ndarray:
    """What a stack of blocks makes of one lit pixel.

    All parameters are set to one, all biases to zero, as for Figure 2; norms keep the mean 0 and
    variance 1 they are made with. Equal weights let sub-bands cancel: at level 1, a window of which
    one half alone is lit sums up to zero, and what is felt is less than what other weights reach.

    Args:
        blocks: maps ``(1, CHANNELS, size, size)`` to the same shape; its parameters are changed.
        size: side of the map. The lit pixel stands in the middle, where windows of all levels
            begin: there the sub-bands of the first block do not cancel.

    Returns:
        ``(size, size)``, the sum over channels divided by its maximum; 0 where nothing arrived.
    """
    with torch.no_grad():
        for name, parameter in blocks.named_parameters():
            parameter.fill_(0 if name.endswith('bias') else 1)
        x = torch.zeros(1, CHANNELS, size, size, dtype=torch.float64)
        x[..., size // 2, size // 2] = 1
        felt = blocks.double().eval()(x).abs().sum(dim=1)[0]
    felt = felt / felt.max()
    return torch.where(felt > NOISE, felt, 0).numpy()


def extent(felt: np.ndarray) -> tuple[int, int]:
    """Height and width of the box around all pixels that something arrived at."""
    rows, columns = (np.flatnonzero(felt.any(axis=axis)) for axis in (1, 0))
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def stacks(depth: int) -> dict[str, nn.Module]:
    """The blocks that are compared, ``depth`` of each, all at constant resolution."""
    bn, gelu = dict(type='BN'), dict(type='GELU')

    def stack(make, *args) -> nn.Module:
        return nn.Sequential(*(make(*args) for _ in range(depth)))

    waves = {f'WaveMix, level {level}': (WaveMixBlock, CHANNELS, level) for level in (1, 2, 3, 4)}
    others = {
        'ConvMixer, kernel 9': (ConvMixerBlock, CHANNELS, 9, bn, gelu),
        'ResNet, basic block': (BasicBlock, CHANNELS, CHANNELS),
    }
    return {name: stack(*recipe) for name, recipe in (waves | others).items()}


def label(felt: np.ndarray) -> str:
    """The larger side of :func:`extent` in words; a map may be too small to show all of it."""
    border = (felt[0], felt[-1], felt[:, 0], felt[:, -1])
    more = ' or more' if any(edge.any() for edge in border) else ''
    return f'{max(extent(felt))} pixels{more}'


def receptive_fields(depths: Sequence[int], size: int) -> tuple[Figure, dict[str, dict[int, str]]]:
    """Draws a row of maps for each number of blocks.

    Args:
        depths: numbers of blocks.
        size: side of the maps in pixels of the features.

    Returns:
        The figure, and what :func:`label` says of each map, by block and depth.
    """
    names = list(stacks(0))
    figure = Figure(figsize=(2.1 * len(names), 2.15 * len(depths) + 0.2), layout='constrained')
    axes = figure.subplots(len(depths), len(names), squeeze=False)
    labels: dict[str, dict[int, str]] = {name: {} for name in names}
    for row, depth in zip(axes, depths):
        for axis, (name, blocks) in zip(row, stacks(depth).items()):
            felt = response(blocks, size)
            labels[name][depth] = label(felt)
            with np.errstate(divide='ignore'):
                shown = np.where(felt > 0, np.log10(felt), np.nan)
            axis.set_facecolor('black')
            image = axis.imshow(shown, cmap='inferno', vmin=-8, vmax=0, interpolation='nearest')
            axis.set(xticks=[], yticks=[])
            axis.set_xlabel(labels[name][depth], fontsize=9)
            if depth == depths[0]:
                axis.set_title(name, fontsize=10)
        row[0].set_ylabel(f'{depth} block{"s" if depth > 1 else ""}', fontsize=10)
    bar = figure.colorbar(image, ax=axes, shrink=0.6, pad=0.01)
    bar.set_label('response, log10 of its maximum', fontsize=9)
    return figure, labels
