"""One row of a study: trained, scored, written down."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import mmengine
import numpy as np
from cityscapesscripts.helpers.labels import id2label
from filelock import FileLock, Timeout
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS
from PIL import Image

from ..benchmark.contenders import build_model, flops_of
from ..benchmark.machine import describe
from ..checkpoints.loading import read_checkpoint
from ..config import load_config
from ..console import root
from ..engine.compiled_blocks import blocks_to_compile
from ..engine.provenance import data_hash
from ..errors import InputError
from ..evaluation import check_folder, count_files
from ..inference import usable_device
from ..report.scalars import read_curves
from ..zoo import count_parameters
from .plan import Row

TOOLS = root() / 'tools'


@dataclass(frozen=True)
class Training:
    """A row with a seed.

    Args:
        row: of the study.
        seed: of initialisation, order and augmentation.
        work_dir: of this training alone; one that was begun is gone on with.
        result: the file that says what came of it.
        compiled: train WaveMix's blocks through ``torch.compile``: the same row in less time.
    """

    row: Row
    seed: int
    work_dir: Path
    result: Path
    compiled: bool = False

    @property
    def title(self) -> str:
        """Name and seed."""
        return f'{self.row.name}, seed {self.seed}'

    @property
    def config(self) -> Path:
        """The row's config with its options, as a file beside the work directory."""
        return self.work_dir.with_name(f'{self.work_dir.name}.py')

    def read_config(self) -> Config:
        """The row's config with its options and the seed.

        Raises:
            InputError: the work directory was begun by another one.
        """
        cfg = load_config(self.row.config, self.row.options)
        cfg.randomness = dict(cfg.get('randomness', {}), seed=self.seed)
        if self.config.is_file() and self.config.read_text() != cfg.pretty_text:
            raise InputError(
                f'{self.title}: {self.work_dir} was begun by another config, see {self.config}: '
                'move both away, or name another --work-dir'
            )
        return cfg


def run_training(training: Training) -> dict:
    """Trains in a process of its own, scores the last checkpoint, writes the result.

    The last checkpoint, not the best one: choosing it by the scores that the table shows would
    flatter all rows, the noisy ones most.

    Returns:
        What was written: of :func:`describe_model` and :func:`describe_training`.

    Raises:
        InputError: it failed, and the log lies in its work directory; or another process trains
            it.
    """
    work_dir = training.work_dir
    work_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(work_dir.with_name(f'.{work_dir.name}.lock'), timeout=0):
            return _run_alone(training)
    except Timeout:
        raise InputError(f'another process trains in {work_dir}') from None


def _run_alone(training: Training) -> dict:
    work_dir, cfg = training.work_dir, training.read_config()
    model = describe_model(training, cfg)  # what cannot be counted is told before it is trained
    cfg.dump(training.config)
    latest = work_dir / 'last_checkpoint'
    flags = ['--resume'] * latest.is_file() + ['--compile'] * training.compiled
    _call(training, 'train.py', training.config, '--work-dir', work_dir, *flags)
    scores, predictions = work_dir / 'scores.json', work_dir / 'predictions'
    if not scores.is_file():
        shutil.rmtree(predictions, ignore_errors=True)  # of a test that was interrupted
        _call(
            training, 'test.py', training.config, latest.read_text().strip(), '--json', scores,
            '--out', predictions, '--work-dir', work_dir / 'test',
        )  # fmt: skip
    result = model | describe_training(training, cfg)
    mmengine.dump(result, training.result, indent=1, backend_args=dict(backend='atomic'))
    return result


