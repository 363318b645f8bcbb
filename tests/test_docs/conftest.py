"""A place where the commands of the documentation run in seconds, as they stand there."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS
from PIL import Image

from tests.clips import write_clip
from tests.conftest import REPOSITORY

CONFIGS = ('wavemix_64_6_l3_synthetic', 'wavemix_64_6_l4_camvid', 'wavemix_256_16_l4_cityscapes')
# what stands for something of the reader's, and what it is in the workspace
STANDS_FOR = {
    'CONFIG': 'configs/wavemix_64_6_l3_synthetic.py',
    'CHECKPOINT': 'checkpoint.pth',
    'OTHER_CHECKPOINT': 'other_checkpoint.pth',
    'PICTURE': 'picture.png',
    'VIDEO': 'video.mp4',
    'FOLDER': 'folder',
    'PREDICTIONS': 'predictions_given',
    'OTHER_PREDICTIONS': 'other_predictions',
}
# Sizes on the pages are for the reader's scenes, which `make demo` draws; those of the workspace
# have a quarter of their sides, and what is run here gets a quarter of the sizes.
SMALLER = {'256x512': '64x128', '256,256': '64,64', '128,128': '32,32'}
# like the fixture `config` of all tests, and half as long
TINY = """
_base_ = [{base!r}]
model = dict(
    backbone=dict(embed_dims=8, depth=1, level=1), decode_head=dict(in_channels=8))
train_cfg = dict(max_epochs=1, val_interval=1)
train_dataloader = dict(batch_size=4, num_workers=0, persistent_workers=False)
val_dataloader = dict(num_workers=0, persistent_workers=False)
test_dataloader = dict(num_workers=0, persistent_workers=False)
optim_wrapper = dict(_delete_=True, type='OptimWrapper', optimizer=dict(type='AdamW', lr=3e-3))
param_scheduler = None
"""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """On pictures this small, two threads mostly wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def write_predictions(folder: Path, scenes: Path, shift: int) -> None:
    """The ground truth of the validation scenes, moved sideways."""
    folder.mkdir()
    for truth in scenes.glob('gtFine/val/*/*_labelIds.png'):
        ids = np.roll(np.array(Image.open(truth)), shift, axis=1)
        name = truth.name.replace('_gtFine_labelIds', '_leftImg8bit')
        Image.fromarray(ids).save(folder / name)


def write_own_data(folder: Path) -> None:
    """Pictures and labels as docs/own_dataset.md describes them: three classes and void."""
    random = np.random.default_rng(0)
    for split, count in (('train', 4), ('val', 2)):
        for kind in ('images', 'labels'):
            (folder / kind / split).mkdir(parents=True)
        for i in range(count):
            picture = random.integers(0, 256, (64, 96, 3), np.uint8)
            label = random.choice(np.array([0, 1, 2, 255], np.uint8), (64, 96))
            Image.fromarray(picture).save(folder / 'images' / split / f'{i}.jpg')
            Image.fromarray(label).save(folder / 'labels' / split / f'{i}.png')


def make_workspace(folder: Path, scenes: Path) -> Path:
    """Tools, configs of tiny models, data, a checkpoint, predictions.

    The reader's own files are there as :data:`STANDS_FOR` calls them.
    """
    (folder / 'configs').mkdir(parents=True)
    (folder / 'data').mkdir()
    for name in ('tools', 'docs', 'tests'):
        (folder / name).symlink_to(REPOSITORY / name)
    for name in ('_base_', 'mmpretrain', 'default_runtime.py'):
        (folder / 'configs' / name).symlink_to(REPOSITORY / 'configs' / name)
    for name in CONFIGS:
        base = str(REPOSITORY / 'configs' / f'{name}.py')
        (folder / 'configs' / f'{name}.py').write_text(TINY.format(base=base))
    for name in ('synthetic', 'camvid', 'cityscapes'):
        (folder / 'data' / name).symlink_to(scenes)
    write_own_data(folder / 'data' / 'mine')
    config = folder / 'configs' / f'{CONFIGS[0]}.py'
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(config).model)
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, folder / 'checkpoint.pth')
    shutil.copy(folder / 'checkpoint.pth', folder / 'other_checkpoint.pth')
    (folder / 'work_dirs' / 'demo-1').mkdir(parents=True)
    (folder / 'work_dirs' / 'demo-1' / 'last.pth').symlink_to(folder / 'checkpoint.pth')
    write_predictions(folder / 'predictions_given', scenes, 3)
    write_predictions(folder / 'other_predictions', scenes, 5)
    pictures = sorted(scenes.glob('leftImg8bit/val/*/*.png'))
    (folder / 'picture.png').symlink_to(pictures[0])
    (folder / 'folder').mkdir()
    shutil.copy(pictures[1], folder / 'folder' / 'street.png')
    write_clip(folder / 'video.mp4', [np.asarray(Image.open(p)) for p in pictures[:2]], 5)
    return folder


def filled(text: str) -> str:
    """A command or program with files of the workspace in the place of what is the reader's."""
    names = '|'.join(sorted(STANDS_FOR, key=len, reverse=True))
    return re.sub(rf'(?<![\w/])({names})\b', lambda match: STANDS_FOR[match[1]], text)


def smaller(word: str) -> str:
    """A word of a command with the size of the workspace's scenes, not of the reader's."""
    name, equals, value = word.rpartition('=')
    return name + equals + SMALLER.get(value, value)


@pytest.fixture
def workspace(tmp_path: Path, scenes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh one, the current folder."""
    for name in ('SYNTHETIC', 'CAMVID', 'CITYSCAPES'):
        monkeypatch.delenv(f'{name}_DATASET', raising=False)
    subplots = plt.subplots

    def small(*args, dpi=None, **options):
        return subplots(*args, **options)

    monkeypatch.setattr(plt, 'subplots', small)  # mmseg's confusion matrix has 100 megapixels
    folder = make_workspace(tmp_path / 'clone', scenes)
    monkeypatch.chdir(folder)
    return folder
