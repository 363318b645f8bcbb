"""What an epoch draws depends on the run's seed, the epoch and the rank, and on nothing else."""

import random
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.dataset import worker_init_fn
from mmengine.hooks import Hook
from mmengine.registry import FUNCTIONS, HOOKS
from mmengine.runner import Runner
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mmseg_wavemix.config import load_config
from mmseg_wavemix.engine import EpochSeedHook, epoch_seed, seed_worker
from tests.test_engine.test_training import run

RECIPE = """
_base_ = './tiny.py'
train_dataloader = dict(
    num_workers={workers},
    dataset=dict(pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='LoadAnnotations'),
        dict(type='RandomCrop', crop_size=(48, 64)),
        dict(type='RandomFlip', prob=0.5),
        dict(type='PackSegInputs', meta_keys=('img_path', 'flip')),
    ]))
train_cfg = dict(max_epochs={epochs})
val_cfg = val_dataloader = val_evaluator = None
default_hooks = dict(checkpoint=dict(max_keep_ckpts=-1, save_best=None))
custom_hooks = [dict(type='EpochSeedHook'), dict(type='PicturesHook')]
randomness = dict(seed={seed})
"""


@HOOKS.register_module()
class PicturesHook(Hook):
    """Keeps what the model is given: for each epoch, by the image's path, in order."""

    def __init__(self) -> None:
        self.epochs: dict[int, dict[str, tuple[bool, Tensor]]] = {}

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict) -> None:
        pictures = self.epochs.setdefault(runner.epoch, {})
        for image, sample in zip(data_batch['inputs'], data_batch['data_samples']):
            pictures[sample.img_path] = (sample.flip, image.clone())


class Draws(Dataset):
    """Four numbers of each generator."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> tuple[float, float, float]:
        return random.random(), float(np.random.rand()), float(torch.rand(()))


def write(config: Path, epochs: int, workers: int = 0, seed: int | None = 0) -> Path:
    path = config.with_name('seed.py')
    path.write_text(RECIPE.format(epochs=epochs, workers=workers, seed=seed))
    return path


def pictures_of(runner: Runner) -> dict[int, dict[str, tuple[bool, Tensor]]]:
    (hook,) = (hook for hook in runner.hooks if isinstance(hook, PicturesHook))
    return hook.epochs


def same(first: dict[str, tuple[bool, Tensor]], second: dict[str, tuple[bool, Tensor]]) -> bool:
    """The same images, in the same order, cut and flipped in the same way."""
    return list(first) == list(second) and all(
        first[path][0] == second[path][0] and torch.equal(first[path][1], second[path][1])
        for path in first
    )


@pytest.mark.parametrize('workers', [0, 2])
def test_epochs_differ_and_runs_do_not(config: Path, tmp_path: Path, workers: int) -> None:
    path = write(config, epochs=3, workers=workers)
    first = pictures_of(run(path, tmp_path / 'first'))
    resumed = run(path, tmp_path / 'second', resume=str(tmp_path / 'first' / 'epoch_1.pth'))
    second = pictures_of(resumed)
    assert list(second) == [1, 2] and len(first[0]) == 8
    for epoch in second:
        assert same(first[epoch], second[epoch])
        earlier, later = first[epoch - 1], first[epoch]
        assert [earlier[image][0] for image in earlier] != [later[image][0] for image in earlier]
        assert sum(torch.equal(earlier[image][1], later[image][1]) for image in earlier) <= 2


def test_runs_without_a_seed_of_their_own(config: Path, tmp_path: Path) -> None:
    """mmengine draws one: two runs differ, but a resumed one goes on with the first run's."""
    path = write(config, epochs=2, seed=None)
    first = run(path, tmp_path / 'first')
    other = run(path, tmp_path / 'other')
    resumed = run(path, tmp_path / 'more', resume=str(tmp_path / 'first' / 'epoch_1.pth'))
    assert first.seed == resumed.seed != other.seed
    assert same(pictures_of(first)[1], pictures_of(resumed)[1])
    assert not same(pictures_of(first)[0], pictures_of(other)[0])
    weights = resumed.model.state_dict()
    assert all(torch.equal(v, weights[name]) for name, v in first.model.state_dict().items())


def test_seed_is_made_of_run_epoch_and_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    def draws(seed: int, epoch: int, rank: int) -> tuple[float, float, float]:
        monkeypatch.setattr(epoch_seed, 'get_rank', lambda: rank)
        EpochSeedHook().before_train_epoch(SimpleNamespace(seed=seed, epoch=epoch))
        return Draws()[0]

    expected = draws(3, 1, 0)
    assert draws(3, 1, 0) == expected
    for other in (draws(1, 3, 0), draws(3, 2, 0), draws(3, 1, 1), draws(2**31 - 1, 1, 0)):
        assert all(a != b for a, b in zip(other, expected))


def test_workers_of_one_epoch_do_not_repeat_themselves() -> None:
    """mmengine's own function would make them."""

    def epoch(function) -> Tensor:
        loader = DataLoader(Draws(), batch_size=None, num_workers=2, worker_init_fn=function)
        return torch.tensor([list(sample) for sample in loader])

    assert FUNCTIONS.get('seed_worker') is seed_worker
    torch.manual_seed(0)
    first, second = epoch(seed_worker), epoch(seed_worker)
    assert (first != second).all() and len(first.unique()) == 12
    torch.manual_seed(0)
    assert torch.equal(epoch(seed_worker), first)
    constant = partial(worker_init_fn, num_workers=2, rank=0, seed=0)
    assert torch.equal(epoch(constant), epoch(constant))


def test_workers_that_do_not_follow_are_warned_about(repository: Path) -> None:
    loader = partial(DataLoader, Draws(), num_workers=2)
    assert epoch_seed._workers_follow(loader(worker_init_fn=partial(seed_worker)))
    assert epoch_seed._workers_follow(DataLoader(Draws()))
    assert not epoch_seed._workers_follow(loader())
    assert not epoch_seed._workers_follow(
        loader(worker_init_fn=partial(seed_worker), persistent_workers=True)
    )
    for path in sorted(repository.glob('configs/wavemix_*.py')):
        train_dataloader = load_config(path).train_dataloader
        assert not train_dataloader.persistent_workers, path
        assert train_dataloader.worker_init_fn == dict(type='seed_worker'), path
