"""What can be wrong with a data set, found before training instead of hours into it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from mmengine.config import ConfigDict
from mmseg.registry import DATASETS
from PIL import Image
from tqdm import tqdm

from ..errors import InputError
from .cityscapes_layout import IMAGE_SUFFIX, LABEL_SUFFIX, TRAIN_SUFFIX, to_train_ids, write_png

SHOWN = 5  # faults named in one message


def check_dataset(config: ConfigDict, num_classes: int, hint: str = '') -> list[dict]:
    """Checks every image and label of a data set; makes train ids where they are missing.

    Looks at folders, pairs, file ends, sizes and the values of all labels.

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


def make_train_ids(folder: Path) -> int:
    """Writes ``*_labelTrainIds.png`` beside each ``*_labelIds.png`` that has none.

    The Cityscapes download comes without them. Existing files stay as they are.

    Returns:
        How many were made.

    Raises:
        InputError: a label that cannot be read, has unknown ids, or a folder that cannot be
            written to.
    """
    todo = []
    for label in sorted(folder.rglob(f'*{LABEL_SUFFIX}')):
        train = label.with_name(label.name.removesuffix(LABEL_SUFFIX) + TRAIN_SUFFIX)
        if not train.exists():
            todo.append((label, train))

    def make(pair: tuple[Path, Path]) -> None:
        label, train = pair
        try:
            write_png(train, to_train_ids(np.asarray(Image.open(label))))
        except (OSError, ValueError, IndexError) as error:
            raise InputError(f'cannot make {train.name} from {label}: {error}') from error

    if todo:
        with ThreadPoolExecutor() as pool:
            for _ in tqdm(pool.map(make, todo), f'labelTrainIds in {folder}', len(todo)):
                pass
    return len(todo)


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
    if config['type'].endswith('CityscapesDataset'):
        make_train_ids(folders['seg_map_path'])

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
    if not label.is_file():
        remedy = ''
        if image.name.endswith(IMAGE_SUFFIX):
            remedy = f' and no *{LABEL_SUFFIX} to make it from'
        return f'{image} has no label: there is no {label}{remedy}'
    try:
        with Image.open(image) as picture:
            size = picture.size
        if image.suffix == '.png' and not _is_whole_png(image):
            return f'{image} is cut short: copy it again'
        with Image.open(label) as picture:
            ids = np.asarray(picture)
    except OSError as error:
        return f'{image} or its label cannot be read ({error}): copy it again'
    if ids.ndim != 2 or ids.dtype != np.uint8:
        return f'{label} is a {picture.mode} picture: a label has one 8-bit channel of class ids'
    if ids.shape != size[::-1]:
        return (
            f'{label} is {ids.shape[1]}x{ids.shape[0]}, its image is {size[0]}x{size[1]}: '
            'labels have the size of their image'
        )
    if not known[ids].all():
        values = sorted(int(value) for value in np.unique(ids[~known[ids]]))
        top = int(np.flatnonzero(known[:-1]).max())
        return f'{label} holds {values}: train ids are 0..{top}, and 255 for void'
    return None


def _is_whole_png(path: Path) -> bool:
    """Whether a PNG has its closing chunk; cheap, where decoding thousands would not be."""
    with path.open('rb') as file:
        file.seek(-12, 2)
        return file.read(8)[4:] == b'IEND'
