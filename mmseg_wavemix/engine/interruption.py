"""SIGTERM and Ctrl-C: the run saves where it is, leaves, and goes on from there, bit for bit."""

import itertools
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.dist import (
    all_gather_object,
    all_reduce,
    barrier,
    broadcast_object_list,
    get_rank,
    get_world_size,
    is_main_process,
)
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapperDict
from mmengine.registry import HOOKS
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from ..checkpoints.atomic import write_whole
from .whole_checkpoint import not_written

RECORD = 'interruption'  # key in the checkpoint
SIGNALS = (signal.SIGTERM, signal.SIGINT)
PATIENCE = 1  # seconds after which another Ctrl-C is one of its own


class Interrupted(SystemExit):
    """Ends the process as the signal would have: status 128 + its number, no traceback."""


@HOOKS.register_module()
class InterruptionHook(Hook):
    """Saves and leaves when asked to, at the next step of the optimizer.

    SIGTERM (batch systems send it some time before they kill) and Ctrl-C are waited out until the
    step at hand is done; a second Ctrl-C is not. The checkpoint, ``epoch_E_iter_I.pth``, then holds
    how many batches of the epoch are done, and the random state of each rank. A resumed run reseeds
    as at the epoch's beginning (:class:`EpochSeedHook`), draws those batches without training on
    them, sets the random state, and goes on: data, augmentations, dropout and weights are those of
    a run that was never stopped. The file is removed when there is a later checkpoint.

    With several ranks all of them stop at the same step, whichever got the signal. During
    validation nothing is to be lost but the validation, which is repeated.
    """

    priority = 'LOWEST'  # after the schedulers' step and the periodic checkpoint

    def __init__(self) -> None:
        self.signal: int | None = None
        self.time = 0.0  # when it came
        self.leaving: dict | None = None  # record of the checkpoint that is being written
        self.record: dict | None = None  # of the checkpoint that is resumed
        self.resumed: Path | None = None  # where that lies, if it is one of this hook
        self.saved: tuple[int, int] | None = None  # epochs and iterations of the last checkpoint
        self.skipped = 0  # batches of this epoch that were done before
        self.handlers: dict = {}

    def before_train(self, runner: Runner) -> None:
        """Takes the signals over, where that is possible: in the main thread."""
        if threading.current_thread() is threading.main_thread():
            self.handlers = {number: signal.signal(number, self._on_signal) for number in SIGNALS}

    def after_run(self, runner: Runner) -> None:
        """Gives the signals back; to be called, too, when training fails."""
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        self.handlers = {}

    def _on_signal(self, number: int, frame: object) -> None:
        # launchers pass on what their ranks have got themselves, at once
        if self.signal == number == signal.SIGINT and time.monotonic() - self.time > PATIENCE:
            raise KeyboardInterrupt
        if self.signal is None:
            self.signal, self.time = number, time.monotonic()

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Takes the record over."""
        if not runner._resume:
            return
        self.saved = (checkpoint['meta']['epoch'], checkpoint['meta']['iter'])
        self.record = checkpoint.get(RECORD)
        path = Path(runner._load_from or '')
        if self.record and path.resolve().parent == Path(runner.work_dir).resolve():
            self.resumed = path

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Notes what the last checkpoint that a run can go on from holds."""
        if self.leaving:
            checkpoint[RECORD] = self.leaving
        if 'optimizer' in checkpoint:
            self.saved = (checkpoint['meta']['epoch'], checkpoint['meta']['iter'])

    def before_train_epoch(self, runner: Runner) -> None:
        """Passes over the batches that are done."""
        if self.record and self.record['batches']:
            states = self.record['random']
            state = states[get_rank()] if len(states) == get_world_size() else None
            self.skipped = self.record['batches']
            loop = runner.train_loop
            loop.dataloader = _Rest(loop.dataloader, self.skipped, state)
            runner.logger.info(f'{self.skipped} batches of this epoch are done')
        self.record = None

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Saves and leaves, if asked to and no gradient is held back for the next step."""
        if not self._asked() or not _stepped(runner):
            return
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            self._leave(runner, runner.epoch, runner.iter + 1, 0, f'iter_{runner.iter + 1}.pth')
        if not self.end_of_epoch(runner.train_dataloader, batch_idx):  # there it comes by itself
            self._leave(runner, runner.epoch, runner.iter + 1, self.skipped + batch_idx + 1)

    def after_train_epoch(self, runner: Runner) -> None:
        """Cleans up; saves and leaves, if asked to."""
        loop = runner.train_loop
        if isinstance(loop.dataloader, _Rest):
            loop.dataloader, self.skipped = loop.dataloader.loader, 0
        if self.saved == (runner.epoch + 1, runner.iter) and self.resumed and is_main_process():
            self.resumed.unlink(missing_ok=True)
            self.resumed = None
        if self._asked():
            self._leave(runner, runner.epoch + 1, runner.iter, 0)

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: list | None = None,
    ) -> None:
        """Leaves. With several ranks only after the last picture: they may have unequal shares."""
        if get_world_size() == 1 and self.handlers and self._asked():
            self._leave(runner, runner.epoch, runner.iter, 0)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Leaves; the periodic checkpoint has the score by now if it was the best."""
        if self.handlers and self._asked():
            self._leave(runner, runner.epoch, runner.iter, 0)

    def _asked(self) -> bool:
        asked = torch.tensor(self.signal or 0)
        if get_world_size() > 1:
            all_reduce(asked, op='max')
        self.signal = int(asked) or None
        return self.signal is not None

    def _leave(
        self, runner: Runner, epoch: int, iteration: int, batches: int, name: str | None = None
    ) -> None:
        said = signal.Signals(self.signal).name
        saved = [self.saved == (epoch, iteration)]
        broadcast_object_list(saved)  # the first rank alone writes, and knows
        if saved[0]:
            runner.logger.warning(f'{said}: all is saved, go on by --resume')
        else:
            name = name or f'epoch_{epoch}_iter_{iteration}.pth'
            states = all_gather_object(random_state())
            self.leaving = dict(batches=batches, random=states if batches else [])
            if is_main_process():
                self._save(runner, epoch, iteration, Path(runner.work_dir, name))
            runner.logger.warning(f'{said}: saved {name} in {runner.work_dir}, go on by --resume')
        barrier()  # a launcher ends all ranks when one is gone
        self.after_run(runner)
        raise Interrupted(128 + self.signal)

    def _save(self, runner: Runner, epoch: int, iteration: int, path: Path) -> None:
        try:
            runner.save_checkpoint(
                str(path.parent),
                path.name,
                save_param_scheduler=runner.param_schedulers is not None,
                meta=dict(epoch=epoch, iter=iteration),
                backend_args=dict(backend='atomic'),
            )
            write_whole(path.with_name('last_checkpoint'), str(path).encode())
        except OSError as error:
            raise not_written(error, path, path.parent) from error
        if self.resumed and self.resumed.name != path.name:
            self.resumed.unlink(missing_ok=True)


