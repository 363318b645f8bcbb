"""Which uploads are taken, decided before a single pixel is decoded."""

import struct
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..datasets.pictures import read_picture
from ..errors import InputError

# by Pillow's names; fewer than command lines take: what browsers show, decoders that see much use
FORMATS = ('JPEG', 'PNG', 'WEBP', 'BMP')


class Limits(NamedTuple):
    """What one upload may be.

    Args:
        megabytes: of the file, 10^6 bytes each.
        megapixels: of the picture, 10^6 pixels each.
    """

    megabytes: float = 20
    megapixels: float = 24

    @property
    def bytes(self) -> int:
        """The largest file."""
        return int(self.megabytes * 1e6)


def check_upload(path: Path, limits: Limits) -> None:
    """Refuses what is too large, or no picture.

    The kind of a file is told by its content; its name and what the browser says do not count.
    Pillow reads the header alone, so a bomb of many pixels is never unpacked.

    Raises:
        InputError: a sentence for the person who uploaded it, without any path of the server.
    """
    if not path.is_file():
        raise InputError('This picture is no longer on the server: choose it again.')
    size = path.stat().st_size
    if size > limits.bytes:
        raise InputError(
            f'This file has {size / 1e6:.1f} MB, {limits.megabytes:g} MB are the most: save it '
            'smaller or as JPEG.'
        )
    width, height = _size(path, limits)
    if width * height > limits.megapixels * 1e6:
        raise InputError(
            f'This picture has {width}x{height} pixels, {width * height / 1e6:.1f} million: '
            f'{limits.megapixels:g} million are the most, scale it down.'
        )


def read_upload(path: Path, limits: Limits) -> np.ndarray:
    """Reads an uploaded picture as it is meant to be seen, see :func:`read_picture`.

    Returns:
        ``(H, W, 3)`` uint8, RGB.

    Raises:
        InputError: see :func:`check_upload`; or it is damaged further in.
    """
    check_upload(path, limits)
    try:
        return np.ascontiguousarray(read_picture(path)[..., ::-1])
    except InputError as error:
        raise InputError(str(error).replace(str(path), 'This picture') + '.') from error


def _size(path: Path, limits: Limits) -> tuple[int, int]:
    """Width and height by the header, which is all that ``Image.open`` reads."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of many pixels: the caller counts them
            with Image.open(path, formats=FORMATS) as picture:
                return picture.size
    except UnidentifiedImageError as error:
        raise InputError(
            'This is no picture, or a damaged one: JPEG, PNG, WebP and BMP are read, whatever '
            'the name of the file.'
        ) from error
    except Image.DecompressionBombError as error:
        raise InputError(
            f'This picture has far more than {limits.megapixels:g} million pixels: scale it down.'
        ) from error
    except (OSError, ValueError, SyntaxError, struct.error) as error:  # Pillow, of odd headers
        raise InputError('This picture is damaged: save it anew.') from error
