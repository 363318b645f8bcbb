"""From class names and train ids to Cityscapes label ids."""

import os
from collections.abc import Sequence

import numpy as np
from cityscapesscripts.helpers.labels import name2label

from ..errors import InputError
from .official import LABEL_IDS

TRAIN_IDS = '_labelTrainIds.png'


def label_ids_of_classes(classes: Sequence[str]) -> np.ndarray:
    """Cityscapes label id of each class, by name; uint8, ``(num_classes,)``.

    By name, not by train id: a model may know only some of the 19 classes, in its own order.

    Raises:
        InputError: a name which is no Cityscapes label.
    """
    unknown = [name for name in classes if name not in name2label or name2label[name].id < 0]
    if unknown:
        raise InputError(
            f'No Cityscapes label id for class {", ".join(map(repr, unknown))}: '
            "name the dataset's classes as in cityscapesscripts.helpers.labels."
        )
    return np.array([name2label[name].id for name in classes], dtype=np.uint8)


def ids_in_files(classes: Sequence[str]) -> tuple[np.ndarray, bool]:
    """What a class is called in files for machines, and whether these are Cityscapes' label ids.

    Classes of other names than Cityscapes' are numbered as the model numbers them; uint8.
    """
    try:
        return label_ids_of_classes(classes), True
    except InputError:
        return np.arange(len(classes), dtype=np.uint8), False


def label_ids_path(seg_map_path: str) -> str:
    """The label ids beside the train ids of the data set; only the file's name changes.

    Raises:
        InputError: the file is named like neither of them.
    """
    folder, name = os.path.split(seg_map_path)
    if name.endswith(TRAIN_IDS):
        name = name.removesuffix(TRAIN_IDS) + LABEL_IDS
    if not name.endswith(LABEL_IDS):
        raise InputError(
            f'{seg_map_path}: official scores need ground truth named *{TRAIN_IDS} or *{LABEL_IDS}.'
        )
    return os.path.join(folder, name)
