"""SIGKILL at random moments, and in the midst of every kind of write.

    WAVEMIX_KILLS=20 python -m pytest tests/test_engine/test_killed.py -s

kills as often as the number says, and tells where.
"""

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import pytest
import torch
from mmengine.runner import Runner

from mmseg_wavemix.checkpoints import atomic
from mmseg_wavemix.checkpoints.newest import fault_of
from mmseg_wavemix.config import load_config
from mmseg_wavemix.engine import EpochSeedHook
from mmseg_wavemix.engine.training import train
from tests.test_engine.recipe import differences, left, write

KILLS = int(os.environ.get('WAVEMIX_KILLS', 3))


def child(path: Path, folder: Path, dies_at: tuple[str, int] | None = None) -> None:
    """Trains, or goes on, in a process of its own.

    Args:
        path: config.
        folder: work directory.
        dies_at: ``'write'``, ``'rename'`` or ``'remove'``, and which of them is the last.
    """
    torch.set_num_threads(1)
    with open(os.devnull, 'w') as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    if dies_at is not None:
        owner, name = {
            'write': (os, 'fsync'),
            'rename': (os, 'replace'),
            'remove': (atomic.AtomicBackend, 'remove'),
        }[dies_at[0]]
        original, calls = getattr(owner, name), [0]

        def dying(*args: object) -> object:
            calls[0] += 1
            if calls[0] == dies_at[1]:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*args)

        setattr(owner, name, dying)
    reseed = EpochSeedHook.before_train_epoch

    def begin(hook: EpochSeedHook, runner: Runner) -> None:
        folder.with_suffix('.begun').touch()
        reseed(hook, runner)

    EpochSeedHook.before_train_epoch = begin
    cfg = load_config(path)
    cfg.work_dir, cfg.launcher = str(folder), 'none'
    train(cfg, path, resume='auto')


@pytest.fixture(scope='module')
def context() -> multiprocessing.context.BaseContext:
    """Processes that begin with everything imported."""
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['tests.test_engine.test_killed'])
    return context


def start(context, path: Path, folder: Path) -> multiprocessing.Process:
    """A run that has begun its first epoch, or is at its end already."""
    begun = folder.with_suffix('.begun')
    begun.unlink(missing_ok=True)
    process = context.Process(target=child, args=(path, folder))
    process.start()
    while process.is_alive() and not begun.exists():
        time.sleep(0.01)
    return process


def finish(context, path: Path, folder: Path) -> float:
    """Lets a run come to its end; how long its epochs took."""
    process = start(context, path, folder)
    begun = time.monotonic()
    process.join(200)
    assert process.exitcode == 0
    return time.monotonic() - begun


def whole_ones(folder: Path) -> list[Path]:
    """The checkpoints there, after a look at each."""
    found = sorted(folder.glob('epoch_*.pth'))
    assert [fault_of(path) for path in found] == [None] * len(found)
    return found


def test_at_random_moments(config: Path, tmp_path: Path, context) -> None:
    epochs = 3 * KILLS
    path = write(config, epochs, workers=2)
    epoch = finish(context, path, tmp_path / 'whole') / epochs
    folder, moments = tmp_path / 'killed', random.Random(0)
    kills, reached = 0, []
    while kills < KILLS:
        process = start(context, path, folder)
        time.sleep(1.6 * epoch * moments.random())
        process.kill()
        process.join()
        if process.exitcode != -signal.SIGKILL:
            break  # too late: the run has come to its end
        kills += 1
        reached.append(max((int(p.stem.split('_')[1]) for p in whole_ones(folder)), default=0))
    print(f'{kills} kills in a run of {epochs} epochs, after epochs {reached}')
    assert kills >= 0.5 * KILLS and reached[-1] > 0
    finish(context, path, folder)
    assert differences(left(folder, epochs), left(tmp_path / 'whole', epochs)) == []


def test_in_the_midst_of_writing(config: Path, tmp_path: Path, context) -> None:
    """One checkpoint is kept, so that the moment between removing and writing would cost all."""
    path = write(config, 3, more="default_hooks['checkpoint'] = dict(max_keep_ckpts=1)\n")
    finish(context, path, tmp_path / 'whole')
    deaths = [('write', 1), ('rename', 3), ('write', 5), ('remove', 1), ('rename', 2)]
    folder, seen = tmp_path / 'killed', 0
    for dies_at in deaths:
        process = context.Process(target=child, args=(path, folder, dies_at))
        process.start()
        process.join(100)
        assert process.exitcode in (-signal.SIGKILL, 0)
        found = whole_ones(folder)
        assert len(found) >= seen, 'a checkpoint was removed before the next one was there'
        seen = min(len(found), 1)
    finish(context, path, folder)
    expected = left(tmp_path / 'whole', 3)
    found = left(folder, 3)
    assert set(differences(found, expected)) <= {'files'}
    assert not list(folder.glob('.*.part'))
