"""What is seen while it trains: a live line in a terminal, and pictures per second in every log."""

import contextlib
import shutil
import sys
from collections import deque

import torch
from mmengine.device import is_cuda_available
from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import EpochBasedTrainLoop, Runner
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

WINDOW = 20  # iterations that a speed is the mean of
LINE = '{desc} |{bar:12}| {percentage:3.0f}% [{elapsed}<{remaining}{postfix}]'


@HOOKS.register_module()
class ProgressHook(Hook):
    """Shows how far training is, when it will end, how fast it is and what memory it takes.

    Always: ``images_per_s`` among the logged values, beside mmengine's own ``eta``: images of all
    ranks, over the last iterations, validation left out.

    If standard error is a terminal, too: one line that stays below the log, of the first rank. Its
    remaining time counts validation, once there was one.
    """

    priority = 'NORMAL'  # after mmengine's timer, before the logger reads what is to be logged

    def __init__(self) -> None:
        self.recent: deque[tuple[int, float]] = deque(maxlen=WINDOW)  # images, seconds
        self.bar: tqdm | None = None
        self.opened = contextlib.ExitStack()

    def before_train(self, runner: Runner) -> None:
        """Opens the line."""
        self.recent.clear()
        if not (is_main_process() and sys.stderr.isatty()):
            return
        columns, rows = shutil.get_terminal_size()  # tqdm's own is 0 in some containers: no line
        self.bar = tqdm(
            desc='training',
            total=runner.max_iters,
            initial=runner.iter,
            bar_format=LINE,
            smoothing=0,  # pauses for validation come again
            ncols=columns,
            nrows=rows,
            file=sys.stderr,
        )
        self.opened.enter_context(self.bar)
        level = min(handler.level for handler in runner.logger.handlers)
        self.opened.enter_context(logging_redirect_tqdm([runner.logger]))
        runner.logger.handlers[-1].setLevel(level)  # the one that writes above the line

    def before_train_epoch(self, runner: Runner) -> None:
        """Says which epoch it is."""
        if self.bar is not None:
            self.bar.set_description_str(_place(runner))

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Measures, and moves the line on."""
        hub = runner.message_hub
        seconds = hub.get_scalar('train/time').current()
        self.recent.append((len(data_batch['inputs']) * get_world_size(), seconds))
        images, total = map(sum, zip(*self.recent))
        speed = images / max(total, 1e-9)
        hub.update_scalar('train/images_per_s', speed)
        if self.bar is not None:
            loss = hub.get_scalar('train/loss').current()
            words = (f'{speed:.3g} images/s', f'loss {loss:.4g}', _memory(runner))
            self.bar.set_postfix_str(', '.join(words), refresh=False)
            self.bar.update()

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: list | None = None,
    ) -> None:
        """Says how far validation is."""
        if self.bar is not None:
            self.bar.set_description_str(f'validation {batch_idx + 1}/{len(runner.val_dataloader)}')

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Goes back to the epoch, which matters where training is counted in iterations."""
        if self.bar is not None:
            self.bar.set_description_str(_place(runner))

    def after_run(self, runner: Runner) -> None:
        """Leaves the terminal as it was; to be called, too, when training fails."""
        self.opened.close()
        self.bar = None


def _place(runner: Runner) -> str:
    if isinstance(runner.train_loop, EpochBasedTrainLoop):
        return f'epoch {min(runner.epoch + 1, runner.max_epochs)}/{runner.max_epochs}'
    return 'training'


def _memory(runner: Runner) -> str:
    """Peak memory: of the GPU, else of the process, as ``ProcessMemoryHook`` has measured it."""
    if is_cuda_available():
        return f'{torch.cuda.max_memory_allocated() / 2**30:.1f} GB of the GPU'
    process = runner.message_hub.log_scalars.get('train/memory_mb')
    return f'{process.current() / 1024:.1f} GB' if process else 'memory unknown'
