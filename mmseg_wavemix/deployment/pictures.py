"""Pictures of a config's data as an exported graph takes them."""

from collections.abc import Iterator

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from ..errors import InputError


def pictures(
    cfg: Config, split: str, sizes: tuple[int, int] | int, number: int | None = None
) -> Iterator[tuple[np.ndarray, dict]]:
    """Pictures of a split, through the test pipeline, with what mmseg knows of them.

    Args:
        cfg: a config.
        split: ``'train'``, ``'val'`` or ``'test'``.
        sizes: height and width that all must have, or what both must be multiples of.
        number: so many of them, evenly spread; None: all.

    Yields:
        RGB ``(H, W, 3)`` uint8, and the sample's metainfo.

    Raises:
        InputError: there are fewer, or one has a size that the graph does not take.
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
        height, width = picture.shape[:2]
        if isinstance(sizes, int):
            fits, taken = height % sizes == width % sizes == 0, f'multiples of {sizes}'
        else:
            fits, taken = (height, width) == tuple(sizes), f'{sizes[0]}x{sizes[1]}'
        if not fits:
            raise InputError(
                f'{meta["img_path"]} is {height}x{width} after the test pipeline, the graph takes '
                f'{taken}: export with --size {height}x{width}'
            )
        yield picture, meta
