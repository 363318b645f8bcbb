"""What can be wrong with a data set, found before training instead of hours into it."""

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from mmengine.config import ConfigDict
from mmseg.registry import DATASETS
from PIL import Image
from tqdm import tqdm

from ..errors import InputError
from .cityscapes_layout import LABEL_SUFFIX, TRAIN_SUFFIX, to_train_ids, write_png

SHOWN = 5  # faults named in one message
# what Pillow comes upon in damaged files; it calls a broken PNG a syntax error
UNREADABLE = (
    ArithmeticError, AttributeError, EOFError, Image.DecompressionBombError, LookupError,
    MemoryError, OSError, RuntimeError, SyntaxError, TypeError, ValueError, struct.error,
    zlib.error,
)  # fmt: skip


def check_dataset(config: ConfigDict, num_classes: int, hint: str = '') -> list[dict]:
    """Checks every image and label of a data set; makes train ids where they are missing.

    Looks at folders, pairs, checksums, sizes and the values of all labels.

    Args:
        config: config of an mmseg data set, or of a wrapper such as ``RepeatDataset``.
        num_classes: how many classes the model tells apart.
        hint: what to do when the data is not there at all.

    Returns:
        What mmseg knows of each sample, ``img_path`` and ``seg_map_path`` among it.

    Raises:
        InputError: the first folder that is missing or empty, or up to five faulty files.
    """
    return [s for leaf in _leaves(config) for s in _check_leaf(leaf, num_classes, hint)]


def _leaves(config: ConfigDict) -> list[ConfigDict]:
    """The data sets inside wrappers."""
    if 'datasets' in config:
        return [leaf for part in config['datasets'] for leaf in _leaves(part)]
    return _leaves(config['dataset']) if 'dataset' in config else [config]


def _check_leaf(config: ConfigDict, num_classes: int, hint: str) -> list[dict]:
    root = Path(config.get('data_root') or '')
    folders = {kind: root / sub for kind, sub in config.get('data_prefix', {}).items()}
    for folder in folders.values():
        if not folder.is_dir():
            raise InputError(f'{folder} does not exist: the data set is not there.\n{hint}'.strip())
    dataset = DATASETS.build({**config, 'lazy_init': False, 'serialize_data': False})
    if len(dataset) == 0:
        raise InputError(f'{folders["img_path"]} holds no image named *{dataset.img_suffix}')
    classes = dataset.metainfo['classes']
    if len(classes) != num_classes:
        raise InputError(
            f'{root} has {len(classes)} classes, the model {num_classes}: '
            'set model.decode_head.num_classes'
        )
    source_classes = dataset.METAINFO.get('classes') or classes  # before the label map
    known = np.zeros(256, bool)
    known[: len(source_classes)] = known[dataset.ignore_index] = True

    pairs = [(Path(data['img_path']), Path(data['seg_map_path'])) for data in dataset.data_list]
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda pair: _fault(*pair, known), pairs)
        faults = [f for f in tqdm(found, f'checking {root}', len(pairs), leave=False) if f]
    if faults:
        more = f'\n... and {len(faults) - SHOWN} more' if len(faults) > SHOWN else ''
        raise InputError('\n'.join(faults[:SHOWN]) + more)
    return dataset.data_list


def _fault(image: Path, label: Path, known: np.ndarray) -> str | None:
    """What is wrong with one pair, in a sentence."""
    fault = picture_fault(image)
    if fault:
        return fault
    with Image.open(image) as picture:
        size = picture.size
    if not label.is_file() and label.name.endswith(TRAIN_SUFFIX):
        source = label.with_name(label.name.removesuffix(TRAIN_SUFFIX) + LABEL_SUFFIX)
        if source.is_file():
            return _make_train_ids(source, label, size)
    if not label.is_file():
        return f'{image} has no label: there is no {label}'
    fault = _label_fault(label, size)
    if fault:
        return fault
    ids, fault = _decoded(label)
    if fault:
        return fault
    if not known[ids].all():
        values = sorted(int(value) for value in np.unique(ids[~known[ids]]))
        top = int(np.flatnonzero(known[:-1]).max())
        return f'{label} holds {values}: train ids are 0..{top}, and 255 for void'
    return None


def picture_fault(path: Path, size: tuple[int, int] | None = None) -> str | None:
    """What is wrong with a picture, in a sentence, found without decoding it.

    Reads the checksums that a PNG has, and the header of other formats.

    Args:
        path: the picture.
        size: width and height that it must have.
    """
    try:
        with Image.open(path) as picture:
            found = picture.size
            picture.verify()
    except UNREADABLE as error:
        return _damaged(path, error)
    if size is not None and found != size:
        return (
            f'{path} is {found[0]}x{found[1]}, its image is {size[0]}x{size[1]}: '
            'labels have the size of their image'
        )
    return None


def _label_fault(path: Path, size: tuple[int, int]) -> str | None:
    """What is wrong with a label, whatever its ids mean."""
    fault = picture_fault(path, size)
    if fault:
        return fault
    with Image.open(path) as picture:
        if picture.mode not in ('L', 'P'):
            return f'{path} is no label: it needs one 8-bit channel of class ids'
    return None


def _decoded(path: Path) -> tuple[np.ndarray | None, str | None]:
    """A label, or what is wrong with it: only a PNG tells without being decoded."""
    try:
        with Image.open(path) as picture:
            return np.asarray(picture), None
    except UNREADABLE as error:
        return None, _damaged(path, error)


def _damaged(path: Path, error: Exception) -> str:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f'{path} cannot be read ({reason}): it is damaged, copy it again'


def _make_train_ids(source: Path, target: Path, size: tuple[int, int]) -> str | None:
    """Writes ``*_labelTrainIds.png``, which the Cityscapes download lacks, from label ids."""
    fault = _label_fault(source, size)
    if fault:
        return fault
    label_ids, fault = _decoded(source)
    if fault:
        return fault
    try:
        write_png(target, to_train_ids(label_ids))
    except ValueError as error:
        return f'{source} {error}'
    except OSError as error:
        return f'{target} is missing and cannot be made from {source.name} ({error.strerror})'
    return None
