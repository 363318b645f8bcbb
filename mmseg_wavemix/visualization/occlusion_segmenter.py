"""Occlusion analysis of a segmentation model, class by class."""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.figure import Figure
from mmseg.apis import inference_model
from torch import nn
from tqdm import tqdm

from ..errors import InputError
from .occlusion import class_drops, spread, windows
from .occlusion_figure import segmentation_figure

MOST = 6  # classes that are drawn unless they are named
LEAST = 0.002  # of the pixels: smaller classes are not


def probabilities(model: nn.Module, image: np.ndarray) -> np.ndarray:
    """``(C, H, W)`` float32 of a picture ``(H, W, 3)`` uint8, BGR."""
    with torch.inference_mode():
        return inference_model(model, image).seg_logits.data.softmax(dim=0).cpu().numpy()


def chosen_classes(
    truth: np.ndarray, names: Sequence[str], wanted: Sequence[str] | None = None
) -> list[int]:
    """Indices of the classes to look at: those wanted, or the largest on the picture.

    Raises:
        InputError: a name that the model does not have, or a class that is not on the picture.
    """
    counts = np.bincount(truth[truth < len(names)], minlength=len(names))
    for name in wanted or ():
        if name not in names:
            raise InputError(f'no class {name}: one of {", ".join(names)}')
        if not counts[names.index(name)]:
            there = ', '.join(names[i] for i in np.flatnonzero(counts))
            raise InputError(f'class {name} is not on this picture: it shows {there}')
    if wanted:
        return [names.index(name) for name in wanted]
    largest = np.argsort(-counts, kind='stable')[:MOST]
    return [int(i) for i in largest if counts[i] >= max(1, LEAST * truth.size)]


def segmenter_occlusion(
    model: nn.Module,
    image: np.ndarray,
    truth: np.ndarray | None,
    wanted: Sequence[str] | None = None,
    patch: int | None = None,
    stride: int | None = None,
    measure: str = 'probability',
) -> Figure:
    """Measures and draws; one pass of the model for each window.

    Args:
        model: from :func:`mmseg_wavemix.inference.load_model`.
        image: ``(H, W, 3)`` uint8, BGR.
        truth: ``(H, W)`` class indices, 255 for void; ``None``: the model's own prediction.
        wanted: names of classes.
        patch: side of the windows in pixels; ``None``: a sixth of the shorter side.
        stride: from one to the next; ``None``: half of the patch.
        measure: one of :data:`.occlusion.MEASURES`.

    Raises:
        InputError: see :func:`chosen_classes` and :func:`.occlusion.windows`.
    """
    if truth is None:
        truth = probabilities(model, image).argmax(axis=0)
    names = list(model.dataset_meta['classes'])
    classes = chosen_classes(truth, names, wanted)
    if not classes:
        raise InputError('the picture is void all over: no class to look at')
    patch = patch or max(2, min(truth.shape) // 6)
    places = windows(truth.shape, patch, stride or max(1, patch // 2))
    drops = class_drops(
        lambda picture: probabilities(model, picture),
        image,
        truth,
        classes,
        tqdm(places, 'hiding', unit='window', disable=None),
        measure,
    )
    return segmentation_figure(
        image[..., ::-1],
        truth,
        classes,
        [names[index] for index in classes],
        drops.undisturbed,
        spread(drops.all_pixels, places, truth.shape),
        spread(drops.visible, places, truth.shape),
        measure,
    )
