"""What befalls a run from outside: a sentence, the checkpoint to go on from, nothing lost."""

import errno
import os
import re
import shutil
import signal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmcv.transforms import BaseTransform
from mmengine.hooks import Hook
from mmengine.registry import HOOKS, TRANSFORMS
from mmengine.runner import Runner

from mmseg_wavemix.checkpoints import atomic
from mmseg_wavemix.engine import FiniteLossHook
from mmseg_wavemix.errors import InputError
from tests.test_engine.recipe import differences, left, write
from tests.test_engine.test_training import run


@HOOKS.register_module()
class PoisonHook(Hook):
    """Makes a weight nan before a step, or after the last one of an epoch."""

    priority = 'LOW'

    def __init__(self, step: int | None = None, epoch: int | None = None) -> None:
        self.step, self.epoch = step, epoch

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict) -> None:
        if runner.iter + 1 == self.step:
            next(runner.model.parameters()).data.fill_(float('nan'))

    def after_train_epoch(self, runner: Runner) -> None:
        if runner.epoch + 1 == self.epoch:
            next(runner.model.parameters()).data.fill_(float('inf'))


@TRANSFORMS.register_module()
class DyingTransform(BaseTransform):
    """Kills the worker that it runs in, once there is a checkpoint."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def transform(self, results: dict) -> dict:
        if list(Path(self.folder).glob('epoch_1.pth')):
            os.kill(os.getpid(), signal.SIGKILL)
        return results


@HOOKS.register_module()
class SpoilHook(Hook):
    """Damages the files of the data set after the first epoch."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def before_train_epoch(self, runner: Runner) -> None:
        if runner.epoch == 1:
            for path in Path(runner.train_dataloader.dataset.data_root).rglob(self.pattern):
                path.write_bytes(path.read_bytes()[:-100])


def test_a_loss_that_is_no_number(config: Path, tmp_path: Path) -> None:
    """Stops with iteration, images and checkpoint; without the fault, nothing is lost."""
    path = write(config, more="default_hooks['p'] = dict(type='PoisonHook', step=6)\n")
    with pytest.raises(InputError) as error:
        run(path, tmp_path / 'run')
    message = str(error.value)
    for part in (
        'the loss is nan at iteration 6 (epoch 2)', '_leftImg8bit.png, ', 'lower the learning rate',
        f'go on by --resume from {tmp_path / "run" / "epoch_1.pth"}',
    ):  # fmt: skip
        assert part in message
    path = write(config)
    run(path, tmp_path / 'run', resume='auto')
    run(path, tmp_path / 'whole')
    assert differences(left(tmp_path / 'run', 3), left(tmp_path / 'whole', 3)) == []


def test_weights_that_are_no_numbers_are_not_saved(config: Path, tmp_path: Path) -> None:
    path = write(config, more="default_hooks['p'] = dict(type='PoisonHook', epoch=2)\n")
    with pytest.raises(InputError, match='weight is not finite after iteration 8.*epoch_1.pth'):
        run(path, tmp_path / 'run')
    assert [file.name for file in (tmp_path / 'run').glob('epoch_*')] == ['epoch_1.pth']


def _amp_runner(tmp_path: Path, mean: float = 0.0) -> SimpleNamespace:
    scaler = SimpleNamespace(is_enabled=lambda: True)
    model = torch.nn.BatchNorm2d(2)
    model.running_mean.fill_(mean)
    return SimpleNamespace(
        optim_wrapper=SimpleNamespace(loss_scaler=scaler),
        model=model,
        logger=SimpleNamespace(warning=lambda text: None),
        iter=4,
        epoch=0,
        work_dir=str(tmp_path),
    )


def test_steps_that_a_loss_scaler_leaves_out(tmp_path: Path) -> None:
    hook, runner = FiniteLossHook(patience=3), _amp_runner(tmp_path)
    bad, good = dict(loss=torch.tensor(float('inf'))), dict(loss=torch.tensor(1.0))
    for outputs in (bad, bad, good, bad, bad):
        hook.after_train_iter(runner, 0, {}, outputs)
    with pytest.raises(InputError, match='inf at iteration 5 .* 3 times in a row'):
        hook.after_train_iter(runner, 0, {}, bad)
    runner = _amp_runner(tmp_path, mean=float('nan'))
    with pytest.raises(InputError, match='with running_mean is not finite.*the beginning'):
        FiniteLossHook().after_train_iter(runner, 0, {}, bad)


