"""One row of a study: trained, scored, written down."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cityscapesscripts.helpers.labels import id2label
from mmengine.config import Config
from PIL import Image

from ..benchmark.contenders import build_model, flops_of
from ..benchmark.machine import describe
from ..config import load_config
from ..errors import InputError
from ..evaluation import check_folder, count_files
from ..inference import usable_device
from ..report.scalars import read_curves
from ..zoo import count_parameters
from .plan import Row

TOOLS = Path(__file__).resolve().parents[2] / 'tools'


@dataclass(frozen=True)
class Training:
    """A row with a seed.

    Args:
        row: of the study.
        seed: of initialisation, order and augmentation.
        work_dir: of this training alone; one that was begun is gone on with.
        result: the file that says what came of it.
    """

    row: Row
    seed: int
    work_dir: Path
    result: Path

    @property
    def title(self) -> str:
        """Name and seed."""
        return f'{self.row.name}, seed {self.seed}'

    @property
    def config(self) -> Path:
        """The row's config with its options, as a file beside the work directory."""
        return self.work_dir.with_name(f'{self.work_dir.name}.py')


def run_training(training: Training) -> dict:
    """Trains in a process of its own, scores the last checkpoint, writes the result.

    The last checkpoint, not the best one: choosing it by the scores that the table shows would
    flatter all rows, the noisy ones most.

    Returns:
        What was written, see :func:`describe_training`.

    Raises:
        InputError: it failed; the log lies in its work directory.
    """
    work_dir = training.work_dir
    work_dir.mkdir(parents=True, exist_ok=True)
    cfg = load_config(training.row.config, training.row.options)
    cfg.randomness = dict(cfg.get('randomness', {}), seed=training.seed)
    cfg.dump(training.config)
    latest = work_dir / 'last_checkpoint'
    resume = ['--resume'] if latest.is_file() else []
    _call(training, 'train.py', training.config, '--work-dir', work_dir, *resume)
    scores, predictions = work_dir / 'scores.json', work_dir / 'predictions'
    if not scores.is_file():
        _call(
            training, 'test.py', training.config, latest.read_text().strip(), '--json', scores,
            '--out', predictions, '--work-dir', work_dir / 'test',
        )  # fmt: skip
    result = describe_training(training, cfg)
    training.result.parent.mkdir(parents=True, exist_ok=True)
    training.result.write_text(json.dumps(result, indent=1) + '\n')
    return result


def describe_training(training: Training, cfg: Config) -> dict:
    """What a table's line and its curve are made of, from a work directory with scores.

    Returns:
        ``name``, ``seed``, ``config``, ``options``, ``params``, ``flops`` (of ``size``, that of
        the first tested), ``epochs``, ``train_minutes`` (all steps together), ``curve``
        (epoch and mIoU of each validation), ``scores`` (as ``tools/test.py --json``),
        ``pixel_accuracy`` in percent, ``machine``.
    """
    model = build_model(cfg, training.row.config)
    curves, _ = read_curves(training.work_dir)
    dataset = cfg.test_dataloader.dataset
    truth = Path(dataset.data_root, dataset.data_prefix.seg_map_path)
    pairs = check_folder(training.work_dir / 'predictions', truth)
    confusion = sum(count_files(*pair).confusion for pair in pairs)
    with Image.open(pairs[0][1]) as first:
        size = [first.height, first.width]
    return dict(
        name=training.row.name,
        seed=training.seed,
        config=training.row.config.name,
        options=training.row.options,
        params=count_parameters(model),
        size=size,
        flops=flops_of(model, size),
        epochs=cfg.train_cfg.max_epochs,
        train_minutes=round((curves.seconds or 0) / 60, 2),
        curve=[[round(x, 2), round(y, 2)] for x, y in curves.validation.get('mIoU', [])],
        scores=json.loads((training.work_dir / 'scores.json').read_text()),
        pixel_accuracy=pixel_accuracy(confusion),
        machine=describe(usable_device(None)),
    )


def pixel_accuracy(confusion: np.ndarray) -> float:
    """Share of the evaluated pixels whose class is right, in percent: "global accuracy".

    Args:
        confusion: ``(34, 34)``: label id in the ground truth, label id predicted.
    """
    seen = [i for i in range(len(confusion)) if not id2label[i].ignoreInEval]
    return round(100 * float(np.diag(confusion)[seen].sum() / confusion[seen].sum()), 2)


def _call(training: Training, tool: str, *arguments: str | Path) -> None:
    """A tool in a process of its own, its output appended to a log."""
    log = training.work_dir / 'study.log'
    with open(log, 'a') as output:
        done = subprocess.run(
            [sys.executable, str(TOOLS / tool), *map(str, arguments)],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        last = log.read_text(errors='replace').strip().splitlines()[-1:]
        raise InputError(f'{training.title}: tools/{tool} failed ({"".join(last)}), see {log}')
