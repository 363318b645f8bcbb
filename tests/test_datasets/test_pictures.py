"""Reading people's pictures, finding them, and naming their results."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mmseg_wavemix.datasets.pictures import (
    find_inputs,
    find_pictures,
    read_picture,
    result_names,
)
from mmseg_wavemix.errors import InputError

H, W = 24, 40
Y, X = np.mgrid[:H, :W]
# smooth, so that lossy formats keep it; no symmetry, so that a wrong rotation shows
RGB = np.stack([4 * X + 20, 8 * Y + 10, 250 - 3 * X - 2 * Y], -1).astype(np.uint8)
GREY = RGB[..., 0]
ALPHA = np.where(X < W // 2, 255, 0).astype(np.uint8)
BLANKED = np.where(ALPHA[..., None] == 0, 255, RGB)  # on white


def write_png16(path: Path, values: np.ndarray, color_type: int) -> None:
    """A 16-bit PNG by hand: Pillow writes none of several channels, OpenCV none of grey + alpha."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
        )

    height, width = values.shape[:2]
    header = struct.pack('>IIBBBBB', width, height, 16, color_type, 0, 0, 0)
    lines = b''.join(b'\0' + row.astype('>u2').tobytes() for row in values)
    path.write_bytes(
        b'\x89PNG\r\n\x1a\n'
        + chunk(b'IHDR', header)
        + chunk(b'IDAT', zlib.compress(lines))
        + chunk(b'IEND', b'')
    )