def test_a_loss_scaler_leaves_the_weights_alone() -> None:
    """That is what the hook relies on."""
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scaler = torch.amp.GradScaler('cpu', init_scale=4.0)
    scaler.scale((weight * float('inf')).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    assert weight.tolist() == [1, 1] and scaler.get_scale() == 2


def test_a_full_disk(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the second epoch's checkpoint is written; there is room again afterwards."""
    path = write(config)
    original = os.fsync

    def full(number: int) -> None:
        if os.readlink(f'/proc/self/fd/{number}').endswith('.epoch_2.pth.part'):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(number)

    folder = tmp_path / 'run'
    with monkeypatch.context() as patch:
        patch.setattr(os, 'fsync', full)
        with pytest.raises(InputError) as error:
            run(path, folder)
    assert str(error.value) == (
        f'{folder / "epoch_2.pth"} cannot be written (No space left on device): make room, and go '
        f'on by --resume from {folder / "epoch_1.pth"}'
    )
    assert (folder / 'last_checkpoint').read_text() == str(folder / 'epoch_1.pth')
    assert not [file for file in folder.iterdir() if file.name.endswith('.part')]
    run(path, folder, resume='auto')
    run(path, tmp_path / 'whole')
    assert differences(left(folder, 3), left(tmp_path / 'whole', 3)) == []


def test_a_full_disk_at_the_best_checkpoint(config: Path, tmp_path: Path, monkeypatch) -> None:
    """It is the run's own checkpoint that is named, not one of the folder above."""
    path, original, folder = write(config), os.fsync, tmp_path / 'runs' / 'run'

    def full(number: int) -> None:
        if '.best_' in os.readlink(f'/proc/self/fd/{number}'):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(number)

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(InputError, match='best_mIoU.* cannot be written') as error:
        run(path, folder)
    newest = max(folder.glob('epoch_*.pth'))
    assert str(error.value).endswith(f'go on by --resume from {newest}')


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='needs a full device')
def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """By the system's own full device, under the name that is written to."""
    path = tmp_path / 'c.pth'
    atomic.write_whole(path, b'old')
    (tmp_path / '.c.pth.part').symlink_to('/dev/full')
    with pytest.raises(OSError, match='No space left on device') as error:
        atomic.write_whole(path, b'new')
    assert error.value.filename == str(path)
    assert path.read_bytes() == b'old' and list(tmp_path.iterdir()) == [path]
    atomic.write_whole(path, b'new')
    assert path.read_bytes() == b'new'


def test_a_worker_is_killed(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / 'run'
    more = (
        "train_dataloader['dataset']['pipeline'].insert("
        f"3, dict(type='DyingTransform', folder='{folder}'))\n"
    )
    path = write(config, workers=1, more=more)
    with pytest.raises(InputError) as error:
        run(path, folder)
    message = str(error.value)
    found = r'DataLoader worker \(pid.*\) (is killed by signal: Killed|exited unexpectedly): most'
    assert re.match(found, message) and '\n' not in message
    assert 'num_workers' in message and message.endswith(f'{folder / "epoch_1.pth"}')


@pytest.mark.parametrize(
    ('workers', 'kind'), [(2, '*_leftImg8bit.png'), (0, '*_labelTrainIds.png')]
)
def test_a_file_goes_bad_during_the_run(
    config: Path, tmp_path: Path, scenes: Path, monkeypatch, workers: int, kind: str
) -> None:
    data = Path(shutil.copytree(scenes, tmp_path / 'data'))
    monkeypatch.setenv('SYNTHETIC_DATASET', str(data))
    more = f"default_hooks['p'] = dict(type='SpoilHook', pattern='{kind}')\n"
    folder = tmp_path / 'run'
    with pytest.raises(InputError) as error:
        run(write(config, workers=workers, more=more), folder)
    message = str(error.value)
    assert message.startswith(str(data)) and kind[1:] in message and '\n' not in message
    assert 'damaged, copy it again' in message and (folder / 'epoch_1.pth').is_file()
    if workers:
        assert message.endswith(f'go on by --resume from {folder / "epoch_1.pth"}')


def test_faults_of_transforms_stay_what_they_are(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sound file is not blamed."""
    from mmseg.datasets.transforms import PackSegInputs

    def broken(self: object, results: dict) -> dict:
        raise ValueError(f'mine, {np.zeros(1)[0]}')

    monkeypatch.setattr(PackSegInputs, 'transform', broken)
    with pytest.raises(ValueError, match='^mine, 0.0$'):
        run(write(config), tmp_path / 'run')
