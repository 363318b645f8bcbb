"""Rates of a data loader that is known to be slow, and of a config's own."""

import json
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image
from torch.utils.data import DataLoader, Dataset, RandomSampler

from mmseg_wavemix.benchmark.input_pipeline import (
    decoding,
    format_result,
    group_rates,
    measure,
    throughput,
    workers_needed,
)
from mmseg_wavemix.config import load_config
from mmseg_wavemix.errors import InputError

PICTURE = 0.04  # seconds


class Slow(Dataset):
    """Sleeps for each picture, which many can do on one core."""

    def __init__(self, **files: Path) -> None:
        self.files = files

    def get_data_info(self, index: int) -> dict:
        return self.files

    def __len__(self) -> int:
        return 7

    def __getitem__(self, index: int) -> dict:
        time.sleep(PICTURE)
        return dict(inputs=index)


@pytest.mark.parametrize('workers', [0, 1, 2])
def test_rate_of_a_slow_loader(workers: int) -> None:
    endless = RandomSampler(Slow(), replacement=True, num_samples=10**6)
    row = throughput(DataLoader(Slow(), 2, sampler=endless, num_workers=workers), seconds=1)
    expected = max(workers, 1) / PICTURE
    assert row['workers'] == workers
    assert 0.5 * expected < row['images_per_second'] <= 1.01 * expected
    assert row['mean_images_per_second'] <= 1.01 * expected
    assert row['images'] % 2 == 0
    assert row['first_batch_s'] >= 2 * PICTURE


def test_bursts_are_averaged() -> None:
    """Two workers deliver two batches of five at once, a second; half a group is left."""
    arrivals, images = [0.0, 1.0, 1.001, 2.0, 2.001, 3.0], [0, 5, 10, 15, 20, 25]
    first, second = group_rates(arrivals, images, group=2)
    assert first == pytest.approx(10 / 1.001) and second == pytest.approx(10)
    assert group_rates(arrivals, images, group=1)[1] == pytest.approx(5000)  # what it avoids


def test_workers_needed() -> None:
    rates = {0: 30.0, 1: 20.0, 2: 25.0, 4: 9.0}
    rows = [dict(workers=workers, per_worker=rate) for workers, rate in rates.items()]
    answer = workers_needed(rows, wanted=60, cores=4)
    assert (answer['workers'], answer['cores'], answer['enough']) == (3, 4, True)
    answer = workers_needed(rows, wanted=76, cores=4)
    assert (answer['workers'], answer['cores'], answer['enough']) == (4, 5, False)
    assert answer['at_most'] == 75
    assert workers_needed(rows, wanted=1, cores=1)['at_most'] == 25
    assert workers_needed(rows[:1], wanted=61, cores=8)['workers'] == 3  # nothing else is known


def test_decoding(tmp_path: Path) -> None:
    picture, label = tmp_path / 'picture.png', tmp_path / 'label.png'
    Image.effect_noise((1024, 512), 40).save(picture)
    Image.new('L', (64, 32)).save(label)
    both = decoding(Slow(img_path=picture, seg_map_path=label), 0.2)
    alone = decoding(Slow(img_path=picture), 0.2)
    assert both['picture_ms'] > both['label_ms'] > 0 and alone['label_ms'] is None
    assert both['pipeline_ms'] >= 1e3 * PICTURE
    share = (both['picture_ms'] + both['label_ms']) / both['pipeline_ms']
    assert both['share'] == pytest.approx(share, abs=1e-2)
    assert both['picture_mb'] == round(picture.stat().st_size / 1e6, 2)
    assert decoding(Slow(), 0.2) is None
    label.write_bytes(b'no picture')
    with pytest.raises(InputError, match='label.png cannot be read: tools/doctor.py'):
        decoding(Slow(img_path=picture, seg_map_path=label), 0.2)


def test_a_config(config: Path) -> None:
    cfg = load_config(config)
    before = cfg.pretty_text
    result = measure(cfg, config, 'train', [2, 0], seconds=0.3, wanted=1e6)
    assert cfg.pretty_text == before
    assert [row['workers'] for row in result['rows']] == [2, 0] and result['batch'] == 4
    assert all(row['images'] % 4 == 0 for row in result['rows'])  # eight scenes, endless batches
    assert result['rows'][0]['per_worker'] == pytest.approx(
        result['rows'][0]['images_per_second'] / 2, abs=0.01
    )
    assert 0 < result['decoding']['share'] < 1
    assert not result['needed']['enough'] and result['needed']['workers'] > 1000
    assert 'which do not suffice' in format_result(result)
    measured = measure(cfg, config, 'val', [0], seconds=0.1)
    assert measured['batch'] == 1 and 'needed' not in measured


def test_faults(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('SYNTHETIC_DATASET', str(tmp_path / 'nowhere'))
    with pytest.raises(InputError, match='nowhere/leftImg8bit/train does not exist.*\nTo make'):
        measure(load_config(config), config, 'train', [0], 0.1)
    cfg = load_config(config)
    cfg.val_dataloader = None
    with pytest.raises(InputError, match='has no val_dataloader'):
        measure(cfg, config, 'val', [0], 0.1)


def test_tool(config: Path, repository: Path, tmp_path: Path) -> None:
    out = tmp_path / 'new' / 'f.json'
    command = [sys.executable, str(repository / 'tools/data_speed.py'), str(config)]
    command += ['--seconds', '0.2', '--workers', '0', '1', '--json', str(out)]
    done = subprocess.run(
        [*command, '-i', '5', '--cfg-options', 'train_dataloader.batch_size=3'],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(out.read_text())
    assert result['batch'] == 3 and len(result['rows']) == 2
    assert result['needed']['workers'] == 1
    assert format_result(result) in done.stdout and 'needs 1 worker at' in done.stdout


@pytest.mark.parametrize(
    ('wrong', 'word'),
    [
        (['--workers', '-1'], '0 or more'),
        (['--seconds', '0'], 'more than 0'),
        (['-i', 'nan'], 'more than 0'),
        (['--json', __file__], 'exists'),
    ],
)
def test_wrong_options(wrong: list[str], word: str, repository: Path, monkeypatch, capsys) -> None:
    tool = runpy.run_path(str(repository / 'tools/data_speed.py'))
    monkeypatch.setattr(sys, 'argv', ['data_speed.py', 'some_config.py', *wrong])
    with pytest.raises(SystemExit):
        tool['parse_args']()
    assert word in capsys.readouterr().err
