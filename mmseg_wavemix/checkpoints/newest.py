"""The newest checkpoint of a run that is whole."""

import re
from pathlib import Path

from ..errors import InputError
from .loading import read_checkpoint

# what a run needs to go on, besides its weights
TRAINING_STATE = {'meta', 'message_hub', 'optimizer'}
_NAME = re.compile(r'(?:epoch_(?P<epoch>\d+))?_?(?:iter_(?P<iter>\d+))?')


def progress(path: Path) -> tuple[int, int] | None:
    """Epochs and iterations by a checkpoint's name; ``None`` for names that tell neither.

    ``epoch_7.pth`` is of the end of an epoch, ``epoch_7_iter_4321.pth`` of a run that was stopped
    after it, ``iter_4321.pth`` of one without epochs. ``best_mIoU_epoch_7.pth`` is no place to go
    on from.
    """
    match = _NAME.fullmatch(path.stem)
    if match is None or not any(match.groups()) or path.suffix != '.pth':
        return None
    return int(match['epoch'] or 0), int(match['iter'] or 0)


def fault_of(path: Path) -> str | None:
    """Why a run cannot go on from a checkpoint, in half a sentence."""
    try:
        missing = TRAINING_STATE - read_checkpoint(path).keys()
    except (InputError, OSError) as error:
        reason = str(error).removeprefix(f'checkpoint {path} ')
        return reason.splitlines()[0] if reason else type(error).__name__
    return f'it has no {", ".join(sorted(missing))}' if missing else None


def newest_whole(folder: Path) -> tuple[Path | None, dict[Path, str]]:
    """The newest checkpoint of a run that is whole, and the newer ones that are not, with reasons.

    Those of an epoch or an iteration by their names, newest first; last the one that mmengine's
    ``last_checkpoint`` records, whatever its name.

    Raises:
        InputError: there are checkpoints, and none of them can be gone on from.
    """
    counted = {path: progress(path) for path in folder.glob('*.pth') if not path.is_symlink()}
    found = sorted((path for path in counted if counted[path]), key=counted.get, reverse=True)
    record = folder / 'last_checkpoint'
    if record.is_file():  # by name: the folder may have been moved or copied since
        name = Path(record.read_text(errors='replace').strip() or '-').name
        if (folder / name).is_file() and folder / name not in found:
            found.append(folder / name)
    skipped = {}
    for path in found:
        fault = fault_of(path)
        if fault is None:
            return path, skipped
        skipped[path] = fault
    if skipped or any(counted):
        reasons = '; '.join(f'{path.name}: {fault}' for path, fault in skipped.items())
        raise InputError(
            f'{folder} holds no checkpoint to go on from ({reasons or "none of an epoch"}): name '
            'one with --resume CKPT, or begin anew in another --work-dir'
        )
    return None, skipped
