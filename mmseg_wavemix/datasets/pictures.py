"""Pictures as people have them: of any pixel format, in files, folders and glob patterns.

Videos and webcams are found here, too, so that all inputs share one list and one set of names.
"""

import functools
import glob
import os
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import InputError

# Pillow's names. Not all that Pillow opens: EPS runs Ghostscript, TGA takes almost any bytes.
FORMATS = ('JPEG', 'PNG', 'WEBP', 'TIFF', 'BMP', 'GIF', 'JPEG2000', 'AVIF', 'PPM')
VIDEO_SUFFIXES = (
    '.mp4', '.m4v', '.mov', '.avi', '.mkv', '.webm', '.mpg', '.mpeg', '.wmv', '.flv',
    '.3gp', '.mts', '.m2ts',
)  # fmt: skip
SMALLEST = 8  # pixels a side; below, there is no street to see
DARK = 14  # bits; values of 16 that use no more reach a quarter of white at most


def read_picture(path: Path, tell: Callable[[str], None] = lambda text: None) -> np.ndarray:
    """Reads a picture of any of :data:`FORMATS` as it is meant to be seen.

    16-bit values keep their upper 8 bits, transparent pixels lie on white, EXIF rotation is
    carried out, and of several frames the first is taken. Colour profiles are not applied: the
    pictures that models are trained on are read without them, too.

    Args:
        path: the file.
        tell: gets a sentence about a 16-bit picture that is very dark. Cameras of 10 to 14 bits
            leave such, but a night does, too: the values stay as the file has them.

    Returns:
        ``(H, W, 3)`` uint8, BGR as OpenCV and mmseg have it.

    Raises:
        InputError: no file, not a picture, a damaged one, one below 8x8 or too large for Pillow,
            or pixels without a known range (floating point, 32-bit integers).
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f'{path} is not a file' if path.exists() else f'{path} does not exist')
    try:
        if path.stat().st_size == 0:
            raise InputError(f'{path} is empty')
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of odd metadata; what cannot be decoded raises
            # Pillow only warns between one and two times its limit
            warnings.simplefilter('error', Image.DecompressionBombWarning)
            with Image.open(path, formats=_formats()) as picture:
                if min(picture.size) < SMALLEST:
                    raise InputError(
                        f'{path} is {picture.width}x{picture.height} pixels: '
                        f'{SMALLEST}x{SMALLEST} is the least'
                    )
                is_wide = _is_wide(picture)
                picture.load()
                bits = _bits(picture) if is_wide else 16
                rgb = np.asarray(_to_rgb(_upright(picture)))
    except InputError:
        raise
    except UnidentifiedImageError as error:
        raise InputError(
            f'{path} is damaged or no picture of a known format: {", ".join(_formats())}'
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(
            f'{path} has more than {Image.MAX_IMAGE_PIXELS / 1e6:.0f} million pixels: scale it down'
        ) from error
    except MemoryError as error:
        raise InputError(f'{path} does not fit into memory: scale it down') from error
    except Exception as error:  # damaged files make Pillow's decoders fail in any way
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f'{path} is damaged or of an unusual kind ({reason})') from error
    if bits <= DARK:
        tell(
            f'{path} is very dark: its 16-bit values use {bits} bits; if its camera has no more, '
            f'multiply them by {2 ** (16 - bits)} and save it anew'
        )
    return np.ascontiguousarray(rgb[..., ::-1])


def find_inputs(inputs: Sequence[str]) -> list[Path | int]:
    """The pictures, videos and webcams that a command line names, each once.

    A folder stands for all pictures and videos in it and below, known by their suffix and sorted;
    hidden files and folders are passed over. A file that is named is taken whatever its suffix. A
    whole number that is no file's name is a webcam's index, and an int in the result.

    Raises:
        InputError: a URL, something that does not exist, a folder without pictures and videos, a
            pattern that nothing matches.
    """
    unique: dict[Path | int, Path | int] = {}
    for text in inputs:
        for one in _expand(text):
            unique.setdefault(one if isinstance(one, int) else one.resolve(), one)
    return list(unique.values())


def find_pictures(inputs: Sequence[str]) -> list[Path]:
    """Of :func:`find_inputs` the pictures alone."""
    return [one for one in find_inputs(inputs) if isinstance(one, Path) and not is_video(one)]


def is_video(path: Path) -> bool:
    """Whether a file is read as a video: by its suffix."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def result_names(inputs: Sequence[Path | int]) -> list[str]:
    """A name for the results of each input: its stem, told apart where several have one stem.

    Within a folder the suffix tells them apart (``a.jpg``, ``a.png``: ``a_jpg``, ``a_png``), in
    several the folders do (``left/a.png``, ``right/a.png``: ``left_a``, ``right_a``). Webcam 0 is
    ``webcam0``.

    Raises:
        InputError: names that stay equal.
    """
    paths = [
        Path(os.path.abspath(f'webcam{one}' if isinstance(one, int) else one)) for one in inputs
    ]
    # compared in lower case, as file systems of Windows and macOS do
    stems = Counter((path.parent, path.stem.lower()) for path in paths)
    tails = [
        (*path.parts[1:-1], path.stem)
        if stems[path.parent, path.stem.lower()] == 1
        else (*path.parts[1:-1], f'{path.stem}_{path.suffix[1:]}')
        for path in paths
    ]
    depths = [1] * len(paths)
    while True:
        names = ['_'.join(tail[-depth:]) for tail, depth in zip(tails, depths)]
        count = Counter(name.lower() for name in names)
        equal = [i for i, name in enumerate(names) if count[name.lower()] > 1]
        if not equal:
            return names
        longer = [i for i in equal if depths[i] < len(tails[i])]
        if not longer:
            first, second = (inputs[i] for i in equal[:2])
            raise InputError(f'the results of {first} and {second} would share a name: rename one')
        for i in longer:
            depths[i] += 1


