"""Checkpoints that are written whole, and removed only when there is a newer one."""

from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from ..checkpoints.atomic import PART, write_whole
from ..checkpoints.newest import newest_whole
from ..errors import InputError

OUTDATED = 'outdated_ckpts'  # in the message hub, and so in each checkpoint


@HOOKS.register_module()
class WholeCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook``, made fit for being killed at any moment.

    Each file appears under its name once it is whole and on the disk, ``last_checkpoint`` too. What
    is outdated is removed afterwards; mmengine removes it first, so that a run which keeps one
    checkpoint, or its best one, has none while it writes. What a run was killed before removing is
    removed when it goes on: each checkpoint names what it makes outdated. Options are mmengine's.
    """

    best_before: tuple[str, ...] = ()  # best checkpoints while a better one is written

    def before_train(self, runner: Runner) -> None:
        """Sees to how files are written, and removes what a killed run has left half-written."""
        local = self.out_dir is None or '://' not in str(self.out_dir)
        if local and self.backend_args is None and self.file_client_args is None:
            self.backend_args = dict(backend='atomic')
        super().before_train(runner)
        if local and is_main_process():
            for name in ('*.pth', 'last_checkpoint'):
                for path in Path(self.out_dir).glob(f'.{name}{PART}'):
                    path.unlink()
            for path in runner.message_hub.runtime_info.get(OUTDATED, []):
                self._remove(Path(self.out_dir, Path(path).name))  # never another run's

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        outdated = []
        if self.max_keep_ckpts > 0 and step not in list(self.keep_ckpt_ids)[-1:]:
            if len(self.keep_ckpt_ids) == self.max_keep_ckpts:
                outdated.append(self._path(self.keep_ckpt_ids[0]))
            self.keep_ckpt_ids.append(step)  # a deque of that length: the oldest falls out
            runner.message_hub.update_info('keep_ckpt_ids', list(self.keep_ckpt_ids))
        self.last_ckpt = self._path(step)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        best = [value for key, value in runner.message_hub.runtime_info.items()
                if key.startswith('best_ckpt')]  # fmt: skip
        outdated += [path for path in self.best_before if path not in best]
        runner.message_hub.update_info(OUTDATED, outdated)
        try:
            runner.save_checkpoint(
                self.out_dir,
                self.filename_tmpl.format(step),
                self.file_client_args,
                save_optimizer=self.save_optimizer,
                save_param_scheduler=self.save_param_scheduler,
                meta=meta,
                by_epoch=self.by_epoch,
                backend_args=self.backend_args,
                **self.args,
            )
            if is_main_process():
                write_whole(Path(runner.work_dir, 'last_checkpoint'), str(self.last_ckpt).encode())
        except OSError as error:
            raise not_written(error, Path(self.last_ckpt), Path(self.out_dir)) from error
        for path in outdated:
            self._remove(path)

    def _save_best_checkpoint(self, runner: Runner, metrics: dict[str, float]) -> None:
        if not self.save_best:
            return
        # what mmengine does not know of it does not remove first
        several = getattr(self, 'best_ckpt_path_dict', None)
        before = dict(several) if several is not None else {None: self.best_ckpt_path}
        self._set_best({key: None for key in before})
        self.best_before = tuple(path for path in before.values() if path)
        try:
            super()._save_best_checkpoint(runner, metrics)
        except OSError as error:
            raise not_written(error, Path('the best checkpoint'), Path(self.out_dir)) from error
        self.best_before = ()
        after = several if several is not None else {None: self.best_ckpt_path}
        for key, outdated in before.items():
            if after[key] is None:
                self._set_best({key: outdated})
            elif outdated != after[key]:
                self._remove(outdated)

    def _set_best(self, paths: dict[str | None, str | None]) -> None:
        for key, path in paths.items():
            if key is None:
                self.best_ckpt_path = path
            else:
                self.best_ckpt_path_dict[key] = path

    def _path(self, step: int) -> str:
        return self.file_backend.join_path(self.out_dir, self.filename_tmpl.format(step))

    def _remove(self, path: str | None) -> None:
        if path and is_main_process() and self.file_backend.isfile(path):
            self.file_backend.remove(path)


def not_written(error: OSError, path: Path, folder: Path) -> InputError:
    """What to say when a checkpoint of a run in ``folder`` cannot be written, as on a full disk."""
    return InputError(
        f'{error.filename or path} cannot be written ({error.strerror}): make room, and go on by '
        f'--resume from {last_good(folder)}'
    )


def last_good(folder: Path) -> str:
    """The newest whole checkpoint of a folder, for messages."""
    try:
        newest, _ = newest_whole(folder)
    except InputError:
        newest = None
    return str(newest or 'the beginning, no checkpoint was written yet')
