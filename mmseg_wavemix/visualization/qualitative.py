"""Pictures, ground truth and predictions side by side (Figure 4 of the paper)."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from .figure import class_patches, shown
from .overlay import colorize
from .samples import VOID, Sample

PANEL = 3.0  # inches wide
TITLE = 32  # letters that fit above it
VOID_COLOR = (0, 0, 0)
WRONG = (213, 94, 0)  # vermilion of Okabe and Ito, which no colour blindness takes for grey


def qualitative_grid(
    samples: Sequence[Sample],
    predictions: Mapping[str, Sequence[np.ndarray]],
    classes: Sequence[str],
    palette: Sequence[Sequence[int]],
    errors: bool = False,
) -> Figure:
    """Draws a row for each picture: itself, the truth, and what each model makes of it.

    Args:
        samples: what is shown.
        predictions: by the name of a model, a map ``(H, W)`` of class indices for each sample.
        classes: a name for each class.
        palette: an RGB colour, 0..255, for each class; void is black.
        errors: behind each prediction, its wrong pixels, void left out.

    Raises:
        ValueError: a prediction of another size than its picture.
    """
    titles = ['picture', 'ground truth']
    for name in predictions:
        titles += [name, f'{name}, wrong'] if errors else [name]
    titles = [in_lines(title) for title in titles]
    more = 0.16 * max(title.count('\n') for title in titles)  # inches
    shapes = [sample.truth.shape for sample in samples]
    heights = [PANEL * height / width for height, width in shapes]
    figure = Figure(
        figsize=(PANEL * len(titles), sum(heights) + 0.06 * len(samples) + 1.0 + more),
        layout='constrained',
    )
    figure.get_layout_engine().set(h_pad=0.04, hspace=0)
    axes = figure.subplots(
        len(samples), len(titles), squeeze=False, gridspec_kw=dict(height_ratios=heights)
    )
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
    for axis, title in zip(axes[0], titles):
        axis.set_title(title, fontsize=10)
    for index, (row, sample) in enumerate(zip(axes, samples)):
        image, truth = shown(sample.image[..., ::-1]), shown(sample.truth)
        panels = iter(row)
        next(panels).imshow(image)
        next(panels).imshow(_painted(truth, palette), interpolation='nearest')
        for maps in predictions.values():
            predicted = maps[index]
            if predicted.shape != sample.truth.shape:
                raise ValueError(f'{sample.name}: {predicted.shape} is not {sample.truth.shape}')
            painted = _painted(shown(predicted.astype(np.uint8)), palette)
            next(panels).imshow(painted, interpolation='nearest')
            if errors:
                axis = next(panels)
                wrong = shown(predicted.astype(np.uint8)) != truth
                axis.imshow(_marked(image, wrong & (truth != VOID)), interpolation='nearest')
                axis.text(
                    0.985, 0.04, f'{share_wrong(predicted, sample.truth):.1%} wrong',
                    transform=axis.transAxes, ha='right', va='bottom', fontsize=9,
                    bbox=dict(boxstyle='round,pad=0.2', facecolor='white', edgecolor='none'),
                )  # fmt: skip
    occurring = np.unique(
        np.concatenate(
            [np.unique(sample.truth) for sample in samples]
            + [np.unique(one) for maps in predictions.values() for one in maps]
        )
    )
    patches = class_patches([int(i) for i in occurring if i < len(classes)], classes, palette)
    if VOID in occurring:
        patches += class_patches([0], ['void'], [VOID_COLOR])
    columns = max(3, int(PANEL * len(titles) / 1.45))  # an entry takes that many inches
    figure.legend(handles=patches, loc='outside lower center', ncols=columns, fontsize=9)
    return figure


def in_lines(text: str, width: int = TITLE) -> str:
    """Breaks a title at spaces, hyphens and underscores, of which names of configs are full."""
    lines = ['']
    for part in re.findall(r'[^\s_-]*[\s_-]|[^\s_-]+', text):
        for piece in re.findall(f'.{{1,{width}}}', part):
            if len((lines[-1] + piece).rstrip()) > width:
                lines.append('')
            lines[-1] += piece
    return '\n'.join(line.rstrip() for line in lines)


def share_wrong(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Of the pixels that are not void, those of another class, 0 to 1; nan if all are void."""
    valid = truth != VOID
    return float((predicted[valid] != truth[valid]).mean()) if valid.any() else float('nan')


def _painted(class_map: np.ndarray, palette: Sequence[Sequence[int]]) -> np.ndarray:
    valid = class_map != VOID
    painted = colorize(np.where(valid, class_map, 0), palette)
    return np.where(valid[..., None], painted, np.uint8(VOID_COLOR))


def _marked(image: np.ndarray, marked: np.ndarray) -> np.ndarray:
    """A faint grey picture, with some pixels in a strong colour."""
    grey = (0.45 * image.mean(axis=2, keepdims=True) + 140).astype(np.uint8)
    return np.where(marked[..., None], np.uint8(WRONG), grey)