def random_state() -> dict:
    """The state of Python's, numpy's and torch's generators in this process, as plain data."""
    kind, keys, *rest = np.random.get_state()
    return dict(
        python=random.getstate(),
        numpy=(kind, torch.from_numpy(keys.astype(np.int64)), *rest),
        torch=torch.get_rng_state(),
        cuda=torch.cuda.get_rng_state() if torch.cuda.is_available() else None,
    )


def set_random_state(state: dict) -> None:
    """Undoes :func:`random_state`."""
    version, keys, gauss = state['python']
    random.setstate((version, tuple(keys), gauss))
    kind, keys, *rest = state['numpy']
    np.random.set_state((kind, keys.cpu().numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state['torch'].cpu())
    if state['cuda'] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(state['cuda'].cpu())


class _Rest:
    """A data loader without its first batches, which are drawn and let go of.

    Args:
        loader: the whole.
        done: how many batches to pass over.
        state: of the generators, set when that is done; see :func:`random_state`.
    """

    def __init__(self, loader: DataLoader, done: int, state: dict | None) -> None:
        self.loader, self.done, self.state = loader, done, state

    def __iter__(self) -> Iterator:
        batches = iter(self.loader)
        for _ in itertools.islice(batches, self.done):
            pass
        if self.state is not None:
            set_random_state(self.state)
        yield from batches

    def __len__(self) -> int:
        return len(self.loader) - self.done

    def __getattr__(self, name: str) -> object:
        return getattr(self.loader, name)


def _stepped(runner: Runner) -> bool:
    """Whether the optimizer has used all gradients: they are in no checkpoint."""
    wrapper = runner.optim_wrapper
    wrappers = wrapper.values() if isinstance(wrapper, OptimWrapperDict) else [wrapper]
    return all(one.should_update() for one in wrappers)
