"""A work directory: which config, curves, checkpoints, predictions and scores lie in it."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from mmengine.config import Config

from ..checkpoints import progress, read_checkpoint
from ..config import load_config
from ..errors import InputError
from .log import checkpoint_of_predictions, machine_facts
from .scalars import Curves, read_curves


@dataclass(frozen=True)
class Run:
    """What a finished run has left.

    Attributes:
        name: of its folder.
        folder: the work directory.
        config: the copy of the config that mmengine put there.
        cfg: what stands in it, with the options of the command line.
        text: its text.
        curves: what was logged.
        facts: of the machine, from the log: ``Python``, ``PyTorch``, ``seed``, ...
        checkpoint: the best one, or else the last, of those that are whole.
        meta: what it tells of itself: epoch, provenance, ...
        tested: the checkpoint that its predictions were made with, if a log tells.
        predictions: a folder of label-id PNGs.
        scores: of ``tools/test.py --json``, see ``in_percent``.
        remarks: sentences on what was left out.
    """

    name: str
    folder: Path
    config: Path
    cfg: Config
    text: str
    curves: Curves
    facts: dict[str, str]
    checkpoint: Path | None
    meta: dict
    tested: str | None
    predictions: Path | None
    scores: dict | None
    remarks: list[str] = field(default_factory=list)


def read_run(
    folder: Path,
    config: Path | None = None,
    predictions: Path | None = None,
    options: dict | None = None,
) -> Run:
    """Looks through a work directory.

    Args:
        folder: ``--work-dir`` of ``tools/train.py``.
        config: if it holds several.
        predictions: ``--out`` of ``tools/test.py``; default: ``predictions`` below the folder, if
            there is one.
        options: ``--cfg-options``.

    Raises:
        InputError: no such folder, no config or several of them, no run, or scores that cannot be
            read.
    """
    if not folder.is_dir():
        raise InputError(f'{folder} is no folder: give the work directory of a run')
    config = config or _only_config(folder)
    cfg = load_config(config, options)
    curves, remarks = read_curves(folder)
    checkpoint, meta, damaged = _checkpoint(folder)
    if not (curves.training or curves.validation or checkpoint or damaged):
        raise InputError(
            f'{folder} holds neither */vis_data/scalars.json nor a checkpoint: give the work '
            'directory of a run that was trained'
        )
    if predictions and not predictions.is_dir():
        raise InputError(f'--predictions {predictions} is no folder: give that of test.py --out')
    if predictions is None and (folder / 'predictions').is_dir():
        predictions = folder / 'predictions'
    return Run(
        name=folder.resolve().name,
        folder=folder,
        config=config,
        cfg=cfg,
        text=config.read_text(errors='replace'),
        curves=curves,
        facts=machine_facts(folder),
        checkpoint=checkpoint,
        meta=meta,
        tested=checkpoint_of_predictions(folder, predictions) if predictions else None,
        predictions=predictions,
        scores=_scores(folder / 'scores.json'),
        remarks=remarks + damaged,
    )


def _only_config(folder: Path) -> Path:
    found = sorted(path for path in folder.glob('*.py') if path.is_file())
    if not found:
        raise InputError(
            f'{folder} holds no config (*.py), which a run leaves there: give a work directory'
        )
    if len(found) > 1:
        names = ', '.join(path.name for path in found)
        raise InputError(
            f'{folder} holds {len(found)} configs ({names}): name the one it was trained with by '
            '--config'
        )
    return found[0]


def _checkpoint(folder: Path) -> tuple[Path | None, dict, list[str]]:
    """The first checkpoint that can be read, its meta, and a sentence on each that cannot.

    The best by their names come first, the latest of several before the others; then those of
    epochs and iterations, the last one first.
    """
    best = [path for path in folder.glob('best_*.pth') if path.is_file()]
    best.sort(key=lambda path: [int(digits) for digits in re.findall(r'\d+', path.stem)])
    counted = [path for path in folder.glob('*.pth') if progress(path) and not path.is_symlink()]
    damaged = []
    for path in [*best[::-1], *sorted(counted, key=progress, reverse=True)]:
        try:
            meta = read_checkpoint(path).get('meta')
        except (InputError, OSError) as error:
            damaged.append(f'{str(error).splitlines()[0]}. It is not used here.')
            continue
        return path, meta if isinstance(meta, dict) else {}, damaged
    return None, {}, damaged


def _scores(file: Path) -> dict | None:
    if not file.is_file():
        return None
    try:
        scores = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise InputError(
            f'{file} cannot be read ({error}): write it again by tools/test.py --json'
        ) from error
    if not isinstance(scores, dict) or not {'mIoU', 'classes', 'images'} <= scores.keys():
        raise InputError(f'{file} holds no scores of tools/test.py --json: move it away')
    return scores