def wide(values: np.ndarray) -> np.ndarray:
    """16-bit values whose upper half is ``values`` and whose lower half must not matter."""
    return values.astype(np.uint16) * 256 + np.where(values // 4 % 2, 3, 252).astype(np.uint16)


def read_rgb(path: Path) -> np.ndarray:
    image = read_picture(path)
    assert image.dtype == np.uint8 and image.flags.c_contiguous
    return image[..., ::-1]


def fault(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read_picture(path)
    text = str(error.value)
    assert str(path) in text and '\n' not in text
    return text


@pytest.mark.parametrize(
    ('suffix', 'options', 'tolerance'),
    [
        ('png', {}, 0),
        ('bmp', {}, 0),
        ('tif', {}, 0),
        ('tiff', {'compression': 'tiff_lzw'}, 0),
        ('ppm', {}, 0),
        ('webp', {'lossless': True}, 0),
        ('jp2', {'irreversible': False}, 0),
        ('JPG', {'quality': 98, 'subsampling': 0}, 4),
        ('jpeg', {'quality': 98, 'subsampling': 0, 'progressive': True}, 4),
    ],
)
def test_formats(tmp_path, suffix, options, tolerance):
    path = tmp_path / f'a.{suffix}'
    Image.fromarray(RGB).save(path, **options)
    assert np.abs(read_rgb(path).astype(int) - RGB).max() <= tolerance


def test_grey_bilevel_and_palette(tmp_path):
    Image.fromarray(GREY).save(tmp_path / 'grey.png')
    assert np.array_equal(read_rgb(tmp_path / 'grey.png'), np.dstack([GREY] * 3))
    Image.fromarray(GREY > 100).save(tmp_path / 'bilevel.png')
    expected = np.where(GREY > 100, 255, 0)
    assert np.array_equal(read_rgb(tmp_path / 'bilevel.png'), np.dstack([expected] * 3))
    indices = Image.fromarray((X % 3).astype(np.uint8))
    palette = indices.copy()
    palette.putpalette([10, 20, 30, 200, 100, 50, 7, 8, 9])
    colors = np.array([[10, 20, 30], [200, 100, 50], [7, 8, 9]])[X % 3]
    for suffix in ('png', 'gif'):
        palette.save(tmp_path / f'palette.{suffix}')
        assert np.array_equal(read_rgb(tmp_path / f'palette.{suffix}'), colors)
    palette.save(tmp_path / 'transparent.png', transparency=1)
    colors[X % 3 == 1] = 255
    assert np.array_equal(read_rgb(tmp_path / 'transparent.png'), colors)


def test_alpha_lies_on_white(tmp_path):
    path = tmp_path / 'a.png'
    Image.fromarray(np.dstack([RGB, ALPHA])).save(path)
    assert np.array_equal(read_rgb(path), BLANKED)
    Image.fromarray(np.dstack([GREY, ALPHA])).save(path)
    assert np.array_equal(read_rgb(path), np.dstack([np.where(ALPHA == 0, 255, GREY)] * 3))
    half = np.full((H, W), 51, np.uint8)  # 0.2 of the colour, 0.8 of white
    Image.fromarray(np.dstack([RGB, half])).save(path)
    assert np.abs(read_rgb(path) - (0.2 * RGB + 0.8 * 255)).max() <= 1


@pytest.mark.parametrize(
    ('values', 'color_type', 'expected'),
    [
        (GREY, 0, np.dstack([GREY] * 3)),
        (RGB, 2, RGB),
        (np.dstack([GREY, ALPHA]), 4, np.where(ALPHA[..., None] == 0, 255, GREY[..., None])),
        (np.dstack([RGB, ALPHA]), 6, BLANKED),
    ],
    ids=['grey', 'rgb', 'grey+alpha', 'rgba'],
)
def test_16_bit_png_keeps_the_upper_8(tmp_path, values, color_type, expected):
    path = tmp_path / 'a.png'
    write_png16(path, np.where(values == 255, 65535, wide(values)), color_type)
    assert np.array_equal(read_rgb(path), np.broadcast_to(expected, RGB.shape))


@pytest.mark.parametrize(
    ('values', 'color_type'),
    [(GREY, 0), (RGB, 2), (np.dstack([GREY, ALPHA]), 4), (np.dstack([RGB, ALPHA]), 6)],
    ids=['grey', 'rgb', 'grey+alpha', 'rgba'],
)
@pytest.mark.parametrize('bits', [10, 12, 14, 15, 16])
def test_few_bits_of_16_are_told(tmp_path, values, color_type, bits):
    """Of the brightest colour; what is opaque has all of them."""
    values = values.astype(np.uint16) << (bits - 8)
    if color_type > 3:
        values[..., -1] = np.where(ALPHA, 65535, 0)
    write_png16(tmp_path / 'a.png', values, color_type)
    told = []
    image = read_picture(tmp_path / 'a.png', told.append)
    assert np.array_equal(image, read_picture(tmp_path / 'a.png'))
    opaque = image[ALPHA > 0] if color_type > 3 else image
    assert opaque.max() < 2 ** (bits - 8)  # as the file says, not brightened
    assert len(told) == (bits < 15)
    if told:
        assert told[0].startswith(f'{tmp_path}/a.png is very dark: its 16-bit values use {bits} ')
        assert f'multiply them by {2 ** (16 - bits)} ' in told[0]


@pytest.mark.parametrize('compression', [1, 5, 8])  # none, LZW, deflate
def test_few_bits_of_a_tiff(tmp_path, compression):
    for name, values in (('grey.tif', GREY), ('rgb.tif', RGB)):
        values = values.astype(np.uint16) << 4
        told = []
        options = [cv2.IMWRITE_TIFF_COMPRESSION, compression]
        assert cv2.imwrite(str(tmp_path / name), values, options)
        read_picture(tmp_path / name, told.append)
        assert len(told) == 1 and 'use 12 bits' in told[0]


def test_dark_pictures_of_8_bits_are_not_told(tmp_path):
    for name in ('a.png', 'a.tif', 'a.bmp', 'a.pgm'):
        Image.fromarray(GREY // 16).save(tmp_path / name)
        told = []
        assert read_picture(tmp_path / name, told.append).max() < 16 and told == []


def test_16_bit_tiff_and_pgm(tmp_path):
    for name in ('grey.tif', 'grey.pgm'):
        assert cv2.imwrite(str(tmp_path / name), wide(GREY))
        assert np.array_equal(read_rgb(tmp_path / name), np.dstack([GREY] * 3))
    assert cv2.imwrite(str(tmp_path / 'rgb.tif'), wide(RGB[..., ::-1]))
    assert np.array_equal(read_rgb(tmp_path / 'rgb.tif'), RGB)


def test_cmyk_jpeg(tmp_path):
    """Pillow writes Adobe's inverted form; black is left out, so that red = 255 - cyan."""
    cmyk = np.dstack([255 - RGB, np.zeros((H, W), np.uint8)])
    path = tmp_path / 'a.jpg'
    Image.fromarray(cmyk, mode='CMYK').save(path, quality=98, subsampling=0)
    assert b'Adobe' in path.read_bytes()
    assert np.abs(read_rgb(path).astype(int) - RGB).max() <= 6


@pytest.mark.parametrize('suffix', ['jpg', 'png', 'webp', 'tif'])
@pytest.mark.parametrize(
    ('orientation', 'stored'),
    [(3, RGB[::-1, ::-1]), (6, np.rot90(RGB)), (8, np.rot90(RGB, -1)), (2, RGB[:, ::-1])],
)
def test_exif_rotation_is_carried_out(tmp_path, suffix, orientation, stored):
    path = tmp_path / f'a.{suffix}'
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {'lossless': True} if suffix == 'webp' else {'quality': 98, 'subsampling': 0}
    options = {} if suffix in ('png', 'tif') else options
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif, **options)
    assert np.abs(read_rgb(path).astype(int) - RGB).max() <= 4


def test_damaged_exif_leaves_the_picture(tmp_path):
    Image.fromarray(RGB).save(tmp_path / 'a.png', exif=b'Exif\0\0no TIFF header')
    assert np.array_equal(read_rgb(tmp_path / 'a.png'), RGB)


@pytest.mark.parametrize('suffix', ['gif', 'webp', 'tif', 'png'])
def test_first_of_several_frames(tmp_path, suffix):
    path = tmp_path / f'a.{suffix}'
    black, white = (Image.new('RGB', (W, H), color) for color in ('black', 'white'))
    options = {'lossless': True} if suffix == 'webp' else {}
    black.save(path, save_all=True, append_images=[white], **options)
    assert (read_rgb(path) == 0).all()


def test_phones_write_mpo(tmp_path):
    path = tmp_path / 'a.jpg'
    first = Image.fromarray(RGB)
    options = {'quality': 98, 'subsampling': 0}
    first.save(path, 'MPO', save_all=True, append_images=[Image.new('RGB', (W, H))], **options)
    assert np.abs(read_rgb(path).astype(int) - RGB).max() <= 4


@pytest.mark.parametrize('suffix', ['png', 'jpg', 'gif', 'bmp', 'webp', 'tif', 'jp2', 'ppm'])
@pytest.mark.parametrize('share', [0.1, 0.6, 0.97])
def test_truncated(tmp_path, suffix, share):
    path = tmp_path / f'a.{suffix}'
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    fault(path)


def test_not_a_picture(tmp_path):
    path = tmp_path / 'a.png'
    assert 'does not exist' in fault(path)
    path.touch()
    assert 'is empty' in fault(path)
    path.write_text('<html>not found</html>')
    assert 'no picture of a known format' in fault(path)
    assert 'is not a file' in fault(tmp_path)


def test_no_program_is_started_for_postscript(tmp_path):
    path = tmp_path / 'a.jpg'
    Image.fromarray(RGB).save(path, 'EPS')
    assert 'no picture of a known format' in fault(path)


@pytest.mark.parametrize('dtype', [np.float32, np.int32])
def test_values_of_unknown_range(tmp_path, dtype):
    path = tmp_path / 'a.tif'
    Image.fromarray(np.full((H, W), 70000, dtype)).save(path)
    assert 'save it with 8' in fault(path)


def test_size_limits(tmp_path, monkeypatch):
    path = tmp_path / 'a.png'
    Image.new('RGB', (8, 8)).save(path)
    assert read_picture(path).shape == (8, 8, 3)
    Image.new('RGB', (100, 7)).save(path)
    assert '100x7 pixels: 8x8 is the least' in fault(path)
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 2_000_000)
    for side in (1500, 2500):  # Pillow only warns of the first
        Image.new('1', (side, side)).save(path)
        assert 'more than 2 million pixels' in fault(path)


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    names = ['b.png', 'a.JPG', 'sub/c.webp', 'sub/.hidden.png', '.thumbs/d.png', 'notes.txt']
    names += ['clips/drive.MP4', 'clips/.drive.mov', 'clips/walk.webm', 'clips/walk.png']
    names += ['phone/a.3gp', 'phone/b.FLV', 'phone/c.mts', 'phone/d.m2ts', 'phone/e.ts']
    for name in [f'in/{name}' for name in names] + ['x[1].png', 'x1.png']:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b'?')
    Path('empty').mkdir()
    return tmp_path


