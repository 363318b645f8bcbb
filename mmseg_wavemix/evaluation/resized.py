"""Ground truth at another size, for scores where the network's predictions are."""

import os
from collections.abc import Sequence

import mmcv
import numpy as np
from PIL import Image

from ..errors import InputError
from .counts import read_ids
from .official import instance_path

DTYPES = {'label ids': np.uint8, 'instance ids': np.uint16}  # what the official files hold


def resized_ground_truth(
    truth: str | os.PathLike, size: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """The ids of a ``*_labelIds.png`` and of its ``*_instanceIds.png`` at another size.

    Nearest neighbour as in mmseg's ``Resize`` (OpenCV's: pixel i of the result is pixel
    ``floor(i * old / new)``), so these are the very labels that training at this size sees.

    Args:
        truth: Label ids, with the instance ids beside them.
        size: Height and width in pixels.

    Returns:
        Label ids (uint8) and instance ids (uint16), ``(H, W)``.

    Raises:
        InputError: one of the two files cannot be read, or is no map of ids.
    """
    height, width = size
    maps = []
    for kind, source in zip(DTYPES, (truth, instance_path(truth))):
        ids = read_ids(source)
        bounds = np.iinfo(DTYPES[kind])
        if ids.ndim != 2 or ids.min() < bounds.min or ids.max() > bounds.max:
            raise InputError(f'{source} holds no {kind}: unpack or convert the data again.')
        ids = ids.astype(DTYPES[kind])
        maps.append(mmcv.imresize(ids, (width, height), interpolation='nearest', backend='cv2'))
    return tuple(maps)


def resize_ground_truth(
    truth: str | os.PathLike, target: str | os.PathLike, size: Sequence[int]
) -> None:
    """Write :func:`resized_ground_truth` to files, for the official code.

    Args:
        truth: See there.
        target: Where the resized label ids go; the instance ids beside them, before them.
        size: Height and width in pixels.

    Raises:
        InputError: as there.
    """
    labels, instances = resized_ground_truth(truth, size)
    for ids, path in ((instances, instance_path(target)), (labels, target)):
        Image.fromarray(ids).save(path, compress_level=1)  # temporary: time counts, not size
