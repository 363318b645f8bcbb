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


@pytest.fixture(scope='session')
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight training and four validation scenes, 64x128, in Cityscapes layout: do not change."""
    from mmseg_wavemix.datasets.synthetic import generate_dataset

    folder = tmp_path_factory.mktemp('scenes') / 'data'
    generate_dataset(folder, train=8, val=4, size=(64, 128), seed=0, workers=2)
    return folder