def test_find_in_folder_file_and_pattern(tree):
    clips = [Path('in/clips', name) for name in ('drive.MP4', 'walk.png', 'walk.webm')]
    pictures = [Path('in/a.JPG'), Path('in/b.png')]
    phone = [Path('in/phone', name) for name in ('a.3gp', 'b.FLV', 'c.mts', 'd.m2ts')]
    assert find_inputs(['in']) == [*pictures, *clips, *phone, Path('in/sub/c.webp')]
    assert find_inputs(['in/clips']) == find_inputs(['in/cl*s/*']) == clips  # mixed, sorted
    assert find_inputs(['in/clips/*.webm']) == clips[2:]
    assert find_pictures(['in/clips', '0']) == clips[1:2]
    assert find_inputs(['in/notes.txt']) == [Path('in/notes.txt')]  # read_picture will tell
    assert find_inputs(['x*.png']) == [Path('x1.png'), Path('x[1].png')]
    assert find_inputs(['x[1].png']) == [Path('x[1].png')]  # a file before a pattern
    assert find_inputs(['in/**/*.webp']) == [Path('in/sub/c.webp')]
    assert find_inputs(['*/sub']) == [Path('in/sub/c.webp')]


def test_duplicates_count_once_in_the_order_given(tree):
    found = find_inputs(['in/b.png', str(tree / 'in/sub'), 'in/sub/../b.png', 'in/*.*'])
    assert found[:3] == [Path('in/b.png'), tree / 'in/sub/c.webp', Path('in/a.JPG')]
    assert found[3:] == [Path('in/notes.txt')]
    assert find_inputs(['7', '1000', '7', '1000']) == [7, 1000]


