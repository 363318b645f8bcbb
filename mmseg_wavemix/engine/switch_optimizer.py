"""Two optimizers in one run: the config's own first, another one to the end."""

import bisect

from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper, OptimWrapperDict, build_optim_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.optim import Optimizer

from ..errors import InputError

METRIC = 'mIoU'
RECORD = 'switch_optimizer'  # key in the checkpoint


@HOOKS.register_module()
class SwitchOptimizerHook(Hook):
    """Replaces the optimizer once, between two epochs.

    WaveMix trains by AdamW and its final 50 epochs by SGD (section 4.2), after Keskar and Socher,
    https://arxiv.org/abs/1712.07628.

    The optimizer wrapper stays, with its mixed precision, loss scale and gradient clipping;
    ``paramwise_cfg`` and ``constructor`` of the config's ``optim_wrapper`` hold for the new
    optimizer too. The new one starts without momentum, and its rate stays as given: parameter
    schedulers belong to the first optimizer and end with it.

    What the hook knows goes into each checkpoint. A run resumed before, at or after the switch goes
    on as if it had never stopped. A checkpoint which is only loaded (``load_from``) starts anew.

    Args:
        optimizer: config of the optimizer that takes over.
        begin: epochs to train by the first optimizer; not fewer than ``max_epochs`` means that the
            switch never comes, which is logged.
        patience: switch after so many validations in a row without a higher mIoU. Give this or
            ``begin``.

    Raises:
        InputError: both or neither of ``begin`` and ``patience``, or one that is no positive whole
            number; when training starts, an optimizer that cannot be built, several optimizers at
            once, training by iterations, patience without validation; at the first validation,
            scores without mIoU.
    """

    priority = 'NORMAL'  # its record has to be in the checkpoint which a better mIoU brings about

    def __init__(
        self,
        optimizer: dict = dict(type='SGD', lr=1e-3, momentum=0.9),
        begin: int | None = None,
        patience: int | None = None,
    ) -> None:
        if (begin is None) == (patience is None):
            raise InputError(
                f'SwitchOptimizerHook got begin={begin} and patience={patience}: set one of them'
            )
        name, value = ('begin', begin) if patience is None else ('patience', patience)
        if not isinstance(value, int) or value < 1:
            raise InputError(f'SwitchOptimizerHook.{name} is {value!r}: a whole number, 1 or more')
        self.optimizer = optimizer
        self.begin = begin
        self.patience = patience
        self.switched_at: int | None = None  # in epochs
        self.best = -float('inf')
        self.waited = 0  # validations since the best one
        self.validated = 0  # epoch of the last validation

    def before_train(self, runner: Runner) -> None:
        """Finds out now what would go wrong at the switch."""
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            raise InputError('SwitchOptimizerHook counts epochs: train by EpochBasedTrainLoop')
        if self.patience is not None and runner.val_loop is None:
            raise InputError(
                'SwitchOptimizerHook.patience needs validations, and the config has no '
                'val_dataloader: set begin instead'
            )
        self._build(runner)
        if self.begin is not None and self.begin >= runner.max_epochs:
            runner.logger.warning(
                f'the optimizer is never switched: the switch is to come after {self.begin} '
                f'epochs, the run has {runner.max_epochs}'
            )

    def before_train_epoch(self, runner: Runner) -> None:
        """Switches if the time has come."""
        if self.switched_at is not None:
            return
        if self._missed_validation(runner):
            runner.logger.info(f'validating epoch {runner.epoch} before training goes on')
            runner.val_loop.run()
        if self.patience is None:
            due = runner.epoch >= self.begin
        else:
            due = self.waited >= self.patience
        if due:
            self.switched_at = runner.epoch
            self._switch(runner)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Counts the validations since the best one."""
        if self.patience is None or self.switched_at is not None:
            return
        if METRIC not in (metrics or {}):
            raise InputError(
                f'SwitchOptimizerHook.patience watches {METRIC}, and validation gave '
                f'{sorted(metrics or {})}: set begin instead'
            )
        better = metrics[METRIC] > self.best  # nan is not
        self.best = float(metrics[METRIC]) if better else self.best
        self.waited = 0 if better else self.waited + 1
        self.validated = runner.epoch

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Puts the record into the checkpoint, as plain data."""
        checkpoint[RECORD] = dict(
            switched_at=self.switched_at,
            best=self.best,
            waited=self.waited,
            validated=self.validated,
        )

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Takes the record over, and has the right optimizer there before its state is loaded."""
        if not runner._resume or RECORD not in checkpoint:
            return
        record = checkpoint[RECORD]
        self.switched_at = record['switched_at']
        self.best = record['best']
        self.waited = record['waited']
        self.validated = record['validated']
        if self.switched_at is not None:
            self._switch(runner)

    def _missed_validation(self, runner: Runner) -> bool:
        """Whether the last epoch's validation decides about the switch and is not in the record.

        mmengine writes an epoch's checkpoint before it validates: a run resumed from there would go
        on without that validation, and switch at another epoch than if it had never stopped.
        """
        loop = runner.train_loop
        # the loop's own val_interval is brought up to date only after an epoch
        step = bisect.bisect(loop.dynamic_milestones, runner.epoch + 1)
        return (
            self.patience is not None
            and self.validated != runner.epoch
            and runner.epoch >= loop.val_begin
            and runner.epoch % loop.dynamic_intervals[step - 1] == 0
        )

    def _build(self, runner: Runner) -> OptimWrapper:
        """A wrapper around the optimizer that takes over."""
        if isinstance(runner.optim_wrapper, OptimWrapperDict):
            raise InputError('SwitchOptimizerHook replaces one optimizer, the config has several')
        given = runner.cfg.get('optim_wrapper') or {}
        shared = {key: given[key] for key in ('constructor', 'paramwise_cfg') if key in given}
        try:
            return build_optim_wrapper(runner.model, dict(optimizer=self.optimizer, **shared))
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f'SwitchOptimizerHook.optimizer is {dict(self.optimizer)}, which cannot be built '
                f'({error}): name a class of torch.optim and its arguments'
            ) from error

    def _switch(self, runner: Runner) -> None:
        """Puts the new optimizer into the run's wrapper."""
        wrapper, built = runner.optim_wrapper, self._build(runner)
        first = type(wrapper.optimizer).__name__
        wrapper.optimizer = built.optimizer
        wrapper.base_param_settings = built.base_param_settings
        schedulers = runner.param_schedulers or []
        if schedulers:
            runner.param_schedulers = []
        runner.scale_lr(wrapper, runner.auto_scale_lr)  # which asks that no scheduler is left
        runner.logger.info(
            f'{_describe(wrapper.optimizer)} replaces {first} after {self.switched_at} epochs'
            f'{", and the parameter schedulers end" if schedulers else ""}'
        )


def _describe(optimizer: Optimizer) -> str:
    settings = ('lr', 'momentum', 'weight_decay')
    values = [f'{name} {optimizer.defaults[name]:g}' for name in settings if name in
              optimizer.defaults]  # fmt: skip
    return f'{type(optimizer).__name__} ({", ".join(values)})'
