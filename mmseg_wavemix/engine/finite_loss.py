"""A loss that is no number ends the run before it is written down."""

import math
from pathlib import Path

import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from ..errors import InputError
from .whole_checkpoint import last_good


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stops at a loss that is nan or infinite, and never saves weights that are.

    With a loss scale (mixed precision in float16) such steps belong to it: the scaler leaves them
    out and lowers the scale. They are counted, and the run stops after ``patience`` in a row, or at
    once if they have spoiled the statistics of a normalisation, which no scaler can mend.

    Args:
        patience: steps in a row that a loss scaler may leave out. From its first scale, 65536, a
            scaler needs 16 to come down to 1.

    Raises:
        InputError: in both cases, with the iteration, its images and the last good checkpoint.
    """

    priority = 'HIGHEST'  # before anything is done with the loss or the weights

    def __init__(self, patience: int = 30) -> None:
        self.patience = patience
        self.skipped = 0  # steps in a row

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Looks at the loss."""
        loss = float(torch.as_tensor((outputs or {}).get('loss', 0)).detach())
        if math.isfinite(loss):
            self.skipped = 0
            return
        scaler = getattr(runner.optim_wrapper, 'loss_scaler', None)
        if scaler is not None and scaler.is_enabled():
            self.skipped += 1
            spoiled = _not_finite(dict(runner.model.named_buffers()))
            if spoiled is None and self.skipped < self.patience:
                runner.logger.warning(f'the loss is {loss}: the loss scaler leaves this step out')
                return
            reason = f'{self.skipped} times in a row' if spoiled is None else f'with {spoiled}'
        else:
            reason = 'without a loss scale'
        go_on = last_good(Path(runner.work_dir))
        images = [sample.get('img_path') for sample in (data_batch or {}).get('data_samples', [])]
        raise InputError(
            f'the loss is {loss} at iteration {runner.iter + 1} (epoch {runner.epoch + 1}), '
            f'{reason}, images {", ".join(map(str, images))}: lower the learning rate or set '
            f'optim_wrapper.clip_grad, and go on by --resume from {go_on}'
        )

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Looks at the weights."""
        spoiled = _not_finite(checkpoint['state_dict'])
        if spoiled:
            raise InputError(
                f'{spoiled} after iteration {runner.iter}, and is not saved: lower the learning '
                f'rate or set optim_wrapper.clip_grad, and go on by --resume from '
                f'{last_good(Path(runner.work_dir))}'
            )


def _not_finite(tensors: dict[str, torch.Tensor]) -> str | None:
    for name, value in tensors.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            return f'{name} is not finite'
    return None
