"""Figure 5: windows, losses and maps against hand-made models."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import load_model
from mmseg_wavemix.visualization.occlusion import (
    GREY,
    class_drops,
    class_scores,
    hidden,
    spread,
    windows,
)
from mmseg_wavemix.visualization.occlusion_figure import segmentation_figure
from mmseg_wavemix.visualization.occlusion_segmenter import (
    chosen_classes,
    probabilities,
    segmenter_occlusion,
)


def test_windows_cover_the_picture() -> None:
    places = windows((10, 17), 4, 3)
    assert [(rows.start, columns.start) for rows, columns in places[:6]] == [
        (0, 0), (0, 3), (0, 6), (0, 9), (0, 12), (0, 13),
    ]  # fmt: skip
    covered = np.zeros((10, 17), int)
    for window in places:
        assert covered[window].shape == (4, 4)
        covered[window] += 1
    assert covered.min() == 1
    assert windows((3, 5), 8, 8) == [(slice(0, 3), slice(0, 5))]
    for patch, stride in ((4, 5), (4, 0), (0, 0)):
        with pytest.raises(InputError, match='1 <= stride <= patch'):
            windows((10, 10), patch, stride)


def test_a_pixel_has_the_mean_of_its_windows() -> None:
    places = windows((1, 4), 2, 1)  # 01, 12, 23; of one row
    felt = spread(np.array([[1.0, 3.0, np.nan], [np.nan, np.nan, 5.0]]), places, (1, 4))
    np.testing.assert_array_equal(felt[:, 0], [[1, 2, 3, np.nan], [np.nan, np.nan, 5, 5]])


def test_hiding_leaves_the_picture_alone() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    grey = hidden(image, (slice(1, 3), slice(0, 2)))
    assert image.max() == 0 and grey.sum() == 4 * 3 * GREY and (grey[1:3, :2] == GREY).all()


def test_scores_by_hand() -> None:
    truth = np.array([[0, 0, 1, 255]])
    # of class 0, class 1 is the rest: predicted 0 1 1 1
    zero = np.array([[0.9, 0.4, 0.2, 0.1]])
    both, everywhere = np.stack([zero, 1 - zero]), np.ones((1, 4), bool)
    probability = class_scores(both, truth, [0, 1], everywhere, 'probability')
    np.testing.assert_allclose(probability, [0.65, 0.8])
    np.testing.assert_allclose(class_scores(both, truth, [0, 1], everywhere, 'iou'), [0.5, 0.5])
    right = np.array([[False, True, True, True]])
    np.testing.assert_allclose(class_scores(both, truth, [1, 0], right, 'iou'), [0.5, 0])
    last = np.array([[False, False, False, True]])  # void alone
    assert np.isnan(class_scores(both, truth, [0, 1], last, 'iou')).all()


@pytest.mark.parametrize('measure', ['probability', 'iou'])
def test_what_a_class_loses(measure: str) -> None:
    """A segmenter that finds class 1 wherever the picture is bright, if its corner is bright."""

    def predict(image: np.ndarray) -> np.ndarray:
        one = (image[..., 0] > 200) & (image[0, 0, 0] > 200)
        return np.stack([~one, one]).astype(float)

    image = np.zeros((4, 6, 3), np.uint8)
    image[0, 0] = 255
    image[2:, 2:4] = 255
    truth = (image[..., 0] > 0).astype(np.uint8)
    truth[0, 0] = 255
    places = windows((4, 6), 2, 2)  # two rows of three
    drops = class_drops(predict, image, truth, [1], places, measure)
    np.testing.assert_array_equal(drops.undisturbed, [1])
    # the corner takes all of it, the class's own window too, and of that nothing is left to see
    np.testing.assert_array_equal(drops.all_pixels, [[1, 0, 0, 0, 1, 0]])
    np.testing.assert_array_equal(drops.visible, [[1, 0, 0, 0, np.nan, 0]])


def test_classes_that_are_looked_at() -> None:
    names = ['road', 'car', 'sky', 'person']
    truth = np.repeat(np.uint8([2, 0, 255, 1]), [500, 400, 99, 1]).reshape(20, 50)
    assert chosen_classes(truth, names) == [2, 0]  # the car is too small
    assert chosen_classes(truth, names, ['car']) == [1]
    with pytest.raises(InputError, match='person is not on this picture: it shows road, car, sky'):
        chosen_classes(truth, names, ['person'])
    with pytest.raises(InputError, match='no class dog: one of road'):
        chosen_classes(truth, names, ['dog'])


def test_of_a_model(config: Path, checkpoint: Path) -> None:
    model = load_model(config, checkpoint, 'cpu', fused=True)
    image = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
    found = probabilities(model, image)
    assert found.shape == (19, 32, 48)
    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-5)
    figure = segmenter_occlusion(model, image, None, patch=16, stride=16)
    maps = [axis.images[0].get_array() for axis in figure.axes if axis.images]
    for drop in maps[1:3]:
        assert drop.shape == (32, 48) and np.nanmax(np.abs(drop)) > 0
    with pytest.raises(InputError, match='void all over'):
        segmenter_occlusion(model, image, np.full((32, 48), 255, np.uint8))


def test_numbers_of_the_scales_stay_apart() -> None:
    """Two decimals at both ends of bars side by side, as on real pictures."""
    image = np.zeros((36, 48, 3), np.uint8)
    truth = np.zeros((36, 48), np.uint8)
    losses = np.zeros((1, 36, 48))
    losses[0, 0, 0] = 0.4549
    figure = segmentation_figure(
        image, truth, [0], ['road'], np.ones(1), losses, 0.6 * losses, 'probability'
    )
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    bars = [axis for axis in figure.axes if axis.get_xlabel()]
    boxes = [
        [label.get_window_extent(renderer) for label in axis.get_xticklabels()] for axis in bars
    ]
    assert [len(row) for row in boxes] == [5, 5]
    assert [label.get_text() for label in bars[0].get_xticklabels()][::4] == ['-0.45', '0.45']
    flat = [box for row in boxes for box in row]
    for box, after in zip(flat, flat[1:]):
        assert after.x0 - box.x1 > 18  # pixels, of 100 an inch: two letters
    assert flat[-1].x1 < figure.bbox.x1


def test_tool(
    config: Path, checkpoint: Path, call_tool: Callable[..., str], tmp_path: Path
) -> None:
    out = tmp_path / 'occlusion.svg'
    options = ('--patch', 32, '--stride', 32, '--measure', 'iou', '--classes', 'road', 'sky')
    assert call_tool('occlusion', config, checkpoint, *options, '--out', out) == ''
    for word in ('loss of IoU', 'road:', 'sky:', 'hiding it does harm'):
        assert word in out.read_text(), word
    again = ('--out', tmp_path / 'b.png')
    assert 'no class dog' in call_tool('occlusion', config, checkpoint, '--classes', 'dog', *again)
    options = ('--patch', 8, '--stride', 9)
    assert 'stride <= patch' in call_tool('occlusion', config, checkpoint, *options, *again)
    missing = ('--picture', tmp_path / 'none.png')
    assert 'none.png does not exist' in call_tool('occlusion', config, checkpoint, *missing, *again)
    assert not (tmp_path / 'b.png').exists()
