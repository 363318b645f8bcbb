"""Figure 4: what is read, painted and counted."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from mmseg_wavemix.config import load_config
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.visualization.qualitative import (
    WRONG,
    in_lines,
    qualitative_grid,
    share_wrong,
)
from mmseg_wavemix.visualization.samples import Sample, dataset_samples, spread_out

CLASSES, PALETTE = ('road', 'car', 'sky'), [[128, 64, 128], [0, 0, 142], [70, 130, 180]]


@pytest.mark.parametrize(
    ('length', 'count', 'expected'),
    [(500, 4, [62, 187, 312, 437]), (4, 4, [0, 1, 2, 3]), (3, 5, [0, 1, 2]), (9, 1, [4])],
)
def test_pictures_are_spread_out(length: int, count: int, expected: list[int]) -> None:
    assert spread_out(length, count) == expected


def test_samples_are_those_of_the_data(config: Path, scenes: Path) -> None:
    cfg = load_config(config)
    files = sorted((scenes / 'leftImg8bit/val').rglob('*.png'))
    samples = dataset_samples(cfg, config, 4)
    assert [sample.name for sample in samples] == [path.stem for path in files]
    (one,) = dataset_samples(cfg, config, 4, [files[2].name])
    assert np.array_equal(one.image[..., ::-1], np.asarray(Image.open(files[2])))
    label = Path(str(files[2]).replace('leftImg8bit', 'gtFine'))
    label = label.with_name(label.name.replace('gtFine.png', 'gtFine_labelTrainIds.png'))
    assert np.array_equal(one.truth, np.asarray(Image.open(label)))
    with pytest.raises(InputError, match='no picture in .* has tokyo in its name: try'):
        dataset_samples(cfg, config, 4, ['tokyo'])


def test_truth_is_in_the_classes_of_the_config(
    config: Path, repository: Path, scenes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CamVid's eleven: train ids of Cityscapes become indices of its classes, the rest is void."""
    monkeypatch.setenv('CAMVID_DATASET', str(scenes))
    path = repository / 'configs/wavemix_64_6_l4_camvid.py'
    camvid = dataset_samples(load_config(path), path, 1)[0].truth
    all_classes = dataset_samples(load_config(config), config, 1)[0].truth
    names = list(load_config(path).metainfo.classes)
    for train_id, name in ((0, 'road'), (10, 'sky'), (13, 'car')):
        if (all_classes == train_id).any():
            assert np.array_equal(camvid == names.index(name), all_classes == train_id)
    assert (camvid[all_classes == 255] == 255).all() and camvid[camvid != 255].max() <= 10


def test_damaged_and_missing_labels_are_named(config: Path, tmp_path: Path) -> None:
    image, label = (tmp_path / f'data/{kind}/val' for kind in ('leftImg8bit', 'gtFine'))
    for folder in (image, label):
        folder.mkdir(parents=True)
    Image.new('RGB', (32, 16)).save(image / 'a_leftImg8bit.png')
    cfg = load_config(config, {'test_dataloader.dataset.data_root': str(tmp_path / 'data')})
    target = label / 'a_gtFine_labelTrainIds.png'
    with pytest.raises(InputError, match=f'has no label: there is no {target}'):
        dataset_samples(cfg, config, 1)
    Image.new('L', (16, 16)).save(target)
    with pytest.raises(InputError, match='is 16x16, its image is 32x16'):
        dataset_samples(cfg, config, 1)
    Image.new('RGB', (32, 16)).save(target)
    with pytest.raises(InputError, match='one 8-bit channel'):
        dataset_samples(cfg, config, 1)
    cfg.test_dataloader.dataset.data_root = str(tmp_path / 'nothing')
    with pytest.raises(InputError, match='nothing/leftImg8bit/val does not exist: no data'):
        dataset_samples(cfg, config, 1)


def test_grid_shows_truth_predictions_and_errors() -> None:
    truth = np.array([[0, 0, 1, 255], [0, 2, 2, 2]], np.uint8)
    predicted = np.array([[0, 1, 1, 0], [0, 2, 2, 0]])
    sample = Sample('street', np.full((2, 4, 3), 100, np.uint8), truth)
    assert share_wrong(predicted, truth) == 2 / 7
    assert np.isnan(share_wrong(predicted, np.full_like(truth, 255)))
    models = {'one': [predicted], 'two': [np.where(truth == 255, 0, truth)]}
    figure = qualitative_grid([sample], models, CLASSES, PALETTE, errors=True)
    panels = {axis.get_title(): axis for axis in figure.axes}
    assert list(panels) == ['picture', 'ground truth', 'one', 'one, wrong', 'two', 'two, wrong']
    drawn = {title: axis.images[0].get_array() for title, axis in panels.items()}
    assert drawn['ground truth'][0].tolist() == [PALETTE[0], PALETTE[0], PALETTE[1], [0, 0, 0]]
    assert np.array_equal(drawn['one'], np.uint8(PALETTE)[predicted])
    for name, wrong in (('one', (predicted != truth) & (truth != 255)), ('two', truth > 300)):
        assert np.array_equal((drawn[f'{name}, wrong'] == WRONG).all(axis=2), wrong)
    assert [text.get_text() for text in panels['one, wrong'].texts] == ['28.6% wrong']
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [*CLASSES, 'void']
    with pytest.raises(ValueError, match='street'):
        qualitative_grid([sample], {'small': [predicted[:1]]}, CLASSES, PALETTE)


def test_titles_of_long_names_stay_apart() -> None:
    """Inside the figure, as drawn, and as wide as their own column at most."""
    truth = np.zeros((8, 16), np.uint8)
    sample = Sample('street', np.full((8, 16, 3), 100, np.uint8), truth)
    names = (
        'wavemix_256_16_l1_ff1024_mul3_cityscapes-256x512, best_mIoU_epoch_160',
        'wavemix_64_6_l3_synthetic, best_mIoU_epoch_36',
        'a_name_without_end' * 3,
    )
    figure = qualitative_grid(
        [sample], {name: [truth] for name in names}, CLASSES, PALETTE, errors=True
    )
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    boxes = [axis.title.get_window_extent(renderer) for axis in figure.axes]
    assert len(boxes) == 8
    for box, after in zip(boxes, boxes[1:]):
        assert box.x1 < after.x0
    assert boxes[-1].x1 < figure.bbox.x1 and max(box.y1 for box in boxes) < figure.bbox.y1
    for axis, title in zip(figure.axes[2::2], names):
        assert ''.join(axis.get_title().split()) == ''.join(title.split())
    assert in_lines('wavemix_64_6_l3', 10) == 'wavemix_\n64_6_l3'
    assert in_lines('ground truth') == 'ground truth'


def test_tool(
    config: Path, checkpoint: Path, call_tool: Callable[..., str], tmp_path: Path
) -> None:
    other = tmp_path / 'other.pth'
    torch.save(torch.load(checkpoint), other)
    out = tmp_path / 'new/grid.svg'
    models = (config, checkpoint, '--against', config, other)
    assert call_tool('qualitative', *models, '--count', 2, '--errors', '--out', out) == ''
    svg = out.read_text()
    for word in ('ground truth', 'tiny, random', 'tiny, other, wrong', '% wrong', 'vegetation'):
        assert word in svg, word
    assert 'exists and is not' in call_tool('qualitative', *models, '--out', out)
    twice = (config, checkpoint, '--against', config, checkpoint, '--out', tmp_path / 'b.png')
    assert 'config and checkpoint twice' in call_tool('qualitative', *twice)
