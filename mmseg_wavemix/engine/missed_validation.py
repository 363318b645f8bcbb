"""The validation that a run was stopped before."""

import bisect

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import EpochBasedTrainLoop, Runner

RECORD = 'last_validation'  # in the message hub, and so in each checkpoint


def validation_is_due(runner: Runner) -> bool:
    """Whether the config asks for a validation after the last finished epoch."""
    loop = runner.train_loop
    if runner.val_loop is None or not isinstance(loop, EpochBasedTrainLoop):
        return False
    # the loop's own val_interval is brought up to date only after an epoch
    step = bisect.bisect(loop.dynamic_milestones, runner.epoch + 1)
    interval = loop.dynamic_intervals[step - 1]
    last = runner.epoch == loop.max_epochs
    return runner.epoch >= loop.val_begin and (runner.epoch % interval == 0 or last)


@HOOKS.register_module()
class MissedValidationHook(Hook):
    """Validates before a resumed run goes on, if the checkpoint was written before that was done.

    mmengine writes an epoch's checkpoint and then validates. Stopped in between, a run would never
    know how good that epoch was, and might call another one its best.
    """

    priority = 'NORMAL'  # its record has to be in the checkpoint which a better score brings about

    def __init__(self) -> None:
        self.resumed = False

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Notes that the run is resumed, not begun from weights."""
        self.resumed = bool(runner._resume)

    def before_train_epoch(self, runner: Runner) -> None:
        """Validates if that was missed; other hooks are ready by now."""
        if self.resumed:
            self._catch_up(runner)

    def after_train(self, runner: Runner) -> None:
        """The same for a run whose last epoch was already trained."""
        if self.resumed:
            self._catch_up(runner)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Keeps the record."""
        runner.message_hub.update_info(RECORD, runner.epoch)

    def _catch_up(self, runner: Runner) -> None:
        self.resumed = False
        done = runner.message_hub.runtime_info.get(RECORD)
        if runner.epoch and done != runner.epoch and validation_is_due(runner):
            runner.logger.info(f'validating epoch {runner.epoch}, which was not done before')
            runner.val_loop.run()
