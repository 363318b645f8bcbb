"""Where Cityscapes keeps its files, and how to write new ones there.

``ROOT/leftImg8bit/SPLIT/CITY/CITY_SEQ_FRAME_leftImg8bit.png`` and
``ROOT/gtFine/SPLIT/CITY/CITY_SEQ_FRAME_gtFine_{labelIds,instanceIds,labelTrainIds}.png``, see
https://github.com/mcordts/cityscapesScripts#dataset-structure.
"""

import os
from pathlib import Path

import cv2
import numpy as np
from cityscapesscripts.helpers.labels import labels

IMAGE_SUFFIX = '_leftImg8bit.png'
LABEL_SUFFIX = '_gtFine_labelIds.png'
INSTANCE_SUFFIX = '_gtFine_instanceIds.png'
TRAIN_SUFFIX = '_gtFine_labelTrainIds.png'


def to_train_ids(label_ids: np.ndarray) -> np.ndarray:
    """Official label ids (uint8) to train ids: 0..18, and 255 for all that is not evaluated.

    Raises:
        ValueError: an id that Cityscapes does not have.
    """
    table = np.full(256, 254, np.uint8)  # 254: no such label id
    for label in labels:
        if label.id >= 0:
            table[label.id] = label.trainId
    train_ids = table[label_ids]
    if (train_ids == 254).any():
        unknown = sorted(int(i) for i in np.unique(label_ids[train_ids == 254]))
        raise ValueError(f'holds {unknown}, label ids are 0..33')
    return train_ids


def write_png(path: Path, image: np.ndarray) -> None:
    """Writes an image (uint8 BGR or grey, or uint16 grey) so that it is there whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded, data = cv2.imencode('.png', image)
    if not encoded:
        raise OSError(f'{path}: cannot encode an array of {image.shape} {image.dtype} as PNG')
    scratch = path.with_name(f'.{path.name}.{os.getpid()}')
    scratch.write_bytes(data.tobytes())
    os.replace(scratch, path)
