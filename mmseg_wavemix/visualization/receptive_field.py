"""How far a pixel reaches after a few blocks (Figure 2 of the paper)."""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn

from .compared_blocks import recipes
from .effective_field import CHANNELS as GRADIENT_CHANNELS
from .effective_field import SHARE, gradient_map, side_of

CHANNELS = 8  # all weights are equal, so the width scales the response and leaves its shape
NOISE = 1e-12  # of the maximum: what is fainter is rounding
# what is drawn, and over how many decades
MEASURES = {
    'ones': (
        'response to one lit pixel, all weights one, no layer norms, log10 of its maximum',
        -8,
    ),  # fmt: skip
    'gradient': ('mean gradient of the middle pixel, random weights, log10 of its maximum', -6),
}


def response(blocks: nn.Module, size: int) -> np.ndarray:
    """What a stack of blocks makes of one lit pixel.

    All parameters are set to one, all biases to zero, as for Figure 2; norms keep the mean 0 and
    variance 1 they are made with, also layer norms, which have no memory of them: of equal channels
    they would make nothing. Equal weights let sub-bands cancel: at level 1, a window of which
    one half alone is lit sums up to zero, and what is felt is less than what other weights reach.

    Args:
        blocks: maps ``(1, CHANNELS, size, size)`` to the same shape; its parameters are changed.
        size: side of the map. The lit pixel stands in the middle, where windows of all levels
            begin: there the sub-bands of the first block do not cancel.

    Returns:
        ``(size, size)``, the sum over channels divided by its maximum; 0 where nothing arrived.
    """
    _without_layer_norms(blocks)
    with torch.no_grad():
        for name, parameter in blocks.named_parameters():
            parameter.fill_(0 if name.endswith('bias') else 1)
        x = torch.zeros(1, CHANNELS, size, size, dtype=torch.float64)
        x[..., size // 2, size // 2] = 1
        felt = blocks.double().eval()(x).abs().sum(dim=1)[0]
    felt = felt / felt.max()
    return torch.where(felt > NOISE, felt, 0).numpy()


def _without_layer_norms(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.LayerNorm):
            setattr(module, name, nn.Identity())
        else:
            _without_layer_norms(child)


def extent(felt: np.ndarray) -> tuple[int, int]:
    """Height and width of the box around all pixels that something arrived at."""
    rows, columns = (np.flatnonzero(felt.any(axis=axis)) for axis in (1, 0))
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def stacks(depth: int) -> dict[str, nn.Module]:
    """The blocks that are compared by equal weights, ``depth`` of each."""
    return {
        name: nn.Sequential(*(make() for _ in range(depth)))
        for name, make in recipes(CHANNELS).items()
    }


def label(felt: np.ndarray) -> str:
    """The larger side of :func:`extent` in words, as far as the map is large enough to show it."""
    if felt.all():
        return 'whole map'
    border = (felt[0], felt[-1], felt[:, 0], felt[:, -1])
    more = ' or more' if any(edge.any() for edge in border) else ''
    return f'{max(extent(felt))} pixels{more}'


def gradient_label(felt: np.ndarray) -> str:
    """How far it reaches, and within what square most of it lies, see :func:`.side_of`."""
    border = (felt[0], felt[-1], felt[:, 0], felt[:, -1])
    reach = 'whole map' if any(edge.any() for edge in border) else f'{max(extent(felt))} pixels'
    return f'{reach}, {SHARE:.0%} in {side_of(felt)}'


def maps(measure: str, depth: int, size: int) -> dict[str, tuple[np.ndarray, str]]:
    """A map and its label for each kind of block, by one of :data:`MEASURES`."""
    if measure == 'ones':
        fields = {name: response(blocks, size) for name, blocks in stacks(depth).items()}
        return {name: (felt, label(felt)) for name, felt in fields.items()}
    fields = {
        name: gradient_map(make, depth, size) for name, make in recipes(GRADIENT_CHANNELS).items()
    }
    return {name: (felt, gradient_label(felt)) for name, felt in fields.items()}


def receptive_fields(
    depths: Sequence[int], size: int, measure: str = 'ones'
) -> tuple[Figure, dict[str, dict[int, str]]]:
    """Draws a row of maps for each number of blocks.

    Args:
        depths: numbers of blocks.
        size: side of the maps in pixels of the features; behind a stem of stride 4 such a pixel
            is four of the picture's.
        measure: one of :data:`MEASURES`.

    Returns:
        The figure, and the label of each map, by block and depth.
    """
    said, faintest = MEASURES[measure]
    rows = {depth: maps(measure, depth, size) for depth in depths}
    names = list(rows[depths[0]])
    figure = Figure(figsize=(2.1 * len(names), 2.15 * len(depths) + 0.2), layout='constrained')
    axes = figure.subplots(len(depths), len(names), squeeze=False)
    labels: dict[str, dict[int, str]] = {name: {} for name in names}
    for row, (depth, fields) in zip(axes, rows.items()):
        for axis, (name, (felt, text)) in zip(row, fields.items()):
            labels[name][depth] = text
            with np.errstate(divide='ignore'):
                logarithm = np.where(felt > 0, np.log10(felt), np.nan)
            axis.set_facecolor('black')
            image = axis.imshow(
                logarithm, cmap='inferno', vmin=faintest, vmax=0, interpolation='nearest'
            )
            axis.set(xticks=[], yticks=[])
            axis.set_xlabel(text, fontsize=9)
            if depth == depths[0]:
                axis.set_title(name, fontsize=10)
        row[0].set_ylabel(f'{depth} block{"s" if depth > 1 else ""}', fontsize=10)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.01)
    bar.set_label(said.replace(', all', ',\nall').replace(', random', ',\nrandom'), fontsize=9)
    return figure, labels
