"""Where the energy of the features lies: in which sub-bands, block by block."""

from typing import NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from mmseg.apis import inference_model
from torch import Tensor, nn

from ..errors import InputError
from ..models.token_mixers import Pyramid
from .figure import shown

# of Okabe and Ito, for every colour blindness; approximation last
COLORS = ('#E69F00', '#D55E00', '#CC79A7', '#009E73', '#56B4E9', '#F0E442')
APPROXIMATION = '#0072B2'


class BandEnergies(NamedTuple):
    """Energy by block and sub-band.

    Attributes:
        names: of the sub-bands: ``LH1, HL1, HH1`` of the finest level, ..., ``LL`` of the coarsest.
        energy: ``(blocks, bands)``, sums of squares.
    """

    names: list[str]
    energy: np.ndarray


def split_energy(bands: list[Tensor]) -> BandEnergies:
    """Energy of the sub-bands of one block.

    The mean of each channel is left out of the approximation: a bias would be most of it. For an
    orthonormal wavelet the sum is then the variance of what was transformed, times its size.

    Args:
        bands: what a :class:`Pyramid` returns, finest level first.

    Returns:
        A single row.
    """
    names, energy = [], []
    for level, band in enumerate(bands, start=1):
        channels = band.shape[1] // 4
        details = band[:, channels:].double().unflatten(1, (channels, 3))
        energy += details.square().sum(dim=(0, 1, 3, 4)).tolist()
        names += [f'{kind}{level}' for kind in ('LH', 'HL', 'HH')]
    low = bands[-1][:, : bands[-1].shape[1] // 4].double()
    energy.append(float((low - low.mean(dim=(0, 2, 3), keepdim=True)).square().sum()))
    return BandEnergies([*names, f'LL{len(bands)}'], np.array([energy]))


def band_energies(model: nn.Module, image: np.ndarray) -> BandEnergies:
    """Energy of the sub-bands of each block of a model for one picture.

    Args:
        model: from :func:`mmseg_wavemix.inference.load_model`, not fused.
        image: ``(H, W, 3)`` uint8, BGR.

    Raises:
        InputError: its blocks have no wavelet transform.
    """
    mixers = [getattr(block, 'token_mixer', None) for block in model.backbone.blocks]
    if not all(isinstance(mixer, Pyramid) for mixer in mixers):
        kinds = ', '.join(sorted({type(mixer).__name__ for mixer in mixers}))
        raise InputError(f'blocks with {kinds} have no sub-bands: HaarPyramid or WaveletPyramid do')
    rows: list[BandEnergies] = []

    def keep(module: nn.Module, inputs: tuple, bands: list[Tensor]) -> None:
        rows.append(split_energy(bands))

    handles = [mixer.register_forward_hook(keep) for mixer in mixers]
    try:
        with torch.inference_mode():
            inference_model(model, image)
    finally:
        for handle in handles:
            handle.remove()
    # sliding windows pass each block several times
    energy = np.stack([row.energy[0] for row in rows]).reshape(-1, len(mixers), len(rows[0].names))
    return BandEnergies(rows[0].names, energy.sum(axis=0))


def subband_figure(image: np.ndarray, energies: BandEnergies) -> Figure:
    """The picture, the levels' shares of each block, and those of all sub-bands.

    Args:
        image: ``(H, W, 3)`` uint8, RGB.
        energies: from :func:`band_energies`.
    """
    shares = energies.energy / energies.energy.sum(axis=1, keepdims=True)
    blocks, bands = shares.shape
    levels = (bands - 1) // 3
    width = max(8.0, 0.45 * blocks + 2.5)
    figure = Figure(figsize=(width, 3.0 + 0.27 * bands), layout='constrained')
    grid = figure.add_gridspec(2, 2, height_ratios=(2.2, 0.27 * bands + 0.4))
    picture, bars = (figure.add_subplot(grid[0, column]) for column in (0, 1))
    picture.imshow(shown(image))
    picture.set(xticks=[], yticks=[])
    numbers = np.arange(1, blocks + 1)
    bottom = np.zeros(blocks)
    for name, color, part in [
        (f'approximation, level {levels}', APPROXIMATION, shares[:, -1]),
        *(
            (f'details, level {level}', COLORS[(level - 1) % len(COLORS)], of_level)
            for level in range(levels, 0, -1)
            for of_level in [shares[:, 3 * level - 3 : 3 * level].sum(axis=1)]
        ),
    ]:
        bars.bar(numbers, 100 * part, bottom=100 * bottom, color=color, label=name, width=0.85)
        bottom += part
    bars.set(ylabel='energy, %', ylim=(0, 100), xlim=(0.4, blocks + 0.6), xticks=numbers)
    bars.tick_params(labelsize=8)
    bars.legend(
        loc='lower center', bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8, frameon=False,
        reverse=False,
    )  # fmt: skip
    heat = figure.add_subplot(grid[1, :])
    with np.errstate(divide='ignore'):
        logarithm = np.log10(shares.T[::-1])
    image = heat.imshow(logarithm, cmap='cividis', vmin=-3, vmax=0, aspect='auto')
    for (row, column), share in np.ndenumerate(100 * shares.T[::-1]):
        color = 'white' if share < 3 else 'black'
        text = f'{share:.0f}' if share >= 9.5 else f'{share:.1f}'
        heat.text(column, row, text, ha='center', va='center', fontsize=8, color=color)
    heat.set(
        xlabel='block', xticks=numbers - 1, xticklabels=numbers,
        yticks=range(bands), yticklabels=energies.names[::-1],
    )  # fmt: skip
    heat.tick_params(labelsize=8)
    bar = figure.colorbar(image, ax=heat, pad=0.01, extend='min')
    bar.set_ticks([-3, -2, -1, 0], labels=['0.1', '1', '10', '100'])
    bar.set_label('energy, % of the block', fontsize=9)
    return figure
