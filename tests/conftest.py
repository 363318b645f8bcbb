import os
from pathlib import Path

import pytest
import torch
from mmengine.registry import init_default_scope

import mmseg_wavemix  # noqa: F401  registers everything

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True, scope='session')
def two_threads() -> None:
    """The suite's time is promised for two cores."""
    torch.set_num_threads(2)
    init_default_scope('mmseg')


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
