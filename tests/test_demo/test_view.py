"""Layouts, and classes that are shown or not, by values."""

import numpy as np
import pytest

from mmseg_wavemix.demo.view import LAYOUTS, View, class_indices, gap
from mmseg_wavemix.errors import InputError

CLASSES = ('road', 'traffic sign', 'sky')
PALETTE = [[128, 64, 128], [220, 220, 0], [70, 130, 180]]
MAP = np.array([[0, 0, 1, 2], [0, 0, 1, 2]])
IMAGE = np.full((2, 4, 3), [100, 10, 201], np.uint8)
MIXED = np.rint(0.75 * IMAGE + 0.25 * np.array(PALETTE)[MAP])


def test_layouts():
    def drawn(layout: str) -> np.ndarray:
        return View(CLASSES, PALETTE, layout, 0.25, with_legend=False).draw(IMAGE, MAP)

    assert np.array_equal(drawn('overlay'), MIXED)
    assert np.array_equal(drawn('map'), np.array(PALETTE)[MAP])
    both, between = drawn('side-by-side'), gap(4)
    assert both.shape == (2, 8 + between, 3)
    assert np.array_equal(both[:, :4], IMAGE) and np.array_equal(both[:, 4 + between :], MIXED)
    assert (both[:, 4 : 4 + between] == 255).all()


def test_only_some_classes():
    def drawn(layout: str) -> np.ndarray:
        shown = frozenset({1})
        return View(CLASSES, PALETTE, layout, 0.25, shown, with_legend=False).draw(IMAGE, MAP)

    sign = (MAP == 1)[..., None]
    assert np.array_equal(drawn('overlay'), np.where(sign, MIXED, IMAGE))
    assert np.array_equal(drawn('map'), np.where(sign, PALETTE[1], 0))


@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize('size', [(48, 64), (360, 480), (700, 300)])
def test_frames_of_a_video_have_one_size(layout, size):
    """Whatever occurs in them; the legend names each class at its place."""
    view = View(CLASSES, PALETTE, layout)
    image = np.full((*size, 3), 90, np.uint8)
    maps = [np.zeros(size, int), np.full(size, 2), np.arange(size[0] * size[1]).reshape(size) % 3]
    frames = [view.draw(image, one, still=True) for one in maps]
    assert len({frame.shape for frame in frames}) == 1
    strips = [frame[size[0] :] for frame in frames]
    for color in PALETTE:
        places = [np.argwhere((strip == color).all(2)) for strip in strips]
        assert len(places[0]) > 100
        assert all(np.array_equal(places[0], place) for place in places)
    # a picture's legend lists what occurs
    assert not (view.draw(image, maps[0])[size[0] :] == PALETTE[2]).all(2).any()


def test_legend_of_some_classes(monkeypatch):
    from PIL import ImageDraw

    written = []
    monkeypatch.setattr(
        ImageDraw.ImageDraw, 'text', lambda _, xy, text, *a, **k: written.append(text)
    )
    image, everything = np.zeros((10, 10, 3), np.uint8), np.resize([0, 0, 0, 0, 2], (10, 10))
    View(CLASSES, PALETTE, shown=frozenset({2})).draw(image, everything)
    View(CLASSES, PALETTE, shown=frozenset({1})).draw(image, everything)
    View(CLASSES, PALETTE, shown=frozenset({1, 2})).draw(image, everything, still=True)
    # shares are of the whole picture
    assert written == [
        *('sky', '20.0%'),
        *('none of the classes shown', ''),
        *('traffic sign', '0.0%', 'sky', '20.0%'),
    ]


def test_classes_by_name():
    assert class_indices(['Sky', 'traffic sign'], CLASSES) == {1, 2}
    with pytest.raises(InputError, match="'tram', 'bus': .* road, 'traffic sign', sky"):
        class_indices(['road', 'tram', 'bus'], CLASSES)
