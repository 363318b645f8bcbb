"""Small frames in Cityscapes layout: predictions and ground truth as label ids."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cityscapesscripts.helpers.labels import id2label
from PIL import Image

TRAIN_IDS = np.array([id2label[i].trainId for i in range(34)], dtype=np.uint8)


def save(path: Path, array: np.ndarray) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)
    return str(path)


@pytest.fixture
def add_frame() -> Callable[..., tuple[str, str]]:
    """Writes one frame below a root: ``gtFine/val/city`` and, if given, ``results``."""

    def add(
        root: Path,
        number: int,
        labels: np.ndarray,
        prediction: np.ndarray | None = None,
        instances: np.ndarray | None = None,
        city: str = 'hof',
    ) -> tuple[str, str]:
        stem = f'{city}_{number:06d}_000019'
        folder = root / 'gtFine' / 'val' / city
        labels = np.asarray(labels, dtype=np.uint8)
        instances = labels if instances is None else instances
        truth = save(folder / f'{stem}_gtFine_labelIds.png', labels)
        save(folder / f'{stem}_gtFine_labelTrainIds.png', TRAIN_IDS[labels])
        save(folder / f'{stem}_gtFine_instanceIds.png', np.asarray(instances, dtype=np.uint16))
        file = root / 'results' / f'{stem}_leftImg8bit.png'
        if prediction is not None:
            save(file, np.asarray(prediction, dtype=np.uint8))
        return str(file), truth

    return add


@pytest.fixture
def real_truth() -> Path:
    """Label ids of one real Cityscapes frame, which may not be redistributed."""
    default = Path(__file__).parents[2] / '..' / 'shared' / 'data'
    data = Path(os.environ.get('WAVEMIX_SHARED_DATA', default))
    folder = data / 'cityscapes_frame' / 'gtFine' / 'val' / 'frankfurt'
    path = folder / 'frankfurt_000000_000294_gtFine_labelIds.png'
    if not path.is_file():
        pytest.skip(f'no Cityscapes frame: {path} is absent (set WAVEMIX_SHARED_DATA)')
    return path
