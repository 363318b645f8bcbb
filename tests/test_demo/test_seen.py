"""What a model sees of a picture that is larger than its streets are."""

import numpy as np
import pytest
from mmengine.config import ConfigDict

from mmseg_wavemix.config import trained_side
from mmseg_wavemix.demo import memory, segmenter
from mmseg_wavemix.demo.segmenter import Segmenter
from mmseg_wavemix.errors import InputError
from tests.tiny_model import picture, run_demo


@pytest.mark.parametrize(
    'size, seen',
    [((480, 960), (480, 960)), ((3000, 4000), (720, 960)), ((4000, 3000), (960, 720)),
     ((8, 4000), (2, 960)), ((1, 4000), (1, 960)), ((961, 961), (960, 960))],
)  # fmt: skip
def test_sizes(model, size: tuple[int, int], seen: tuple[int, int]) -> None:
    assert Segmenter(model, largest_side=960).seen(size) == seen
    for none in (None, 0):
        assert Segmenter(model, largest_side=none).seen(size) == size


def test_classes_come_back_at_full_size(model, monkeypatch) -> None:
    """Each pixel has the class of its place in what was seen."""
    shown = []

    def brightness(_, image: np.ndarray) -> np.ndarray:
        shown.append(image.shape)
        return image[..., 0].astype(np.int64)

    monkeypatch.setattr(segmenter, 'segment', brightness)
    small = np.arange(20, dtype=np.uint8).reshape(4, 5)
    large = np.repeat(np.repeat(small, 3, 0), 3, 1)
    image = np.stack([large] * 3, -1)
    found = Segmenter(model, largest_side=5).segment(image, None)
    assert shown == [(4, 5, 3)]
    np.testing.assert_array_equal(found, large)
    np.testing.assert_array_equal(Segmenter(model).segment(image, None), large)
    assert shown[1] == (12, 15, 3)


def test_odd_factor(model, monkeypatch) -> None:
    """Classes are never mixed, whatever the sizes are."""
    monkeypatch.setattr(segmenter, 'segment', lambda _, image: np.full(image.shape[:2], 7))
    found = Segmenter(model, largest_side=37).segment(picture(101, 57), None)
    assert found.shape == (101, 57) and (found == 7).all()


def test_what_is_larger_than_in_training_is_told_once(model) -> None:
    """The config, CamVid's, resizes 480x360 by up to 2."""
    assert trained_side(model.cfg) == 960
    told = []
    ours = Segmenter(model, tile=(256, 256), tell=told.append)
    ours.plan((720, 960))
    assert told == []
    ours.plan((961, 720)), ours.plan((2000, 3000))
    assert len(told) == 1
    assert told[0].startswith('720x961 pixels are more') and '--largest-side 960 ' in told[0]
    for chosen in (0, 960):
        Segmenter(model, (256, 256), told.append, chosen).plan((2000, 3000))
    assert len(told) == 1


@pytest.mark.parametrize(
    ('train', 'test', 'told'),
    [
        ([dict(type='RandomResize', scale=(64, 32), ratio_range=(0.5, 1.5))], [], 1),
        ([dict(type='RandomResize', scale=[(64, 32), (80, 40)])], [], 0),
        ([dict(type='RandomCrop', crop_size=(32, 32))], [], 0),
        (None, [], 0),
        ([dict(type='RandomResize', scale=(64, 32), ratio_range=(0.5, 1.5))],
         [dict(type='Resize', scale=(64, 32))], 0),
    ],
)  # fmt: skip
def test_of_training_only_what_a_config_tells(model, monkeypatch, train, test, told: int) -> None:
    cfg = ConfigDict(train_pipeline=train, test_pipeline=test)
    monkeypatch.setattr(model, 'cfg', cfg)
    sentences = []
    Segmenter(model, (256, 256), sentences.append).plan((100, 97))
    assert len(sentences) == told and all('--largest-side 96 ' in text for text in sentences)


def test_memory_is_of_what_is_seen(model, monkeypatch) -> None:
    """And of the picture itself, which is drawn on."""
    needs = memory.Needs(1e6, 1000, on_host=True)
    monkeypatch.setattr(segmenter, 'measure', lambda model: needs)
    monkeypatch.setattr(segmenter, 'available_memory', lambda device: 1_000_000_000)
    size = (3000, 4000)
    assert Segmenter(model, largest_side=960).plan(size) is None
    assert Segmenter(model).plan(size) is not None
    used = Segmenter(model, largest_side=960).memory(size, None)
    assert used == max(1e6 + 1000 * 720 * 960 + memory.HELD * 12e6, memory.HOST * 12e6)
    monkeypatch.setattr(segmenter, 'available_memory', lambda device: 300_000_000)
    with pytest.raises(InputError, match='even in tiles'):  # 480 MB to draw on it
        Segmenter(model, largest_side=960).plan(size)
    outlook = Segmenter(model, largest_side=960).outlook()
    assert 'scaled down to 960 pixels a side' in outlook and 'whole pictures' not in outlook


def test_option(trained, tmp_path, monkeypatch, capsys) -> None:
    for value in ('5', '-1'):
        args = ['street.png', '--out', tmp_path / 'out', '--largest-side', value]
        assert run_demo(monkeypatch, trained, *args) == 2
        assert f'--largest-side {value}: expected 32 or more, or 0' in capsys.readouterr().err