def describe_model(training: Training, cfg: Config) -> dict:
    """What a table's line says of a model before it is trained.

    Returns:
        ``name``, ``seed``, ``config``, ``options``, ``params``, ``size`` (of the first tested
        picture) and ``flops`` (of that size, padded as this model's pictures are).
    """
    with Image.open(_first_truth(cfg)) as picture:
        size = [picture.height, picture.width]
    step = cfg.model.data_preprocessor.get('test_cfg', {}).get('size_divisor', 1)
    model = build_model(cfg, training.row.config)
    return dict(
        name=training.row.name,
        seed=training.seed,
        config=training.row.config.name,
        options=training.row.options,
        params=count_parameters(model),
        size=size,
        flops=flops_of(model, [-(-length // step) * step for length in size]),
    )


def describe_training(training: Training, cfg: Config) -> dict:
    """What a table's line and its curve are made of, from a work directory with scores.

    Returns:
        ``epochs``, ``train_minutes`` (all steps together), ``compiled`` (whether it ended so),
        ``curve`` (epoch and mIoU of each validation), ``scores`` (as ``tools/test.py --json``),
        ``pixel_accuracy`` in percent, ``machine``, ``trained`` (what the last checkpoint tells of
        its data and versions), ``scored_sha256`` (of the data set that the scores are of, as the
        checkpoint's is).
    """
    curves, _ = read_curves(training.work_dir)
    pairs = check_folder(training.work_dir / 'predictions', _truth(cfg))
    confusion = sum(count_files(*pair).confusion for pair in pairs)
    last = (training.work_dir / 'last_checkpoint').read_text().strip()
    told = read_checkpoint(last)['meta'].get('provenance') or {}  # a config may go without the hook
    return dict(
        epochs=cfg.train_cfg.max_epochs,
        train_minutes=round((curves.seconds or 0) / 60, 2),
        compiled=training.compiled,
        curve=[[round(x, 2), round(y, 2)] for x, y in curves.validation.get('mIoU', [])],
        scores=json.loads((training.work_dir / 'scores.json').read_text()),
        pixel_accuracy=pixel_accuracy(confusion),
        machine=describe(usable_device(None)),
        trained={key: told[key] for key in ('data_sha256', 'versions') if key in told},
        scored_sha256=scored_data(cfg),
    )


def scored_data(cfg: Config) -> str:
    """SHA-256 over what a config's scores are of, see :func:`data_hash`."""
    _first_truth(cfg)
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    return data_hash(DATASETS.build(cfg.test_dataloader.dataset))


def check_compiled(training: Training, cfg: Config) -> None:
    """Tells before any training that one of them cannot be compiled.

    Raises:
        InputError: its row's model has no WaveMix blocks.
    """
    if training.compiled:
        try:
            blocks_to_compile(build_model(cfg, training.row.config))
        except InputError as error:
            raise InputError(f'row {training.row.name}: {error}, or name other --rows') from error


def check_same_data(cfg: Config, results: Mapping[str, Sequence[dict]]) -> None:
    """Tells before a training that its scores would not compare with those that there are.

    Args:
        cfg: of the training.
        results: by row; those that do not tell their data say nothing.

    Raises:
        InputError: they were scored on other pictures or labels than lie there now.
    """
    telling = [one for one in chain.from_iterable(results.values()) if 'scored_sha256' in one]
    if telling and telling[0]['scored_sha256'] != (scored := scored_data(cfg)):
        name, seed, before = (telling[0][key] for key in ('name', 'seed', 'scored_sha256'))
        raise InputError(
            f'{_truth(cfg)} and its pictures (SHA-256 {scored[:8]}) are not what '
            f'{name}-{seed}.json was scored on ({before[:8]}): convert the data as it was then, '
            'or name another --results'
        )


def _truth(cfg: Config) -> Path:
    dataset = cfg.test_dataloader.dataset
    return Path(dataset.data_root, dataset.data_prefix.seg_map_path)


def _first_truth(cfg: Config) -> Path:
    truth = _truth(cfg)
    first = min(truth.rglob('*.png'), default=None)
    if first is None:
        raise InputError(f'{truth} has no ground truth\n{cfg.get("data_hint", "")}')
    return first


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
    before = log.stat().st_size if log.is_file() else 0
    with open(log, 'a') as output:
        done = subprocess.run(
            [sys.executable, str(TOOLS / tool), *map(str, arguments)],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        said = log.read_bytes()[before:].decode(errors='replace').strip()
        _, told, error = f'\n{said}'.rpartition('\nerror: ')
        reason = error if told else ''.join(said.splitlines()[-1:])
        raise InputError(f'tools/{tool} failed, see {log}: {reason}')
