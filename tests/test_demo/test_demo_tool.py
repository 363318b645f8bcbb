"""tools/demo.py: videos, layouts, classes, and what it writes for machines."""

import json
import re

import numpy as np
import pytest
import torch
from PIL import Image

from mmseg_wavemix.demo import memory, segmenter
from mmseg_wavemix.demo.view import gap
from mmseg_wavemix.inference import segment
from tests.clips import read_clip, write_clip
from tests.tiny_model import CLASSES, IDS, PALETTE, picture, run_demo


@pytest.fixture
def street(tmp_path):
    path = tmp_path / 'in' / 'street.png'
    path.parent.mkdir()
    Image.fromarray(picture(48, 64)).save(path)
    return path


def load(path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_pictures_and_videos_of_a_folder(street, clip, trained, model, monkeypatch, capsys):
    folder, out, file = street.parent, street.parents[1] / 'out', street.parents[1] / 'a' / 'b.json'
    (folder / 'drive.mp4').write_bytes(clip.read_bytes())
    (folder / 'cut.mov').write_bytes(clip.read_bytes()[:500])
    (folder / 'page.jpg').write_text('<html>')
    end = run_demo(monkeypatch, trained, folder, '--out', out, '--json', file)
    assert end == 'error: 2 of 4 inputs failed, see above'
    names = {'drive_overlay.mp4', 'drive_shares.csv'}
    names |= {f'street_{kind}.png' for kind in ('overlay', 'color', 'labelIds')}
    assert {path.name for path in out.iterdir()} == names
    assert len(read_clip(out / 'drive_overlay.mp4')) == 12
    printed = capsys.readouterr()
    assert '2 of 4 inputs segmented' in printed.out
    assert re.search(r'drive.mp4: 12 frames, \d+\.\d FPS: .*drive_overlay.mp4', printed.out)
    assert re.search(r'memory: about \d+ MB for .* megapixel, .* free: whole', printed.out)
    for name in ('cut.mov', 'page.jpg'):
        assert len(re.findall(f'failed: .*{name} is damaged', printed.err)) == 1

    result = json.loads(file.read_text())
    assert result['classes'] == list(CLASSES) and result['device'] == 'cpu'
    assert result['config'].endswith('tiny.py') and result['checkpoint'].endswith('tiny.pth')
    cut, drive, page, still = result['inputs']
    assert [one['file'] for one in result['inputs']] == [
        str(folder / name) for name in ('cut.mov', 'drive.mp4', 'page.jpg', 'street.png')
    ]
    assert cut.keys() == page.keys() == {'file', 'error', 'outputs'} and cut['outputs'] == {}
    assert (drive['size'], drive['frames'], drive['fps']) == ([64, 96], 12, 12.5)
    assert drive['outputs'] == {
        'view': str(out / 'drive_overlay.mp4'), 'shares': str(out / 'drive_shares.csv'),
    }  # fmt: skip
    class_map = segment(model, picture(48, 64)[..., ::-1])
    shares = np.bincount(class_map.ravel(), minlength=3) / class_map.size
    assert list(still['shares'].values()) == pytest.approx(shares, abs=1e-6)
    assert still['size'] == [48, 64] and still['tile'] is None
    assert 0 < still['seconds'] < 60 and 0 < still['memory_mb'] < 1000
    assert still['outputs']['labelIds'] == str(out / 'street_labelIds.png')


def test_layouts_and_classes(street, trained, model, monkeypatch):
    image = load(street)
    class_map = segment(model, np.ascontiguousarray(image[..., ::-1]))
    assert {0, 2} <= set(np.unique(class_map))
    blend = np.rint(0.75 * image + 0.25 * PALETTE[class_map])
    car = (class_map == 2)[..., None]
    for options, name, expected in (
        (['--layout', 'map'], 'map', PALETTE[class_map]),
        (['--layout', 'map', '--classes', 'car'], 'map', np.where(car, PALETTE[2], 0)),
        (['--classes', 'CAR'], 'overlay', np.where(car, blend, image)),
    ):
        out = street.parents[1] / '_'.join(options)
        assert (
            run_demo(monkeypatch, trained, street, '--out', out, '--opacity', 0.25, *options) == 0
        )
        assert np.abs(load(out / f'street_{name}.png')[:48, :64] - expected).max() <= 1
        assert np.array_equal(load(out / 'street_labelIds.png'), IDS[class_map])  # complete
        assert len(list(out.iterdir())) == 3
    out = street.parents[1] / 'both'
    options = ['--layout', 'side-by-side', '--no-legend', '--opacity', 0.25]
    assert run_demo(monkeypatch, trained, street, '--out', out, *options) == 0
    both = load(out / 'street_side-by-side.png')
    assert both.shape == (48, 128 + gap(64), 3)
    assert np.array_equal(both[:, :64], image)
    assert np.abs(both[:, 64 + gap(64) :] - blend).max() <= 1


def test_wrong_options(street, clip, trained, monkeypatch):
    out = street.parents[1] / 'out'
    end = run_demo(monkeypatch, trained, street, '--out', out, '--classes', 'car', 'tram')
    assert end.startswith("error: --classes 'tram'") and 'road, sky, car' in end
    assert 'no webcam 97' in run_demo(monkeypatch, trained, street, '97', '--out', out)
    assert run_demo(monkeypatch, trained, street, '--out', out, '--seconds', 0) == 2
    street.with_name('a.json').write_text('mine')
    json_file = ['--json', street.with_name('a.json')]
    end = run_demo(monkeypatch, trained, street, '--out', out, *json_file)
    assert end.endswith('a.json exists and is not overwritten: name a new file')
    assert not out.exists()
    out.mkdir()
    (out / 'drive_overlay.mp4').write_text('mine')
    end = run_demo(monkeypatch, trained, clip, '--out', out)
    assert 'drive_overlay.mp4 exists and is not overwritten' in end
    assert (out / 'drive_overlay.mp4').read_text() == 'mine'


def test_seconds_and_codec(clip, trained, tmp_path, monkeypatch):
    options = ['--seconds', 0.4, '--codec', 'mpeg4', '--classes', 'car', '--no-legend']
    assert run_demo(monkeypatch, trained, clip, '--out', tmp_path / 'out', *options) == 0
    frames = read_clip(tmp_path / 'out' / 'drive_overlay.mp4')
    assert len(frames) == 5 and frames[0].shape == (64, 96, 3)
    assert b'mp4v' in (tmp_path / 'out' / 'drive_overlay.mp4').read_bytes()


def test_ctrl_c_ends_a_video(clip, trained, tmp_path, monkeypatch, capsys):
    calls = []

    def interrupt(model, image):
        calls.append(image.shape)
        if image.shape == (64, 96, 3) and len(calls) > 10:
            raise KeyboardInterrupt
        return segment(model, image)

    monkeypatch.setattr(segmenter, 'segment', interrupt)
    street = tmp_path / 'later.png'
    Image.fromarray(picture(48, 64)).save(street)
    options = ['--out', tmp_path / 'out', '--json', tmp_path / 'out.json']
    assert run_demo(monkeypatch, trained, clip, street, *options) == 130
    printed = capsys.readouterr()
    assert '0 of 2 inputs segmented' in printed.out and printed.err.endswith('interrupted\n')
    frames = read_clip(tmp_path / 'out' / 'drive_overlay.mp4')
    [record] = json.loads((tmp_path / 'out.json').read_text())['inputs']
    assert record['interrupted'] and record['frames'] == len(frames) == 10
    assert not list((tmp_path / 'out').glob('later*'))


def test_ctrl_c_ends_a_picture(street, trained, monkeypatch):
    out, file = street.parents[1] / 'out', street.parents[1] / 'out.json'

    def interrupt(model, image):
        if image.shape == (48, 64, 3):
            raise KeyboardInterrupt
        return segment(model, image)

    monkeypatch.setattr(segmenter, 'segment', interrupt)
    assert run_demo(monkeypatch, trained, street, '--out', out, '--json', file) == 130
    [record] = json.loads(file.read_text())['inputs']
    assert record == dict(file=str(street), interrupted=True, outputs={})


@pytest.mark.parametrize('size', [(16, 16), (17, 33), (8, 500), (500, 8)])
def test_sizes_of_pictures(size, trained, tmp_path, monkeypatch):
    Image.fromarray(picture(*size)).save(tmp_path / 'a.png')
    assert run_demo(monkeypatch, trained, tmp_path / 'a.png', '--out', tmp_path / 'out') == 0
    assert load(tmp_path / 'out' / 'a_labelIds.png').shape == size
    overlay = load(tmp_path / 'out' / 'a_overlay.png')
    assert overlay.shape[0] > size[0] and overlay.shape[1] >= size[1]


def test_too_thin_is_told(trained, tmp_path, monkeypatch, capsys):
    Image.fromarray(picture(1, 500)).save(tmp_path / 'a.png')
    end = run_demo(monkeypatch, trained, tmp_path / 'a.png', '--out', tmp_path / 'out')
    assert end == 'error: 1 of 1 pictures failed, see above'
    assert 'a.png is 500x1 pixels: 8x8 is the least' in capsys.readouterr().err


def test_large_pictures_are_tiled(trained, tmp_path, monkeypatch, capsys):
    image = picture(400, 600)
    Image.fromarray(image).save(tmp_path / 'a.png')
    run_demo(monkeypatch, trained, tmp_path / 'a.png', '--out', tmp_path / 'whole')
    needs = memory.Needs(1e6, 1000, on_host=True)
    monkeypatch.setattr(segmenter, 'measure', lambda model: needs)
    free = int(needs.of(320 * 320, 400 * 600) / memory.SHARE) + 5000
    monkeypatch.setattr(segmenter, 'available_memory', lambda device: free)
    options = ['--out', tmp_path / 'tiled', '--json', tmp_path / 'tiled.json']
    assert run_demo(monkeypatch, trained, tmp_path / 'a.png', *options) == 0
    assert re.search(r'600x400 pixels take about .*: in tiles of 320x320', capsys.readouterr().out)
    [record] = json.loads((tmp_path / 'tiled.json').read_text())['inputs']
    assert record['tile'] == [320, 320]
    labels = [load(tmp_path / name / 'a_labelIds.png') for name in ('whole', 'tiled')]
    assert (labels[0] == labels[1]).mean() > 0.999  # one block of level 1 sees no further


def test_clip_of_odd_frames(trained, tmp_path, monkeypatch):
    """Which an encoder only takes with an even side: the frame at the top left is whole."""
    frames = [np.full((40, 60, 3), 40 * i, np.uint8) for i in range(3)]
    path = write_clip(tmp_path / 'a.avi', frames, 25, 'MJPG')
    options = ['--layout', 'side-by-side', '--opacity', 0]
    assert run_demo(monkeypatch, trained, path, '--out', tmp_path / 'out', *options) == 0
    for written, frame in zip(read_clip(tmp_path / 'out' / 'a_side-by-side.mp4'), frames):
        start = 60 + gap(60)
        for part in (written[:40, :60], written[:40, start : start + 60]):
            assert np.abs(part.astype(float) - frame).mean() < 6


def test_classes_of_ones_own(street, trained, model, tmp_path, monkeypatch, capsys):
    """Without Cityscapes' names there are no label ids to write: the classes' own numbers."""
    content = torch.load(trained[1])
    content['meta']['dataset_meta']['classes'] = ('road', 'sky', 'spaceship')
    torch.save(content, tmp_path / 'own.pth')
    own = (trained[0], tmp_path / 'own.pth')
    assert run_demo(monkeypatch, own, street, '--out', tmp_path / 'out') == 0
    assert "hold the model's own numbers" in capsys.readouterr().out
    expected = segment(model, picture(48, 64)[..., ::-1])
    assert (load(tmp_path / 'out' / 'street_labelIds.png') == expected).mean() > 0.999
