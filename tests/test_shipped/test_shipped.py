"""The model that comes with the toolbox: what is promised of it, and what is told if it breaks."""

import json
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from cityscapesscripts.helpers.labels import name2label
from PIL import Image

from mmseg_wavemix import shipped
from mmseg_wavemix.checkpoints import read_checkpoint
from mmseg_wavemix.datasets.camvid import CLASSES
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation.label_ids import label_ids_of_classes
from mmseg_wavemix.inference import load_model, segment
from mmseg_wavemix.shipped import files as files_module
from mmseg_wavemix.shipped.known import VAL, scores
from tests.tiny_model import picture, run_demo


@pytest.fixture(scope='module')
def model() -> torch.nn.Module:
    return load_model(*shipped.shipped_model(), 'cpu', fused=True)


def test_size_and_parameters(repository: Path) -> None:
    config, weights = shipped.shipped_model()
    assert config.parent == repository / 'configs'
    assert weights.stat().st_size <= 6_000_000
    plain = load_model(config, weights, 'cpu')
    assert sum(p.numel() for p in plain.parameters()) <= 3_000_000
    assert {p.dtype for p in plain.parameters()} == {torch.float32}
    stored = read_checkpoint(weights)['state_dict']
    for name, value in plain.state_dict().items():
        kept = 'running' in name or 'tracked' in name
        assert stored[name].dtype == (value.dtype if kept else torch.float16), name
        assert torch.equal(stored[name].to(value.dtype), value)


def test_classes_are_camvids(model: torch.nn.Module) -> None:
    """By name, wherever the data set has them, with official ids and colours."""
    classes = list(model.dataset_meta['classes'])
    assert set(classes) == set(CLASSES) - {'unlabeled'} and len(classes) == 11
    expected = [name2label[name].id for name in classes]
    assert label_ids_of_classes(classes).tolist() == expected
    assert sorted(expected) == [7, 8, 11, 13, 17, 20, 21, 23, 24, 25, 26]
    colors = [list(name2label[name].color) for name in classes]
    assert [list(color) for color in model.dataset_meta['palette']] == colors


def test_scores_are_what_it_scores(model: torch.nn.Module, shared_data: Path) -> None:
    """Counted here on the real frames, against the official IoU that is stored beside it."""
    ids = label_ids_of_classes(model.dataset_meta['classes'])
    wanted = np.array([name2label[name].id for name in CLASSES])
    confusion = np.zeros((34, 34), np.int64)
    frames = sorted((shared_data / 'camvid' / 'val').glob('*.jpg'))
    for frame in frames:
        truth = np.asarray(Image.open(shared_data / 'camvid/valannot' / f'{frame.stem}.png'))
        predicted = ids[segment(model, np.asarray(Image.open(frame))[..., ::-1].copy())]
        cells = 34 * wanted[truth] + predicted
        confusion += np.bincount(cells[truth < 11], minlength=34 * 34).reshape(34, 34)
    stored = scores(VAL)
    assert len(frames) == stored['images'] == 101
    for name, i in zip(model.dataset_meta['classes'], ids):
        iou = 100 * confusion[i, i] / (confusion[i].sum() + confusion[:, i].sum() - confusion[i, i])
        assert iou == pytest.approx(stored['classes'][name]['IoU'], abs=0.1), name


def test_demo_uses_it_by_default(model, tmp_path: Path, monkeypatch, capsys) -> None:
    """And shows it a large picture at the longest side that it was trained on."""
    side = shipped.largest_side()
    assert side == 720
    image = picture(64, 2 * side)
    Image.fromarray(image).save(tmp_path / 'street.png')
    out, told = tmp_path / 'out', tmp_path / 'told.json'
    args = (tmp_path / 'street.png', '--out', out, '--json', told)
    assert run_demo(monkeypatch, (None, None), *args) == 0
    name = shipped.shipped_model().config.stem
    (line,) = [line for line in capsys.readouterr().out.splitlines() if 'shipped' in line]
    assert name in line and "CamVid's 11 classes" in line and str(shipped.CARD) in line
    shown = cv2.resize(image[..., ::-1], (side, 32), interpolation=cv2.INTER_AREA)
    expected = label_ids_of_classes(model.dataset_meta['classes'])[segment(model, shown)]
    found = np.asarray(Image.open(out / 'street_labelIds.png'))
    assert found.shape == (64, 2 * side) and len(np.unique(found)) > 1
    assert (found[::2, ::2] == expected).mean() > 0.999
    result = json.loads(told.read_text())
    assert result['checkpoint'].endswith(f'{name}.safetensors')
    assert result['inputs'][0]['seen'] == [32, side]


@pytest.mark.parametrize('given, lacking', [('--config', '--checkpoint')[::s] for s in (1, -1)])
def test_half_a_model(given: str, lacking: str, tmp_path: Path, monkeypatch) -> None:
    options = ['street.png', '--out', tmp_path / 'out', given, 'mine']
    end = run_demo(monkeypatch, (None, None), *options)
    assert end.startswith(f'error: {given} mine alone is no model: give {lacking} too')
    assert 'or neither' in end and not (tmp_path / 'out').exists()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / 'shipped'
    shutil.copytree(files_module.FOLDER, folder, ignore=shutil.ignore_patterns('__pycache__'))
    shipped.shipped_model(folder)
    return folder


def test_what_is_told_if_it_is_damaged(copy: Path, tmp_path: Path, monkeypatch) -> None:
    weights = next(copy.glob('*.safetensors'))
    sidecar, whole = weights.with_suffix('.json'), weights.read_bytes()
    remedy = 'install the toolbox again .*--config and --checkpoint'
    for content in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:1000], b''):
        weights.write_bytes(content)
        with pytest.raises(InputError, match=f'the shipped model, is damaged .*{remedy}'):
            shipped.shipped_model(copy)
    monkeypatch.setattr(files_module.shipped_model, '__defaults__', (copy,))
    end = run_demo(monkeypatch, (None, None), 'street.png', '--out', tmp_path / 'out')
    assert end.startswith('error: ') and 'is damaged' in end and '\n' not in end
    weights.write_bytes(whole)
    text = sidecar.read_text()
    for broken in ('{no', '[1]'):
        sidecar.write_text(broken)
        with pytest.raises(InputError, match=f'json is damaged .*{remedy}'):
            shipped.shipped_model(copy)
    sidecar.unlink()
    with pytest.raises(InputError, match=f'json, of the shipped model, does not exist: {remedy}'):
        shipped.shipped_model(copy)
    sidecar.write_text(text)
    shutil.copy(weights, copy / 'another.safetensors')
    with pytest.raises(InputError, match='holds 2 models instead of the shipped one'):
        shipped.shipped_model(copy)
    for file in copy.glob('*.safetensors'):
        file.unlink()
    with pytest.raises(InputError, match=f'holds no model .*{remedy}'):
        shipped.shipped_model(copy)


def test_config_of_another_name(copy: Path) -> None:
    weights = next(copy.glob('*.safetensors'))
    for suffix in ('.safetensors', '.json'):
        weights.with_suffix(suffix).rename(copy / f'none{suffix}')
    with pytest.raises(InputError, match=r'configs.none.py, of the shipped model, does not exist'):
        shipped.shipped_model(copy)


def test_web_demo_parses_without_a_model(monkeypatch, repository: Path) -> None:
    """It is offered first, before what `make demo` made."""
    from mmseg_wavemix.web.models import default_models

    monkeypatch.setattr(sys, 'argv', ['web_demo.py'])
    assert default_models(repository)[0] == shipped.shipped_model()
