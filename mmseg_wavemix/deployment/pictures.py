"""Pictures of a config's data as an exported graph takes them, and its scores on them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.models.utils import resize
from mmseg.registry import DATASETS
from PIL import Image

from ..errors import InputError
from ..evaluation import official_scores
from ..evaluation.label_ids import label_ids_of_classes, label_ids_path
from .runtimes import Graph


def pictures(
    cfg: Config, split: str, size: tuple[int, int] | None, number: int | None = None
) -> Iterator[tuple[np.ndarray, dict]]:
    """Pictures of a split, through the test pipeline, with what mmseg knows of them.

    Args:
        cfg: a config.
        split: ``'train'``, ``'val'`` or ``'test'``.
        size: height and width that all must have; None: any.
        number: so many of them, evenly spread; None: all.

    Yields:
        RGB ``(H, W, 3)`` uint8, and the sample's metainfo.

    Raises:
        InputError: there are fewer, or one has another size.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    pipeline = [
        step for step in cfg.test_dataloader.dataset.pipeline if step['type'] != 'LoadAnnotations'
    ]
    dataset = DATASETS.build({**cfg[f'{split}_dataloader'].dataset, 'pipeline': pipeline})
    if number is not None and number > len(dataset):
        raise InputError(f'{number} pictures are asked for, the {split} split has {len(dataset)}')
    for index in np.linspace(0, len(dataset) - 1, number or len(dataset)).round().astype(int):
        sample = dataset[int(index)]
        picture = sample['inputs'].numpy().transpose(1, 2, 0)[..., ::-1]
        meta = sample['data_samples'].metainfo
        if size and picture.shape[:2] != tuple(size):
            height, width = picture.shape[:2]
            raise InputError(
                f'{meta["img_path"]} is {height}x{width} after the test pipeline, the graph takes '
                f'{size[0]}x{size[1]}: export with --size {height}x{width}'
            )
        yield picture, meta


def score(
    cfg: Config, classes: list[str], graph: Graph, size: tuple[int, int] | None = None
) -> dict:
    """Official scores of the test split at full size.

    Args:
        cfg: a config.
        classes: names of what the logits tell apart.
        graph: see :func:`onnxruntime_graph`.
        size: as for :func:`pictures`.

    Returns:
        As :func:`official_scores`.
    """
    label_ids = label_ids_of_classes(classes)
    with tempfile.TemporaryDirectory() as folder:
        pairs = []
        for picture, meta in pictures(cfg, 'test', size):
            image = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
            logits = torch.from_numpy(graph(image))
            logits = resize(logits, meta['ori_shape'][:2], mode='bilinear', align_corners=False)
            file = Path(folder, f'{Path(meta["img_path"]).stem}.png')
            Image.fromarray(label_ids[logits.argmax(1)[0].numpy()]).save(file)
            pairs.append((str(file), label_ids_path(meta['seg_map_path'])))
        return official_scores(pairs)
