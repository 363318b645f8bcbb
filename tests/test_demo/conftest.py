from pathlib import Path

import pytest

from mmseg_wavemix.inference import load_model
from tests.clips import write_clip
from tests.tiny_model import picture, save_model


@pytest.fixture(scope='session')
def trained(tmp_path_factory) -> tuple[Path, Path]:
    """A config and a checkpoint."""
    return save_model(tmp_path_factory.mktemp('model'))


@pytest.fixture(scope='session')
def model(trained):
    return load_model(*trained, 'cpu', fused=True)


@pytest.fixture(scope='session')
def clip(tmp_path_factory) -> Path:
    """Twelve frames of 96x64 pixels at 12.5 frames per second, each another picture."""
    path = tmp_path_factory.mktemp('clips') / 'drive.mp4'
    return write_clip(path, [picture(64, 96, seed) for seed in range(12)], 12.5)
