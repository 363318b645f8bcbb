"""Pictures to click on."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from ..datasets.pictures import find_pictures
from ..datasets.synthetic import synthesize
from ..errors import InputError
from .limits import Limits, check_upload

MOST = 12  # of a folder
SCENES = 4  # that are made where no folder is given
SIZE = (256, 512)  # their height and width: what `make demo` trains on


def of_folder(source: Path, limits: Limits) -> list[Path]:
    """The first pictures of a folder.

    Raises:
        InputError: no folder, no pictures in it, or one that the page would refuse.
    """
    if not source.is_dir():
        raise InputError(f'--examples {source} is no folder: give one with pictures of streets')
    pictures = find_pictures([str(source)])[:MOST]
    if not pictures:
        raise InputError(f'--examples {source} holds no picture: give one with pictures of streets')
    for picture in pictures:
        try:
            check_upload(picture, limits)
        except InputError as error:
            raise InputError(f'--examples: {picture}: {error}') from error
    return pictures


def copied(pictures: Sequence[Path], folder: Path) -> list[Path]:
    """Copies pictures into a new folder: the page serves no other files than its own."""
    copies = []
    for index, picture in enumerate(pictures):
        copies.append(folder / str(index) / picture.name)  # names may be equal
        copies[-1].parent.mkdir(parents=True)
        shutil.copyfile(picture, copies[-1])
    return copies


def synthetic(folder: Path) -> list[Path]:
    """Writes street scenes into a new folder."""
    folder.mkdir()
    pictures = []
    for index in range(SCENES):
        image, _ = synthesize(0, index, SIZE, 'val')
        pictures.append(folder / f'street_{index + 1}.jpg')
        Image.fromarray(image).save(pictures[-1], quality=92)
    return pictures