def test_a_number_is_a_webcam_unless_a_file_has_its_name(tree):
    assert find_inputs(['0', 'x1.png', '2']) == [0, Path('x1.png'), 2]
    Path('0').mkdir()
    Path('0/a.png').write_bytes(b'?')
    assert find_inputs(['0', '2']) == [Path('0/a.png'), 2]
    with pytest.raises(InputError, match='-1 does not exist'):
        find_inputs(['-1'])


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('https://example.org/a.png', 'is a URL, .*: download it first and give its path'),
        ('rtsp://10.0.0.1/live', 'is a URL'),
        ('absent.png', 'absent.png does not exist'),
        ('in/*.nope', r'nothing matches in/\*.nope'),
        ('empty', 'empty holds no picture or video'),
        ('drive.MP4', 'the video drive.MP4 does not exist'),
    ],
)
def test_nothing_to_find(tree, text, reason):
    with pytest.raises(InputError, match=reason):
        find_inputs(['in', text])


def test_result_names():
    def names(*inputs: str | int) -> list[str]:
        return result_names([one if isinstance(one, int) else Path(one) for one in inputs])

    assert names('in/a.png', 'b.jpg') == ['a', 'b']
    assert names('left/1.png', 'right/1.png', 'right/2.png') == ['left_1', 'right_1', '2']
    assert names('in/a.jpg', 'in/a.png', 'b.png') == ['a_jpg', 'a_png', 'b']
    assert names('in/a.jpg', 'in/A.png') == ['a_jpg', 'A_png']  # one file on Windows
    assert names('x/l/1.png', 'y/l/1.png') == ['x_l_1', 'y_l_1']
    assert names('in/a.mp4', 'in/a.png', 0, 12) == ['a_mp4', 'a_png', 'webcam0', 'webcam12']
    with pytest.raises(InputError, match='left/1.png and left_1.png would share a name: rename'):
        names('left/1.png', 'right/1.png', 'left_1.png')
