import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CONFIG = """
_base_ = [{base!r}]
model = dict(
    backbone=dict(embed_dims=8, depth=1, level=1), decode_head=dict(in_channels=8))
train_cfg = dict(max_epochs=2, val_interval=1)
train_dataloader = dict(batch_size=4, num_workers=0, persistent_workers=False)
val_dataloader = dict(num_workers=0, persistent_workers=False)
test_dataloader = dict(num_workers=0, persistent_workers=False)
optim_wrapper = dict(_delete_=True, type='OptimWrapper', optimizer=dict(type='AdamW', lr=3e-3))
param_scheduler = []
"""


@pytest.fixture
def config(tmp_path: Path, repository: Path, scenes: Path, monkeypatch) -> Path:
    """A model of 2,000 parameters on the scenes, trained in seconds."""
    monkeypatch.setenv('SYNTHETIC_DATASET', str(scenes))
    path = tmp_path / 'tiny.py'
    path.write_text(CONFIG.format(base=str(repository / 'configs/wavemix_48_4_l3_synthetic.py')))
    return path


@pytest.fixture
def tool(repository: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Calls a command line as a user would, from a folder of its own, without an installation."""

    def call(name: str, *args: object, launch: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, *launch, str(repository / 'tools' / name), *map(str, args)],
            cwd=tmp_path,
            env={**os.environ, 'OMP_NUM_THREADS': '1'},
            capture_output=True,
            text=True,
            timeout=300,
        )

    return call
