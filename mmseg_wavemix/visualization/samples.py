"""Pictures of a data set with their ground truth, for figures."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.datasets.transforms import LoadAnnotations
from mmseg.registry import DATASETS
from PIL import Image

from ..config import building
from ..datasets.checks import picture_fault
from ..datasets.pictures import read_picture
from ..errors import InputError

VOID = 255


class Sample(NamedTuple):
    """A picture and what is on it.

    Attributes:
        name: stem of its file.
        image: ``(H, W, 3)`` uint8, BGR.
        truth: ``(H, W)`` uint8 class indices, 255 for void.
    """

    name: str
    image: np.ndarray
    truth: np.ndarray


def spread_out(length: int, count: int) -> list[int]:
    """Up to ``count`` indices below ``length``, evenly spaced and always the same."""
    return [(2 * i + 1) * length // (2 * min(count, length)) for i in range(min(count, length))]


def dataset_samples(
    cfg: Config, path: Path, count: int, only: Sequence[str] | None = None
) -> list[Sample]:
    """Pictures of a config's test data.

    Args:
        cfg: a segmentation config.
        path: where it came from, for messages.
        count: how many, spread evenly over the data.
        only: instead, all whose file name holds one of these.

    Raises:
        InputError: no data, no picture of such a name, a file that is missing or damaged.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    config = cfg.test_dataloader.dataset
    folder = Path(config.get('data_root') or '', config.get('data_prefix', {}).get('img_path', ''))
    if not folder.is_dir():
        raise InputError(f'{folder} does not exist: no data. {cfg.get("data_hint", "")}'.strip())
    with building(path):
        dataset = DATASETS.build({**config, 'pipeline': []})
    entries = [dataset.get_data_info(index) for index in range(len(dataset))]
    if not entries:
        raise InputError(f'{folder} holds no image named *{dataset.img_suffix}')
    if only:
        names = [Path(entry['img_path']).name for entry in entries]
        for text in only:
            if not any(text in name for name in names):
                raise InputError(f'no picture in {folder} has {text} in its name: try {names[0]}')
        taken = [i for i, name in enumerate(names) if any(text in name for text in only)]
    else:
        taken = spread_out(len(entries), count)
    return [_read(entries[index]) for index in taken]


def _read(entry: dict) -> Sample:
    image_path, label_path = Path(entry['img_path']), Path(entry['seg_map_path'])
    image = read_picture(image_path)
    if not label_path.is_file():
        raise InputError(f'{image_path} has no label: there is no {label_path}')
    fault = picture_fault(label_path, image.shape[1::-1])
    if fault:
        raise InputError(fault)
    with Image.open(label_path) as label:
        if label.mode not in ('L', 'P'):
            raise InputError(f'{label_path} is no label: it needs one 8-bit channel of class ids')
    truth = LoadAnnotations()({**entry, 'seg_fields': []})['gt_seg_map']
    return Sample(image_path.stem, image, truth)
