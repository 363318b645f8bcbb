"""Where a run writes: never over an earlier one, never until the disk is full."""

import shutil
from pathlib import Path

from torch import nn

from ..errors import InputError

# float32 weights and AdamW's two moments
BYTES_PER_PARAMETER = 3 * 4


def check_work_dir(work_dir: Path, resume: bool) -> None:
    """Refuses to start a second run where one has left its checkpoints.

    Raises:
        InputError: ``work_dir`` holds checkpoints and the run does not resume, or is no folder.
    """
    if work_dir.exists() and not work_dir.is_dir():
        raise InputError(f'{work_dir} is a file: choose another --work-dir')
    checkpoints = sorted(work_dir.glob('*.pth'))
    if checkpoints and not resume:
        raise InputError(
            f'{work_dir} holds an earlier run ({checkpoints[-1].name}): '
            'go on with --resume, or choose another --work-dir'
        )


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
