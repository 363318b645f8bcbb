"""tools/demo.py and what it stands on: model loading and inference."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmseg.datasets import CityscapesDataset
from PIL import Image

from mmseg_wavemix import inference
from mmseg_wavemix.config import load_config
from mmseg_wavemix.deployment import fuse
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import load_model, segment, segment_tiles
from tests.tiny_model import CLASSES, DEMO, IDS, PALETTE, ROOT, picture, run_demo, save_model


@pytest.fixture(scope='module')
def trained(tmp_path_factory) -> tuple[Path, Path]:
    return save_model(tmp_path_factory.mktemp('model'))


@pytest.fixture(scope='module')
def model(trained):
    return load_model(*trained, 'cpu')


def test_fused_or_not_the_labels_are_the_same(monkeypatch, trained, tmp_path):
    Image.fromarray(picture(101, 150)).save(tmp_path / 'street.png')
    labels, kinds = [], []
    monkeypatch.setattr(
        'mmseg_wavemix.deployment.ready.fuse', lambda model: kinds.append('fused') or fuse(model)
    )
    for options in ([], ['--no-fuse'], ['--tile', '192x256']):
        out = tmp_path / f'out{len(labels)}'
        assert run_demo(monkeypatch, trained, tmp_path / 'street.png', '--out', out, *options) == 0
        labels.append(np.asarray(Image.open(out / 'street_labelIds.png')))
    assert kinds == ['fused'] * 2  # by default, and not with --no-fuse
    assert (labels[0] == labels[1]).mean() > 0.999 and (labels[0] == labels[2]).all()
    assert len(np.unique(labels[0])) > 1


@pytest.mark.parametrize('size', [(300, 450), (128, 128), (65, 513), (8, 8)])
def test_tiles_give_what_the_whole_gives(model, size):
    """One block of level 1 reaches less far than the margin: the tiles' seams cannot be seen."""
    image = picture(*size)
    tiled = segment_tiles(model, image, tile=(128, 192), margin=32)
    assert (tiled == segment(model, image)).mean() > 0.9999
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            inference, 'segment', lambda _, piece: seen.append(piece.shape) or piece[..., 0]
        )
        # every pixel comes from its own place, and no piece is larger than a tile
        assert (segment_tiles(model, image, (128, 192), 32) == image[..., 0]).all()
    assert max(shape[0] for shape in seen) <= 128 and max(shape[1] for shape in seen) <= 192
    with pytest.raises(InputError, match='no inside'):
        segment_tiles(model, image, (64, 192), 32)


@pytest.mark.parametrize('size', [(8, 8), (17, 33), (57, 101), (101, 57), (64, 64), (8, 200)])
def test_segment_is_the_argmax_of_the_logits(model, size):
    image = picture(*size)
    class_map = segment(model, image)
    data = model.data_preprocessor({'inputs': [torch.from_numpy(image).permute(2, 0, 1)]})
    with torch.no_grad():
        expected = model(data['inputs'], mode='tensor').argmax(1)[0].numpy()
    assert class_map.shape == size
    assert np.array_equal(class_map, expected)
    assert len(np.unique(class_map)) > 1 or size == (8, 8)


def test_segment_in_windows(trained, model):
    windows = load_model(*trained, 'cpu')
    windows.test_cfg = load_config(trained[0]).model.test_cfg
    windows.test_cfg.update(mode='slide', crop_size=(32, 32), stride=(32, 32))
    image = picture(64, 96)
    tiles = [np.hstack([segment(model, t) for t in np.split(r, 3, 1)]) for r in np.split(image, 2)]
    assert np.array_equal(segment(windows, image), np.vstack(tiles))


def test_model_is_ready(model):
    assert not model.training
    assert model.dataset_meta == {'classes': CLASSES, 'palette': PALETTE.tolist()}


def test_classes_from_the_config(trained, tmp_path):
    bare = tmp_path / 'bare.pth'
    torch.save(torch.load(trained[1], weights_only=True)['state_dict'], bare)
    meta = load_model(trained[0], bare, 'cpu').dataset_meta
    assert tuple(meta['classes']) == CLASSES
    assert np.array_equal(meta['palette'], PALETTE)


def test_what_does_not_fit(trained, tmp_path):
    config, checkpoint = trained
    for device in ('gpu', 'meta', 'cuda:99'):
        with pytest.raises(InputError, match=f'device {device} cannot be used'):
            load_model(config, checkpoint, device)
    with pytest.raises(InputError, match='absent.pth does not exist'):
        load_model(config, tmp_path / 'absent.pth', 'cpu')
    with pytest.raises(InputError, match='belongs to another model'):
        load_model(ROOT / 'configs' / 'wavemix_64_6_l4_camvid.py', checkpoint, 'cpu')
    content = torch.load(checkpoint, weights_only=True)
    content['meta']['dataset_meta'] = CityscapesDataset.METAINFO
    torch.save(content, tmp_path / 'other.pth')
    with pytest.raises(InputError, match='names 19 classes and 19 colours, .* tells 3 apart'):
        load_model(config, tmp_path / 'other.pth', 'cpu')


