"""Two ranks on the CPU: the same gradients as one, the same end when one is stopped."""

import multiprocessing
import os
import signal
import socket
from pathlib import Path

import pytest
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from mmseg_wavemix.checkpoints import read_checkpoint
from mmseg_wavemix.config import load_config
from mmseg_wavemix.engine.training import train
from tests.test_engine.recipe import differences, left, write

# GroupNorm sees one picture at a time, as SyncBN, which needs GPUs, sees all of them; the mean is
# over all pixels: one over those that are not void, or weighted by class, differs between ranks
ALIKE = """
_base_ = './tiny.py'
model = dict(
    backbone=dict(norm_cfg=dict(type='GN', num_groups=2), depth=2, level=2),
    decode_head=dict(loss_decode=dict(_delete_=True, type='CrossEntropyLoss')))
train_dataloader = dict(batch_size={batch}, dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]))
optim_wrapper = dict(_delete_=True, type='OptimWrapper', optimizer=dict(type='SGD', lr=0.5))
param_scheduler = []
train_cfg = dict(max_epochs={epochs})
val_cfg = val_dataloader = val_evaluator = None
default_hooks = dict(checkpoint=dict(save_best=None, max_keep_ckpts=-1))
"""


@HOOKS.register_module(force=True)  # a process may import this file under two names
class SecondRankHook(Hook):
    """The signal reaches one rank alone."""

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict) -> None:
        if runner.iter + 1 == 3 and get_rank() == 1:
            os.kill(os.getpid(), signal.SIGTERM)


def rank(number: int, of: int, port: int, path: Path, folder: Path) -> None:
    """Trains as one of several ranks."""
    torch.set_num_threads(1)
    with open(os.devnull, 'w') as nowhere:
        os.dup2(nowhere.fileno(), 1)
    cfg = load_config(path)
    cfg.work_dir, cfg.launcher = str(folder), 'none'
    if of > 1:
        cfg.launcher = 'pytorch'
        os.environ |= dict(RANK=str(number), LOCAL_RANK=str(number), WORLD_SIZE=str(of),
                           MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))  # fmt: skip
    train(cfg, path, resume='auto')


@pytest.fixture(scope='module')
def context() -> multiprocessing.context.BaseContext:
    """Processes that begin with everything imported."""
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(
        ['tests.test_engine.test_killed', 'tests.test_engine.test_ranks']
    )
    return context


def run(context, path: Path, folder: Path, ranks: int) -> list[int]:
    """Exit status of each rank."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    args = [(number, ranks, port, path, folder) for number in range(ranks)]
    processes = [context.Process(target=rank, args=one) for one in args]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    for process in processes:
        process.kill()  # what hangs (cpython#112275, in Python 3.11.7) would outlive the test
        process.join()
    return [process.exitcode for process in processes]


pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason='about ranks without CUDA')


def test_gradients_of_two_ranks_are_those_of_the_double_batch(
    config: Path, tmp_path: Path, context
) -> None:
    """Steps of plain gradient descent: the weights' change is the gradient."""
    changes = []
    for ranks, batch in ((1, 8), (2, 4)):
        path = config.with_name(f'ranks{ranks}.py')
        path.write_text(ALIKE.format(batch=batch, epochs=3))
        folder = tmp_path / f'run{ranks}'
        assert run(context, path, folder, ranks) == [0] * ranks
        one, two, three = (
            read_checkpoint(folder / f'epoch_{epoch}.pth')['state_dict'] for epoch in (1, 2, 3)
        )
        changes.append({name: (two[name] - one[name], three[name] - two[name]) for name in one})
    assert max(step.abs().max() for steps in changes[0].values() for step in steps) > 1e-3
    for name, steps in changes[0].items():
        torch.testing.assert_close(changes[1][name], steps, atol=2e-6, rtol=1e-3, msg=name)


def test_a_signal_to_one_rank_stops_both_at_one_step(config: Path, tmp_path: Path, context) -> None:
    path = write(config, workers=1, epochs=2)  # two ranks: two steps an epoch
    assert run(context, path, tmp_path / 'whole', 2) == [0, 0]
    signalled = config.with_name('signalled.py')
    signalled.write_text(
        f"_base_ = './{path.name}'\ndefault_hooks = dict(s=dict(type='SecondRankHook'))\n"
    )
    folder = tmp_path / 'stopped'
    assert run(context, signalled, folder, 2) == [128 + signal.SIGTERM] * 2
    record = read_checkpoint(folder / 'epoch_1_iter_3.pth')['interruption']
    assert record['batches'] == 1 and len(record['random']) == 2
    assert run(context, path, folder, 2) == [0, 0]
    assert differences(left(folder, 2), left(tmp_path / 'whole', 2)) == []
