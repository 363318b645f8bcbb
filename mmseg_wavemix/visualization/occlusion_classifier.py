"""Occlusion analysis of an image classifier; it needs mmpretrain."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS, MODELS
from torch import Tensor, nn
from tqdm import tqdm

from ..checkpoints import load_weights
from ..config import building
from ..errors import InputError
from ..inference import usable_device
from .occlusion import Window, hidden, spread, windows
from .occlusion_figure import Occluded
from .samples import spread_out

BATCH = 32  # pictures at once


def load_classifier(
    cfg: Config, path: Path, checkpoint: str, device: str | None
) -> tuple[nn.Module, BaseDataset]:
    """A classifier in eval mode, and the test data of its config.

    Raises:
        InputError: config, checkpoint, device or data do not fit or are not there.
    """
    target = usable_device(device)
    init_default_scope('mmpretrain')
    root = cfg.test_dataloader.dataset.get('data_root')
    if root and not Path(root).is_dir():
        raise InputError(f'{root} does not exist: no data. {cfg.get("data_hint", "")}'.strip())
    with building(path):
        preprocessor = {
            **cfg.get('data_preprocessor', {}),
            **cfg.model.get('data_preprocessor', {}),
        }
        model = MODELS.build({**cfg.model, 'data_preprocessor': preprocessor})
        load_weights(model, checkpoint)
        dataset = DATASETS.build(cfg.test_dataloader.dataset)
    return model.eval().to(target), dataset


def occluded_samples(
    model: nn.Module, dataset: BaseDataset, count: int, patch: int | None, stride: int | None
) -> list[Occluded]:
    """Probabilities of the true class of some pictures, each part of them hidden in turn.

    Args:
        model: from :func:`load_classifier`.
        dataset: its test data.
        count: pictures, evenly spaced.
        patch: side of the windows in pixels of the model's input; ``None``: a quarter of it.
        stride: from one to the next; ``None``: a quarter of the patch.
    """
    names = dataset.metainfo.get('classes')
    results = []
    for index in tqdm(spread_out(len(dataset), count), unit='picture', disable=None):
        sample = dataset[index]
        pixels = sample['inputs'].permute(1, 2, 0).numpy()
        label = int(sample['data_samples'].gt_label)
        side = patch or max(2, min(pixels.shape[:2]) // 4)
        places = windows(pixels.shape[:2], side, stride or max(1, side // 4))
        undisturbed, *when_hidden = probabilities(model, pixels, label, [None, *places])
        felt = spread(np.array([when_hidden]), places, pixels.shape[:2])[0]
        image = pixels[..., 0] if pixels.shape[2] == 1 else _rgb(model, pixels)
        name = str(names[label]) if names else f'class {label}'
        results.append(Occluded(image, name, undisturbed, felt))
    return results


def probabilities(
    model: nn.Module, pixels: np.ndarray, label: int, places: Sequence[Window | None]
) -> list[float]:
    """Probability of a class with each window hidden in turn; ``None`` hides nothing."""
    found = []
    for start in range(0, len(places), BATCH):
        pictures = [
            pixels if place is None else hidden(pixels, place)
            for place in places[start : start + BATCH]
        ]
        inputs: list[Tensor] = [
            torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1) for picture in pictures
        ]
        with torch.inference_mode():
            data = model.data_preprocessor(dict(inputs=inputs), training=False)
            samples = model(data['inputs'], mode='predict')
        found += [float(sample.pred_score[label]) for sample in samples]
    return found


def _rgb(model: nn.Module, pixels: np.ndarray) -> np.ndarray:
    """mmpretrain's pictures are BGR where its preprocessor turns them round."""
    turned = getattr(model.data_preprocessor, '_channel_conversion', False)
    return pixels[..., ::-1] if turned else pixels
