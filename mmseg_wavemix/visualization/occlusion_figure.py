"""Draws occlusion analyses: of a classifier, and of a segmentation class by class."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.colors import AsinhNorm
from matplotlib.figure import Figure

from .figure import shown

PANEL = 3.2  # inches wide


class Occluded(NamedTuple):
    """A classified picture.

    Attributes:
        image: ``(H, W)`` or ``(H, W, 3)`` uint8, RGB.
        name: of the class.
        probability: of the class, nothing hidden.
        when_hidden: ``(H, W)``, probability of the class when the pixel is hidden.
    """

    image: np.ndarray
    name: str
    probability: float
    when_hidden: np.ndarray


def classifier_figure(pictures: Sequence[Occluded]) -> Figure:
    """Pictures above, below them the probability when a pixel is hidden: dark is what matters."""
    width = 1.9
    figure = Figure(figsize=(width * len(pictures) + 1.0, 2 * width + 0.6), layout='constrained')
    axes = figure.subplots(2, len(pictures), squeeze=False)
    lowest = min(float(np.nanmin(picture.when_hidden)) for picture in pictures)
    highest = max(float(np.nanmax(picture.when_hidden)) for picture in pictures)
    for (top, bottom), picture in zip(axes.T, pictures):
        top.imshow(picture.image, cmap='gray', vmin=0, vmax=255)
        top.set_title(f'{picture.name}: {picture.probability:.2f}', fontsize=10)
        heat = bottom.imshow(
            picture.when_hidden, cmap='viridis', vmin=lowest, vmax=highest, interpolation='nearest'
        )
        for axis in (top, bottom):
            axis.set(xticks=[], yticks=[])
    axes[0, 0].set_ylabel('picture', fontsize=10)
    axes[1, 0].set_ylabel('when hidden', fontsize=10)
    bar = figure.colorbar(heat, ax=axes[1], pad=0.01)
    bar.set_label('probability of the class', fontsize=9)
    return figure


def segmentation_figure(
    image: np.ndarray,
    truth: np.ndarray,
    classes: Sequence[int],
    names: Sequence[str],
    undisturbed: np.ndarray,
    all_pixels: np.ndarray,
    visible: np.ndarray,
    measure: str,
) -> Figure:
    """A row for each class: its place, and what it loses by what is hidden where.

    Args:
        image: ``(H, W, 3)`` uint8, RGB.
        truth: ``(H, W)`` class indices.
        classes: K indices.
        names: K names.
        undisturbed: ``(K,)`` scores with nothing hidden.
        all_pixels: ``(K, H, W)`` losses, see :class:`.occlusion.ClassDrops`.
        visible: ``(K, H, W)`` likewise.
        measure: ``'probability'`` or ``'iou'``.
    """
    unit = {'probability': 'mean probability', 'iou': 'IoU'}[measure]
    height = PANEL * image.shape[0] / image.shape[1]
    figure = Figure(
        figsize=(3 * PANEL + 0.4, (height + 0.08) * len(classes) + 1.2), layout='constrained'
    )
    figure.get_layout_engine().set(w_pad=0.11)  # inches, twice between the numbers of two scales
    # the last row is for the scales
    grid = figure.subplots(
        len(classes) + 1,
        3,
        squeeze=False,
        gridspec_kw=dict(height_ratios=[height] * len(classes) + [0.12]),
    )
    axes, scales = grid[:-1], grid[-1]
    scales[0].set_axis_off()
    titles = (
        'the class',
        f'loss of {unit},\nall pixels of the class',
        f'loss of {unit},\npixels that stay visible',
    )
    for axis, title in zip(axes[0], titles):
        axis.set_title(title, fontsize=10)
    small = shown(image)
    grey = (0.5 * small.mean(axis=2, keepdims=True) + 120).astype(np.uint8).repeat(3, axis=2)
    for column, drops in ((1, all_pixels), (2, visible)):
        limit = max(float(np.nanmax(np.abs(drops), initial=0)), 1e-3)
        for axis, drop in zip(axes[:, column], drops):
            axis.set_facecolor('0.5')  # where nothing is known
            # so that small losses are seen, too
            norm = AsinhNorm(limit / 20, vmin=-limit, vmax=limit)
            heat = axis.imshow(drop, cmap='PuOr_r', norm=norm, extent=_extent(small))
        most = float(f'{limit:.0e}')
        most = most if most <= limit else 0.9 * most
        ticks = [-most, -most / 10, 0, most / 10, most]
        bar = figure.colorbar(heat, cax=scales[column], orientation='horizontal')
        bar.set_ticks(ticks, labels=[f'{tick:.2g}' for tick in ticks])
        bar.minorticks_off()
        first, *_, last = bar.ax.get_xticklabels()
        first.set_horizontalalignment('left')  # both inside their bar: another stands beside it
        last.set_horizontalalignment('right')
        bar.set_label('orange: hiding it does harm', fontsize=9)
    for row, index, name, score in zip(axes, classes, names, undisturbed):
        mask = shown((truth == index).astype(np.uint8)) > 0
        row[0].imshow(np.where(mask[..., None], small, grey))
        row[0].set_ylabel(f'{name}: {score:.2f}', fontsize=10)
        for axis in row:
            axis.set(xticks=[], yticks=[])
            if 0 < mask.sum() < mask.size:
                axis.contour(mask, levels=[0.5], colors='black', linewidths=0.6)
    return figure


def _extent(image: np.ndarray) -> tuple[float, float, float, float]:
    """So that maps and contours of another size lie on the picture."""
    height, width = image.shape[:2]
    return -0.5, width - 0.5, height - 0.5, -0.5