@functools.cache
def _formats() -> list[str]:
    """Those of :data:`FORMATS` that the installed Pillow knows."""
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


@functools.cache
def _suffixes() -> frozenset[str]:
    formats = _formats()
    return frozenset(s for s, name in Image.registered_extensions().items() if name in formats)


def _expand(text: str) -> list[Path | int]:
    if '://' in text:
        raise InputError(
            f'{text} is a URL, and only files are read, so that the same command means the same '
            'pictures tomorrow: download it first and give its path'
        )
    path = Path(text)
    if path.is_dir():
        # no is_file() on every name of a large tree but on those that may be meant
        suffixes = {*_suffixes(), *VIDEO_SUFFIXES}
        below = sorted(p for p in path.rglob('*') if p.suffix.lower() in suffixes)
        visible = [p for p in below if not _is_hidden(p.relative_to(path)) and p.is_file()]
        if not visible:
            raise InputError(f'{text} holds no picture or video ({" ".join(sorted(suffixes))})')
        return visible
    if path.exists():  # before patterns: brackets may be part of a name
        return [path]
    if text.isdecimal() and text.isascii():
        return [int(text)]
    if not glob.has_magic(text):
        raise InputError(f'{"the video " if is_video(path) else ""}{text} does not exist')
    matches = sorted(glob.glob(text, recursive=True))
    if not matches:
        raise InputError(f'nothing matches {text}')
    return [one for match in matches for one in _expand(match)]


def _is_hidden(path: Path) -> bool:
    """Such as macOS's ``._a.jpg``, which is not a picture, and thumbnail folders."""
    return any(part.startswith('.') for part in path.parts)


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # the pixels are sound; damaged EXIF data fails in any way
        return picture


def _is_wide(picture: Image.Image) -> bool:
    """Whether a file that is not loaded yet has 16 bits a value; only grey keeps them in Pillow."""
    return picture.mode.startswith('I') or any(';16' in str(tile[3]) for tile in picture.tile)


def _bits(picture: Image.Image) -> int:
    """How many of 16 bits the colours use; no less than 8 where Pillow has the upper 8 alone."""
    extrema = picture.getextrema()
    pairs = extrema if isinstance(extrema[0], tuple) else (extrema,)
    highest = max(high for (_, high), band in zip(pairs, picture.getbands()) if band != 'A')
    return int(highest).bit_length() + (0 if picture.mode.startswith('I') else 8)


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith('I'):  # I;16 and its byte orders; I, where older Pillows read 16 bit
        values = np.asarray(picture)
        if values.min() < 0 or values.max() > 65535:
            raise ValueError('its integers exceed 16 bit: save it with 8 or 16 bit')
        picture = Image.fromarray((values >> 8).astype(np.uint8))
    elif picture.mode == 'F':
        raise ValueError('it holds floating-point values of unknown range: save it with 8 bit')
    if picture.has_transparency_data:
        picture = picture.convert('RGBA')
        white = Image.new('RGBA', picture.size, 'white')
        picture = Image.alpha_composite(white, picture)
    return picture.convert('RGB')
