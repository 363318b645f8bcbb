"""Ground truth at another size, for scores where the network's predictions are."""

import os
from collections.abc import Sequence

import mmcv
import numpy as np
from PIL import Image

from ..errors import InputError
from .official import instance_path

DTYPES = {'label ids': np.uint8, 'instance ids': np.uint16}  # what the official files hold


def resize_ground_truth(
    truth: str | os.PathLike, target: str | os.PathLike, size: Sequence[int]
) -> None:
    """Write a ``*_labelIds.png`` and its ``*_instanceIds.png`` at another size.

    Nearest neighbour as in mmseg's ``Resize`` (OpenCV's: pixel i of the result is pixel
    ``floor(i * old / new)``), so these are the very labels that training at this size sees.

    Args:
        truth: Label ids, with the instance ids beside them.
        target: Where the resized label ids go; the instance ids beside them, before them.
        size: Height and width in pixels.

    Raises:
        InputError: one of the two files cannot be read, or is no map of ids.
    """
    height, width = size
    files = {
        'instance ids': (instance_path(truth), instance_path(target)),
        'label ids': (truth, target),
    }
    for kind, (source, result) in files.items():
        try:
            with Image.open(source) as image:
                ids = np.array(image)
        except (OSError, SyntaxError) as error:  # SyntaxError: a broken PNG chunk
            raise InputError(f'{source} cannot be read ({error}): copy it again.') from error
        bounds = np.iinfo(DTYPES[kind])
        if ids.ndim != 2 or ids.min() < bounds.min or ids.max() > bounds.max:
            raise InputError(f'{source} holds no {kind}: unpack or convert the data again.')
        ids = ids.astype(DTYPES[kind])
        ids = mmcv.imresize(ids, (width, height), interpolation='nearest', backend='cv2')
        Image.fromarray(ids).save(result, compress_level=1)  # temporary: time counts, not size
