import logging
import os
import sys
from pathlib import Path

import pytest
import torch
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

import mmseg_wavemix  # noqa: F401  registers everything

REPOSITORY = Path(__file__).resolve().parents[1]

CONFIG = """
_base_ = [{base!r}]
model = dict(
    backbone=dict(embed_dims=8, depth=1, level=1), decode_head=dict(in_channels=8))
train_cfg = dict(max_epochs=2, val_interval=1)
train_dataloader = dict(batch_size=4, num_workers=0, persistent_workers=False)
val_dataloader = dict(num_workers=0, persistent_workers=False)
test_dataloader = dict(num_workers=0, persistent_workers=False)
optim_wrapper = dict(_delete_=True, type='OptimWrapper', optimizer=dict(type='AdamW', lr=3e-3))
"""


@pytest.fixture(autouse=True, scope='session')
def two_threads() -> None:
    """The suite's time is promised for two cores."""
    torch.set_num_threads(2)
    init_default_scope('mmseg')


@pytest.fixture(autouse=True)
def open_log_streams() -> None:
    """Loggers outlive a test, the stream that pytest gave them then does not."""
    for logger in MMLogger._instance_dict.values():
        for handler in logger.handlers:
            if type(handler) is logging.StreamHandler:
                handler.stream = sys.__stderr__  # setStream would flush the closed one


@pytest.fixture
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Real street frames beside the repository; they never enter it."""
    folder = Path(os.environ.get('WAVEMIX_SHARED_DATA', REPOSITORY.parent / 'shared' / 'data'))
    if not folder.is_dir():
        pytest.skip(f'no real frames in {folder}: set WAVEMIX_SHARED_DATA')
    return folder


@pytest.fixture(scope='session')
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight training and four validation scenes, 64x128, in Cityscapes layout: do not change."""
    from mmseg_wavemix.datasets.synthetic import generate_dataset

    folder = tmp_path_factory.mktemp('scenes') / 'data'
    generate_dataset(folder, train=8, val=4, size=(64, 128), seed=0, workers=2)
    return folder


@pytest.fixture
def config(tmp_path: Path, repository: Path, scenes: Path, monkeypatch) -> Path:
    """A model of 2,000 parameters on the scenes, trained in seconds."""
    monkeypatch.setenv('SYNTHETIC_DATASET', str(scenes))
    path = tmp_path / 'tiny.py'
    path.write_text(CONFIG.format(base=str(repository / 'configs/wavemix_64_6_l3_synthetic.py')))
    return path