def test_memory_runs_out(model, monkeypatch):
    def allocate(*args, **kwargs):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")

    monkeypatch.setattr(model.backbone, 'forward', allocate)
    with pytest.raises(InputError, match='101x57 pixels does not fit into memory'):
        segment(model, picture(57, 101))


@pytest.fixture
def folder(tmp_path) -> Path:
    """Pictures of every kind and size, a broken one among them."""
    folder = tmp_path / 'in'
    (folder / 'sub').mkdir(parents=True)
    Image.fromarray(picture(8, 8)).save(folder / 'tiny.png')
    Image.fromarray(picture(17, 33)).convert('L').save(folder / 'grey.bmp')
    Image.fromarray(picture(57, 101)).convert('CMYK').save(folder / 'print.jpg')
    Image.fromarray(picture(40, 64)).convert('P').save(folder / 'sub' / 'palette.gif')
    Image.fromarray(picture(33, 17)).convert('RGBA').save(folder / 'sub' / 'tiny.webp')
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(picture(30, 50)).save(folder / 'turned.jpg', exif=exif)
    (folder / 'a_broken.png').write_bytes((folder / 'tiny.png').read_bytes()[:60])
    (folder / 'notes.txt').write_text('no picture')
    return folder


def test_folder_with_a_broken_picture(folder, trained, model, monkeypatch, capsys):
    out = folder.parent / 'new' / 'out'
    end = run_demo(monkeypatch, trained, folder, '--out', out, '--opacity', 0.25)
    assert end == 'error: 1 of 7 pictures failed, see above'
    printed = capsys.readouterr()
    assert f'6 of 7 pictures segmented, results in {out}' in printed.out
    assert printed.err.count('a_broken.png') == 1 and 'Traceback' not in printed.err

    sizes = {
        'in_tiny': (8, 8), 'grey': (17, 33), 'print': (57, 101), 'palette': (40, 64),
        'sub_tiny': (33, 17), 'turned': (50, 30),
    }  # fmt: skip
    kinds = ('overlay', 'color', 'labelIds')
    expected = {f'{name}_{kind}.png' for name in sizes for kind in kinds}
    assert {path.name for path in out.iterdir()} == expected
    for name, (height, width) in sizes.items():
        overlay, color, ids = (np.asarray(Image.open(out / f'{name}_{k}.png')) for k in kinds)
        assert ids.shape == (height, width) and ids.dtype == np.uint8
        assert color.shape == (height, width, 3)
        assert np.isin(ids, IDS).all()
        assert np.array_equal(PALETTE[np.searchsorted(IDS, ids)], color)
        assert overlay.shape[0] > height and overlay.shape[1] >= width

    image = picture(8, 8)
    ids, overlay = (
        np.asarray(Image.open(out / f'in_tiny_{k}.png')) for k in ('labelIds', 'overlay')
    )
    class_map = segment(model, image[..., ::-1])
    assert np.array_equal(ids, IDS[class_map])
    blend = 0.75 * image + 0.25 * PALETTE[class_map]
    assert np.abs(overlay[:8, :8] - blend).max() <= 0.5


def test_nothing_is_overwritten(folder, trained, monkeypatch):
    out = folder.parent / 'out'
    out.mkdir()
    (out / 'turned_color.png').write_text('mine')
    end = run_demo(monkeypatch, trained, folder, '--out', out)
    assert 'turned_color.png exists and is not overwritten: give another --out' in end
    assert [path.name for path in out.iterdir()] == ['turned_color.png']
    assert (out / 'turned_color.png').read_text() == 'mine'
    # other results may be there already
    assert run_demo(monkeypatch, trained, folder / 'grey.bmp', '--out', out) == 0
    assert len(list(out.iterdir())) == 4


def test_faults_end_before_work(folder, trained, monkeypatch, capsys):
    config, checkpoint = trained
    out = folder.parent / 'out'
    good = folder / 'tiny.png'
    ends = [
        run_demo(monkeypatch, trained, good, folder / 'absent.png', '--out', out),
        run_demo(monkeypatch, trained, good, 'http://example.org/a.png', '--out', out),
        run_demo(monkeypatch, trained, good, 'drive.mkv', '--out', out),
        run_demo(monkeypatch, trained, good, '--out', good),
        run_demo(monkeypatch, (config, folder / 'no.pth'), good, '--out', out),
        run_demo(monkeypatch, (folder / 'no.py', checkpoint), good, '--out', out),
    ]
    reasons = ['does not exist', 'URL', 'video', 'made a folder', 'does not exist', 'no.py']
    for end, reason in zip(ends, reasons):
        assert str(end).startswith('error: ') and reason in end
    assert not out.exists()
    assert run_demo(monkeypatch, trained, good, '--out', out, '--opacity', 2) == 2
    assert 'expected 0 to 1' in capsys.readouterr().err


def test_tool_runs_from_anywhere(tmp_path):
    env = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
    command = [
        sys.executable,
        DEMO,
        'absent.png',
        '--config',
        'c.py',
        '--checkpoint',
        'k',
        '--out',
        'o',
    ]
    run = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr == 'error: absent.png does not exist\n'
