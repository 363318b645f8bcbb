"""Colours, blending and the legend, by values."""

import numpy as np
import pytest

from mmseg_wavemix.visualization import class_shares, colorize, legend, overlay

PALETTE = [[128, 64, 128], [0, 0, 142], [255, 255, 255]]
CLASSES = ('road', 'car', 'snow')
MAP = np.array([[0, 0, 1], [2, 0, 0]])


def test_colorize():
    colors = colorize(MAP, PALETTE)
    assert colors.dtype == np.uint8
    road, car, snow = PALETTE
    assert colors.tolist() == [[road, road, car], [snow, road, road]]


@pytest.mark.parametrize(
    ('opacity', 'expected'),
    [
        # 0.75 * (100, 10, 201) + 0.25 * colour
        (0.25, {'road': [107, 24, 183], 'car': [75, 8, 186], 'snow': [139, 71, 214]}),
        (0.5, {'road': [114, 37, 164], 'car': [50, 5, 172], 'snow': [178, 132, 228]}),
        (0.0, dict.fromkeys(CLASSES, [100, 10, 201])),
        (1.0, dict(zip(CLASSES, PALETTE))),
    ],
)
def test_overlay_blends(opacity, expected):
    image = np.full((2, 3, 3), [100, 10, 201], np.uint8)
    mixed = overlay(image, MAP, PALETTE, opacity)
    assert mixed.dtype == np.uint8
    assert mixed.tolist() == [[expected[CLASSES[i]] for i in row] for row in MAP]


def test_wrong_arguments():
    image = np.zeros((2, 3, 3), np.uint8)
    with pytest.raises(ValueError, match='opacity is 1.5'):
        overlay(image, MAP, PALETTE, 1.5)
    with pytest.raises(ValueError, match='sizes differ'):
        overlay(image[:, :2], MAP, PALETTE)
    with pytest.raises(ValueError, match='holds 0 to 2, there are 2 classes'):
        colorize(MAP, PALETTE[:2])
    with pytest.raises(ValueError, match='holds -1'):
        class_shares(MAP - 1, 3)
    with pytest.raises(ValueError, match='2 classes'):
        legend(image, MAP, CLASSES[:2], PALETTE)


def test_shares():
    assert class_shares(MAP, 3) == [(0, 4 / 6), (1, 1 / 6), (2, 1 / 6)]
    assert class_shares(np.full((2, 2), 2), 5) == [(2, 1.0)]


@pytest.mark.parametrize(
    'size', [(16, 16), (8, 300), (57, 101), (512, 1024), (900, 600), (64, 4096)]
)
def test_legend_hides_nothing_and_shows_each_class(size):
    class_map = np.zeros(size, np.uint8)
    class_map[0, 0] = 1
    picture = np.full((*size, 3), 7, np.uint8)
    out = legend(picture, class_map, CLASSES, PALETTE)
    height, width = size
    assert out.dtype == np.uint8 and out.shape[1] >= width
    assert (out[:height, :width] == 7).all()
    strip = out[height:].reshape(-1, 3)
    letters = max(13, round(width / 64))
    areas = [int((strip == color).all(1).sum()) for color in PALETTE[:2]]
    assert all(abs(area - letters**2) < 0.5 * letters**2 for area in areas)
    # nothing is cut off: a white frame all round
    assert (out[-2:] == 255).all() and (out[height:, -2:] == 255).all()


def test_legend_puts_the_largest_first():
    class_map = np.full((100, 2000), 1)
    class_map[:, :700] = 2
    class_map[:, :100] = 0
    palette = [[250, 0, 0], [0, 250, 0], [0, 0, 250]]
    strip = legend(np.zeros((100, 2000, 3), np.uint8), class_map, CLASSES, palette)[100:]
    road, car, snow = (np.nonzero((strip == color).all(2))[1].min() for color in palette)
    assert car < snow < road


def test_legend_wraps_into_columns_that_fit():
    names = [f'class number {i}' for i in range(19)]
    palette = [[10 * i, 255 - 10 * i, 128] for i in range(19)]
    class_map = np.resize(np.arange(19), (400, 480))
    out = legend(np.zeros((400, 480, 3), np.uint8), class_map, names, palette)
    assert out.shape[1] == 480
    assert all((out[400:] == color).all(2).any() for color in palette)


def test_shares_in_writing(monkeypatch):
    """What is drawn, caught on its way to the font."""
    from PIL import ImageDraw

    written = []
    monkeypatch.setattr(
        ImageDraw.ImageDraw, 'text', lambda _, xy, text, *a, **k: written.append(text)
    )
    class_map = np.zeros((100, 100), np.uint8)
    class_map[0, :33] = 2
    class_map[50, :4] = 1
    legend(np.zeros((100, 100, 3), np.uint8), class_map, CLASSES, PALETTE)
    assert written == ['road', '99.6%', 'snow', '0.3%', 'car', '<0.1%']
