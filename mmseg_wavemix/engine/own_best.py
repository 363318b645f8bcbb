"""A resumed run may replace its own best checkpoint, never another run's."""

from pathlib import Path

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner


@HOOKS.register_module()
class OwnBestHook(Hook):
    """Makes a run forget where the best checkpoint lies, if that is not in its work directory.

    mmengine's ``CheckpointHook`` removes the best checkpoint when there is a better one, by the
    path that the resumed checkpoint recorded: after a run was copied, or resumed into another
    folder, that is the other run's file. A copy in the work directory is taken instead.
    """

    priority = 'NORMAL'  # before CheckpointHook reads the record

    def before_train(self, runner: Runner) -> None:
        """Corrects the record of the resumed checkpoint."""
        work_dir = Path(runner.work_dir).resolve()
        for key, recorded in list(runner.message_hub.runtime_info.items()):
            if key.startswith('best_ckpt') and recorded:
                own = work_dir / Path(recorded).name
                runner.message_hub.update_info(key, str(own) if own.is_file() else '')
