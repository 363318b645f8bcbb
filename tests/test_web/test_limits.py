"""Uploads are refused by what they hold, with a sentence, before their pixels exist."""

import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.web.limits import Limits, check_upload, read_upload
from tests.test_web.helpers import encoded, png, street

LIMITS = Limits(megabytes=1, megapixels=0.5)


def save(folder: Path, content: bytes, name: str = 'upload.png') -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'WEBP', 'BMP'])
def test_kinds_are_told_by_content(tmp_path: Path, kind: str) -> None:
    image = street()
    options = {'lossless': True} if kind == 'WEBP' else {}
    read = read_upload(save(tmp_path, encoded(image, kind, **options), 'any.txt'), LIMITS)
    if kind == 'JPEG':
        assert np.abs(read.astype(int) - image).mean() < 8
    else:
        np.testing.assert_array_equal(read, image)


def test_rotation_is_carried_out(tmp_path: Path) -> None:
    image = street()
    exif = Image.Exif()
    exif[274] = 6  # to be turned clockwise
    path = save(tmp_path, encoded(image, exif=exif))
    np.testing.assert_array_equal(read_upload(path, LIMITS), np.rot90(image, -1))


@pytest.mark.parametrize(
    'content',
    [
        b'',
        b'just words',
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n',
        encoded(np.zeros((9, 9, 3), np.uint8), 'GIF'),
        encoded(np.zeros((9, 9, 3), np.uint8), 'TIFF'),
        b'\x89PNG\r\n\x1a\n',
    ],
    ids=['empty', 'text', 'svg', 'eps', 'gif', 'tiff', 'signature'],
)
def test_what_is_no_picture(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match='no picture, or a damaged one: JPEG, PNG, WebP and BMP'):
        read_upload(save(tmp_path, content), LIMITS)


def test_too_many_pixels_without_decoding(tmp_path: Path) -> None:
    path = save(tmp_path, png(1000, 600, b''))
    with pytest.raises(InputError, match='1000x600 pixels, 0.6 million: 0.5 million are the most'):
        read_upload(path, LIMITS)
    with pytest.raises(InputError, match='damaged'):  # so the size alone refused it above
        read_upload(path, Limits(1, 0.7))


def test_bomb(tmp_path: Path) -> None:
    """900 million pixels in 110 kB."""
    path = save(tmp_path, png(30000, 30000, zlib.compress(bytes(3751 * 30000), 9), depth=1))
    tracemalloc.start()
    with pytest.raises(InputError, match='far more than 0.5 million pixels'):
        read_upload(path, LIMITS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_too_many_bytes(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (600, 600, 3), np.uint8)
    with pytest.raises(InputError, match=r'has 1\.1 MB, 1 MB are the most'):
        check_upload(save(tmp_path, encoded(noise)), LIMITS)


def test_damaged_and_gone_tell_no_path(tmp_path: Path) -> None:
    path = save(tmp_path, encoded(street())[:-2000])
    with pytest.raises(InputError, match='This picture is damaged') as damaged:
        read_upload(path, LIMITS)
    path.unlink()
    with pytest.raises(InputError, match='no longer on the server: choose it again') as gone:
        read_upload(path, LIMITS)
    for error in (damaged, gone):
        assert str(tmp_path) not in str(error.value) and 'upload' not in str(error.value)
