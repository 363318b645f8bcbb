"""Where a run writes: never over an earlier one, never until the disk is full."""

import logging
import shutil
from pathlib import Path

from mmengine.logging import print_log
from torch import nn

from ..checkpoints.newest import fault_of, newest_whole, progress
from ..errors import InputError

# float32 weights and AdamW's two moments
BYTES_PER_PARAMETER = 3 * 4


def check_work_dir(work_dir: Path, config: Path, checkpoint: Path | None) -> None:
    """Refuses a run that would write over an earlier one, or over its own config.

    Args:
        work_dir: where the run is to write.
        config: its config file; mmengine writes a copy of that name into ``work_dir``.
        checkpoint: what it resumes from, if it does.

    Raises:
        InputError: ``work_dir`` holds checkpoints that the run would not continue from, is no
            folder, or is where the config itself lies.
    """
    check_place(work_dir, config)
    existing = sorted(work_dir.glob('*.pth'))
    if not existing:
        return
    if checkpoint is None or checkpoint.resolve().parent != work_dir.resolve():
        raise InputError(
            f'{work_dir} holds an earlier run ({existing[-1].name}): '
            'go on with it by --resume, or choose another --work-dir'
        )
    place = progress(checkpoint.resolve()) or (-1, -1)
    later = [path.name for path in existing if _is_later(path, place)]
    if later:
        raise InputError(
            f'{work_dir} holds later checkpoints than {checkpoint.name} ({later[-1]}), which '
            'would be overwritten: choose another --work-dir'
        )


def check_place(work_dir: Path, config: Path) -> None:
    """Refuses a file, and a folder in which mmengine's copy would replace the config itself.

    Raises:
        InputError: it is one of them.
    """
    if work_dir.exists() and not work_dir.is_dir():
        raise InputError(f'{work_dir} is a file: choose another --work-dir')
    if (work_dir / config.name).exists() and (work_dir / config.name).samefile(config):
        raise InputError(f'{work_dir} holds the config {config} itself: choose another --work-dir')


def checkpoint_to_resume(work_dir: Path, resume: str | None) -> Path | None:
    """Resolves ``--resume``.

    Args:
        work_dir: work directory of the run.
        resume: ``None``, a checkpoint, or ``'auto'`` for the newest one of ``work_dir`` that is
            whole; those that it passes over are logged.

    Returns:
        The checkpoint; ``None`` to start from the beginning.

    Raises:
        InputError: an empty name, or there are checkpoints, but none is whole.
    """
    if resume is None:
        return None
    if resume == '':
        raise InputError('--resume got an empty name: leave it out, or name a checkpoint')
    if resume != 'auto':
        return Path(resume)
    newest, skipped = newest_whole(work_dir)
    for path, fault in skipped.items():
        print_log(f'not resumed from {path}: {fault}', logger='current', level=logging.WARNING)
    if skipped:
        print_log(f'resumed from {newest}, the newest that is whole', logger='current')
    return newest


def check_disk(work_dir: Path, model: nn.Module, kept: int) -> None:
    """Checks that the checkpoints of a run will fit.

    Args:
        work_dir: folder they go to, made later if it does not exist.
        model: what is trained.
        kept: how many checkpoints lie there at once; one more is needed while writing.

    Raises:
        InputError: they will not.
    """
    parameters = sum(parameter.numel() for parameter in model.parameters())
    needed = (kept + 1) * parameters * BYTES_PER_PARAMETER
    existing = next(p for p in (work_dir.resolve(), *work_dir.resolve().parents) if p.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise InputError(
            f'{work_dir} has {free / 1e6:,.0f} MB free, {kept + 1} checkpoints of this model need '
            f'{needed / 1e6:,.0f} MB: make room, or choose another --work-dir'
        )


def _is_later(path: Path, place: tuple[int, int]) -> bool:
    """Whether a file is a whole checkpoint of a later place in the run; damaged ones hold nothing
    that could be lost.
    """
    found = None if path.is_symlink() else progress(path)
    return found is not None and found > place and fault_of(path) is None
