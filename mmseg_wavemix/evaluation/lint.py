"""What the Cityscapes benchmark's server takes: is an archive fit to be sent?

https://www.cityscapes-dataset.com/submit/ asks for one single-channel PNG of label ids (not train
ids) a test image, of the image's size, named ``<city>_<sequence>_<frame>*.png``, all in one zip.
"""

import os
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import InputError
from .contents import TRAIN_IDS, UNLIKELY_LABEL_IDS
from .counts import NUM_LABELS, UNREADABLE
from .official import listing

FRAME = re.compile(r'[^_/\\]+_\d{6}_\d{6}')
TEST_IMAGES, TEST_SIZE = 1525, (1024, 2048)  # of the benchmark's test split
BROKEN = (*UNREADABLE, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, NotImplementedError)


def frame_of(path: str | os.PathLike) -> str | None:
    """``<city>_<sequence>_<frame>`` at the beginning of a file's name, or None."""
    match = FRAME.match(os.path.basename(path))
    return match and match[0]


def frames_below(images: str | os.PathLike) -> dict[str, tuple[int, int]]:
    """Height and width of each ``*_leftImg8bit.png`` below a folder, by frame.

    Raises:
        InputError: there is none, one cannot be read or is named otherwise.
    """
    paths = sorted(Path(images).rglob('*_leftImg8bit.png'))
    if not paths:
        raise InputError(f'No *_leftImg8bit.png below {images}: give leftImg8bit/test.')
    sizes = {}
    for path in paths:
        frame = frame_of(path)
        if frame is None:
            raise InputError(f'{path} is not named <city>_<6 digits>_<6 digits>_leftImg8bit.png.')
        try:
            with Image.open(path) as image:
                sizes[frame] = image.height, image.width
        except UNREADABLE as error:
            raise InputError(f'{path} cannot be read ({error}): copy it again.') from error
    return sizes


def lint_submission(
    archive: str | os.PathLike, frames: dict[str, tuple[int, int]] | None = None
) -> list[str]:
    """Everything in an archive that the benchmark's server would refuse, or score as nonsense.

    Args:
        archive: A zip file; folders inside it do not matter.
        frames: The images that it must answer to, with their sizes (see :func:`frames_below`).
            None: the benchmark's test split, known by its number of images and their size alone.

    Returns:
        One sentence a kind of fault; none, if it can be sent.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            return _Linter(opened, frames).faults()
    except BROKEN as error:
        return [f'{archive} is no zip file that can be read ({error}): write it again.']


class _Linter:
    """Looks at all entries of an open archive, one after the other."""

    def __init__(self, archive: zipfile.ZipFile, frames: dict[str, tuple[int, int]] | None) -> None:
        self.archive, self.frames = archive, frames
        self.found: dict[str, list[str]] = defaultdict(list)
        self.seen: dict[str, list[str]] = defaultdict(list)
        self.values: set[int] = set()

    def faults(self) -> list[str]:
        for entry in self.archive.infolist():
            if not entry.is_dir():
                self._look(entry)
        faults = self._sentences() + self._frame_sentences()
        # Models predict no void; a street without vegetation (21), sky (23) and cars (26) is rare.
        if self.values and self.values <= TRAIN_IDS and self.values & UNLIKELY_LABEL_IDS:
            faults.append(
                f'All ids are trainIds ({listing(sorted(self.values), 34)}), some of which are '
                'void as label ids: write label ids, by trainId2label of cityscapesscripts.'
            )
        return faults

    def _look(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename
        frame = frame_of(name)
        if frame is None or not name.endswith('.png'):
            self.found['names'].append(name)
            return
        self.seen[frame].append(name)
        expected = TEST_SIZE if self.frames is None else self.frames.get(frame)
        try:
            with self.archive.open(entry) as file, Image.open(file, formats=['PNG']) as image:
                size = image.height, image.width
                if expected is not None and size != expected:
                    self.found['sizes'].append(
                        f'{name} ({_text(size)}, its image {_text(expected)})'
                    )
                    return  # not decoded: a small archive may hold a huge picture
                mode, ids = image.mode, np.array(image)
        except BROKEN as error:
            self.found['unreadable'].append(f'{name} ({error})')
            return
        # A palette is fine where it colours label ids: the official code reads its indices.
        if ids.ndim != 2 or ids.dtype == bool:
            self.found['channels'].append(f'{name} ({mode})')
            return
        values = np.unique(ids).tolist()
        self.values |= set(values)
        outside = [value for value in values if not 0 <= value < NUM_LABELS]
        if outside:
            self.found['range'].append(f'{name} (id {listing(outside)})')

    def _sentences(self) -> list[str]:
        sentences = {
            'names': 'are no predictions named <city>_<sequence>_<frame>*.png: {}; leave them out.',
            'unreadable': 'cannot be read: {}; write them again.',
            'channels': 'are not single-channel label ids: {}; save class ids, not colours.',
            'sizes': 'differ in height x width: {}; predict at the original size.',
            'range': f'hold ids outside 0 to {NUM_LABELS - 1}: {{}}; write Cityscapes label ids.',
        }
        return [
            f'{len(self.found[kind])} files {sentence.format(listing(self.found[kind]))}'
            for kind, sentence in sentences.items()
            if self.found[kind]
        ]

    def _frame_sentences(self) -> list[str]:
        several = [f'{frame} ({listing(names)})' for frame, names in self.seen.items()
                   if len(names) > 1]  # fmt: skip
        faults = []
        if several:
            faults.append(
                f'{len(several)} images have several predictions: {listing(several)}; leave one of '
                'each.'
            )
        if self.frames is None:
            if len(self.seen) != TEST_IMAGES:
                faults.append(
                    f'{len(self.seen)} images are predicted, the test split has {TEST_IMAGES}: '
                    'predict leftImg8bit/test, all of it.'
                )
            return faults
        missing = sorted(self.frames.keys() - self.seen.keys())
        extra = sorted(self.seen.keys() - self.frames.keys())
        if missing:
            faults.append(
                f'{len(missing)} of {len(self.frames)} images have no prediction: '
                f'{listing(missing)}; predict the whole split.'
            )
        if extra:
            faults.append(
                f'{len(extra)} predictions are of no image of the split: {listing(extra)}; leave '
                'them out.'
            )
        return faults


def _text(shape: Sequence[int]) -> str:
    return 'x'.join(map(str, shape))
