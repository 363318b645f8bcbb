"""SIGTERM and Ctrl-C at any step: what is saved, and that nothing differs afterwards."""

import os
import signal
from pathlib import Path

import pytest
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from mmseg_wavemix.checkpoints import read_checkpoint
from mmseg_wavemix.engine.interruption import Interrupted, InterruptionHook
from tests.test_engine.recipe import differences, left, write
from tests.test_engine.test_training import run


@HOOKS.register_module()
class SignalHook(Hook):
    """Sends this process a signal in the midst of a step, or of a validation."""

    priority = 'HIGHEST'

    def __init__(self, step: int | None = None, validation: int | None = None) -> None:
        self.step, self.validation = step, validation

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict) -> None:
        if runner.iter + 1 == self.step:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)  # launchers pass on what ranks got already

    def before_val_iter(self, runner: Runner, batch_idx: int, data_batch: dict) -> None:
        if runner.epoch == self.validation and batch_idx == 1:
            os.kill(os.getpid(), signal.SIGINT)


def stopped(path: Path, work_dir: Path, where: str, resume: str | None = None) -> int:
    """Runs until a signal; its exit status."""
    hooks = path.with_name('stopped.py')
    hooks.write_text(f"_base_ = './{path.name}'\ndefault_hooks = dict(s=dict({where}))\n")
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Interrupted) as stop:
        run(hooks, work_dir, resume=resume)
    assert signal.getsignal(signal.SIGTERM) == before
    return stop.value.code


@pytest.mark.parametrize('workers', [0, 2])
def test_in_the_midst_of_epochs(config: Path, tmp_path: Path, workers: int) -> None:
    """Twice in one run: step 2 of epoch 1, step 3 of epoch 2, which has 4."""
    path = write(config, workers=workers)
    run(path, tmp_path / 'whole')
    folder = tmp_path / 'stopped'
    assert stopped(path, folder, "type='SignalHook', step=2") == 128 + signal.SIGTERM
    (first,) = folder.glob('*.pth')
    assert first.name == 'epoch_0_iter_2.pth'
    assert (folder / 'last_checkpoint').read_text() == str(first)
    record = read_checkpoint(first)['interruption']
    assert record['batches'] == 2 and len(record['random']) == 1
    stopped(path, folder, "type='SignalHook', step=7", resume='auto')
    assert sorted(p.name for p in folder.glob('epoch_*')) == ['epoch_1.pth', 'epoch_1_iter_7.pth']
    run(path, folder, resume='auto')
    assert differences(left(folder, 3), left(tmp_path / 'whole', 3)) == []


def test_the_comparison_notices_a_lost_random_state(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(config, epochs=1)
    run(path, tmp_path / 'whole')
    stopped(path, tmp_path / 'stopped', "type='SignalHook', step=2")
    monkeypatch.setattr('mmseg_wavemix.engine.interruption.set_random_state', lambda state: None)
    run(path, tmp_path / 'stopped', resume='auto')
    assert differences(left(tmp_path / 'stopped', 1), left(tmp_path / 'whole', 1))


@pytest.mark.parametrize(
    ('where', 'saved'),
    [
        ('step=8', {'epoch_1.pth', 'epoch_2.pth'}),  # the last of epoch 2: its checkpoint is enough
        ('validation=2', {'epoch_1.pth', 'epoch_2.pth'}),  # which will be repeated
    ],
)
def test_between_epochs(config: Path, tmp_path: Path, where: str, saved: set[str]) -> None:
    path = write(config)
    run(path, tmp_path / 'whole')
    folder = tmp_path / 'stopped'
    code = stopped(path, folder, f"type='SignalHook', {where}")
    assert code == 128 + (signal.SIGTERM if 'step' in where else signal.SIGINT)
    assert {file.name for file in folder.glob('epoch_*.pth')} == saved
    run(path, folder, resume='auto')
    assert differences(left(folder, 3), left(tmp_path / 'whole', 3)) == []


def test_where_no_periodic_checkpoint_is_due(config: Path, tmp_path: Path) -> None:
    """At the end of an epoch, and in the validation after it."""
    more = "default_hooks['checkpoint'] = dict(interval=3)\n"
    path = write(config, more=more)
    run(path, tmp_path / 'whole')
    for where in ('step=4', 'validation=1'):
        folder = tmp_path / where
        stopped(path, folder, f"type='SignalHook', {where}")
        assert [file.name for file in folder.glob('epoch_*.pth')] == ['epoch_1_iter_4.pth']
        run(path, folder, resume='auto')
        assert differences(left(folder, 3), left(tmp_path / 'whole', 3)) == []


def test_gradients_that_wait_for_the_next_step(config: Path, tmp_path: Path) -> None:
    """They are in no checkpoint: the run goes on until the optimizer has used them."""
    path = write(config, epochs=2, more='optim_wrapper = dict(accumulative_counts=3)\n')
    run(path, tmp_path / 'whole')
    folder = tmp_path / 'stopped'
    stopped(path, folder, "type='SignalHook', step=5")
    assert (folder / 'epoch_1_iter_6.pth').is_file()
    run(path, folder, resume='auto')
    assert differences(left(folder, 2), left(tmp_path / 'whole', 2)) == []


def test_a_second_ctrl_c_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    hook, now = InterruptionHook(), 100.0
    monkeypatch.setattr('mmseg_wavemix.engine.interruption.time.monotonic', lambda: now)
    hook._on_signal(signal.SIGINT, None)
    hook._on_signal(signal.SIGINT, None)  # a launcher's
    hook._on_signal(signal.SIGTERM, None)
    now = 101.5
    hook._on_signal(signal.SIGTERM, None)
    with pytest.raises(KeyboardInterrupt):
        hook._on_signal(signal.SIGINT, None)
