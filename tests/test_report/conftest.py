"""A run of seconds on the small scenes, its predictions, and the page about it."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from mmseg_wavemix.evaluation import check_folder, official_scores

CONFIG = """
_base_ = [{base!r}]
model = dict(
    backbone=dict(embed_dims=8, depth=1, level=1), decode_head=dict(in_channels=8))
train_dataloader = dict(dataset=dict(data_root={data!r}))
val_dataloader = dict(num_workers=0, persistent_workers=False, dataset=dict(data_root={data!r}))
test_dataloader = dict(num_workers=0, persistent_workers=False, dataset=dict(data_root={data!r}))
"""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """On pictures this small, two threads mostly wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def write_run(folder: Path, config: Path, scenes: Path, shift: int) -> Path:
    """A work directory without training: the ground truth, moved sideways, is its prediction."""
    session = folder / '20260101_000000'
    (session / 'vis_data').mkdir(parents=True)
    Config.fromfile(config).dump(folder / config.name)
    records = [
        dict(lr=0.01, loss=3.0, time=0.5, memory_mb=100.0, epoch=1, iter=2, step=2),
        dict(mIoU=11.0, iIoU=5.0, time=0.1, step=1),
        dict(lr=0.02, loss=1.0, time=0.5, memory_mb=120.0, epoch=2, iter=4, step=4),
        dict(mIoU=13.5, iIoU=7.0, time=0.1, step=2),
    ]
    text = ''.join(json.dumps(record) + '\n' for record in records)
    (session / 'vis_data' / 'scalars.json').write_text(text)
    (session / '20260101_000000.log').write_text('    Python: 3.99.1\n    seed: 77\n')
    (folder / 'predictions').mkdir()
    for truth in sorted(scenes.glob('gtFine/val/*/*_labelIds.png')):
        ids = np.roll(np.array(Image.open(truth)), shift, axis=1)
        name = truth.name.replace('_gtFine_labelIds', '_leftImg8bit')
        Image.fromarray(ids).save(folder / 'predictions' / name)
    scores = official_scores(check_folder(folder / 'predictions', scenes))
    (folder / 'scores.json').write_text(json.dumps(scores))
    return folder


@pytest.fixture
def plain_config(tmp_path: Path, repository: Path, scenes: Path) -> Path:
    """Names its data itself, so that no environment is needed."""
    path = tmp_path / 'small.py'
    base = str(repository / 'configs/wavemix_64_6_l3_synthetic.py')
    path.write_text(CONFIG.format(base=base, data=str(scenes)))
    return path


@pytest.fixture
def work_dir(tmp_path: Path, plain_config: Path, scenes: Path) -> Path:
    return write_run(tmp_path / 'first', plain_config, scenes, shift=3)


@pytest.fixture
def other_work_dir(tmp_path: Path, plain_config: Path, scenes: Path) -> Path:
    return write_run(tmp_path / 'second', plain_config, scenes, shift=1)
