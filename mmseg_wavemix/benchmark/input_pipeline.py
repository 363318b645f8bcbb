"""How fast a config's data loader is on its own: what a training step can be fed with here."""

import math
import os
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmengine.utils.dl_utils import set_multi_processing
from torch.utils.data import DataLoader, Dataset

from ..config import building
from ..engine.sample_fault import NamingPipeline, leaves
from ..errors import InputError
from .machine import describe, spread

WARM_UP, GROUPS = 2, 3  # batches a worker that do not count; groups of batches that do, at least


def measure(
    cfg: Config,
    path: Path,
    split: str,
    workers: Sequence[int],
    seconds: float,
    wanted: float | None = None,
) -> dict:
    """Draws batches as training does, without training on them.

    Args:
        cfg: a config with ``{split}_dataloader``.
        path: where it came from.
        split: ``'train'``, ``'val'`` or ``'test'``.
        workers: numbers of worker processes, each measured; 0 is the process itself.
        seconds: of timing, of each.
        wanted: images a second that a training step takes.

    Returns:
        ``machine`` with its ``cores``; ``rows``, see :func:`throughput`, with ``per_worker``;
        ``decoding``, see :func:`decoding`; ``needed``, see :func:`workers_needed`, if ``wanted`` is
        given.

    Raises:
        InputError: there is no such split, its data are not there, or a file is damaged.
    """
    if not cfg.get(f'{split}_dataloader'):
        raise InputError(f'config {path} has no {split}_dataloader')
    # as the runner does before training
    set_multi_processing(**cfg.get('env_cfg', {}).get('mp_cfg', {}))
    options = cfg[f'{split}_dataloader']
    dataset = _endless(cfg, path, options, 0).dataset
    result = dict(
        machine=describe(torch.device('cpu')) | dict(cores=usable_cores()),
        config=path.stem,
        split=split,
        batch=options.get('batch_size', 1),
        decoding=decoding(dataset, seconds),
        rows=[],
    )
    for count in workers:
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', 'This DataLoader will create')  # more than cores
            row = throughput(_endless(cfg, path, options, count), seconds)
        row['per_worker'] = round(row['images_per_second'] / max(count, 1), 2)
        result['rows'].append(row)
    if wanted is not None:
        result['needed'] = workers_needed(result['rows'], wanted, result['machine']['cores'])
    return result


def _endless(cfg: Config, path: Path, options: ConfigDict, workers: int) -> DataLoader:
    """The config's loader, but for an order that never ends: no epoch begins while it is timed."""
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    options = options.copy()
    options.update(num_workers=workers, persistent_workers=False)
    if workers == 0:
        options.pop('prefetch_factor', None)
    if 'batch_sampler' not in options:
        shuffle = options.get('sampler', {}).get('shuffle', True)
        options['sampler'] = dict(type='InfiniteSampler', shuffle=shuffle)
    try:
        with building(path):
            loader = Runner.build_dataloader(options, seed=0)
    except InputError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise InputError(
                f'{error.__cause__.filename} does not exist: the data set is not there.\n'
                f'{cfg.get("data_hint", "")}'.strip()
            ) from error
        raise
    if len(loader.dataset) == 0:
        raise InputError(f'config {path}: its data set holds no picture')
    for leaf in leaves(loader.dataset):
        if hasattr(leaf, 'pipeline'):  # a damaged file is named
            leaf.pipeline = NamingPipeline(leaf.pipeline)
    return loader


def throughput(loader: DataLoader, seconds: float) -> dict:
    """Draws batches as fast as they come.

    Workers deliver in bursts, one batch each, so time is taken of groups of as many batches.

    Args:
        loader: its batches hold ``inputs``.
        seconds: of timing, after a warm-up of two batches a worker.

    Returns:
        ``workers``; ``images_per_second``, the median over groups, and ``quartiles``;
        ``mean_images_per_second`` over all of the time; ``images`` timed; ``first_batch_s``, which
        passes until the first batch is there.
    """
    group = max(loader.num_workers, 1)
    begin = time.perf_counter()
    batches = _forever(loader)
    next(batches)
    first = time.perf_counter() - begin
    for _ in range(WARM_UP * group - 1):
        next(batches)
    arrivals, images = [time.perf_counter()], [0]
    while arrivals[-1] - arrivals[0] < seconds or len(arrivals) <= GROUPS * group:
        images.append(images[-1] + len(next(batches)['inputs']))
        arrivals.append(time.perf_counter())
    batches.close()  # and with it the workers
    median, lower, upper = spread(group_rates(arrivals, images, group))
    return dict(
        workers=loader.num_workers,
        images_per_second=round(median, 2),
        quartiles=[round(lower, 2), round(upper, 2)],
        mean_images_per_second=round(images[-1] / (arrivals[-1] - arrivals[0]), 2),
        images=images[-1],
        first_batch_s=round(first, 3),
    )


def _forever(loader: DataLoader) -> Iterator[dict]:
    while True:
        yield from loader


def group_rates(arrivals: Sequence[float], images: Sequence[int], group: int) -> list[float]:
    """Images a second of one group of batches after the other.

    Args:
        arrivals: seconds, when the timing began and when each batch was there.
        images: how many images were there by then.
        group: batches of a group; what is left at the end makes none.
    """
    ends = range(group, len(arrivals), group)
    return [
        (images[end] - images[end - group]) / (arrivals[end] - arrivals[end - group])
        for end in ends
    ]


def decoding(dataset: Dataset, seconds: float) -> dict | None:
    """What a sample's files take to decode, of all that is done with it.

    In this process, in random order; each sample is decoded by OpenCV alone, then goes through the
    pipeline, so that both are slowed alike by what else the machine does.

    Args:
        dataset: of the loader.
        seconds: of timing; each sample once at most.

    Returns:
        Medians: ``picture_ms``, ``label_ms`` (None without labels), ``pipeline_ms``, and the
        ``share`` of decoding in it; ``picture_mb``, the file's size. None without files: the data
        are arrays.

    Raises:
        InputError: a file is damaged or not there.
    """
    samples = [(leaf, index) for leaf in leaves(dataset) for index in range(len(leaf))]
    times, sizes, begin = [], [], time.perf_counter()
    for place in np.random.default_rng(0).permutation(len(samples)):
        leaf, index = samples[place]
        files = [leaf.get_data_info(index).get(key) for key in ('img_path', 'seg_map_path')]
        files = [Path(file) for file in files if file]
        if not files:
            return None
        for file in files:
            _read(file)  # not from the disk when it is timed
        decoded = [_read(file) for file in files]
        start = time.perf_counter()
        leaf[index]
        times.append([*decoded, time.perf_counter() - start])
        sizes.append(files[0].stat().st_size / 1e6)
        if time.perf_counter() - begin > seconds:
            break
    picture, *label, pipeline = 1e3 * np.median(times, axis=0)
    return dict(
        picture_ms=round(picture, 2),
        label_ms=round(label[0], 2) if label else None,
        pipeline_ms=round(pipeline, 2),
        share=round((picture + sum(label)) / pipeline, 3),
        picture_mb=round(float(np.median(sizes)), 2),
    )


def _read(file: Path) -> float:
    """Seconds to read and decode a file."""
    begin = time.perf_counter()
    if cv2.imread(str(file), cv2.IMREAD_UNCHANGED) is None:
        raise InputError(f'{file} cannot be read: tools/doctor.py CONFIG names all such files')
    return time.perf_counter() - begin


def workers_needed(rows: Sequence[dict], wanted: float, cores: int) -> dict:
    """How many workers keep up with a training step.

    Args:
        rows: ``workers`` and ``per_worker`` of what was measured.
        wanted: images a second that the step takes.
        cores: that this process and its workers can use.

    Returns:
        ``images_per_second`` wanted; ``per_worker``, that of the fastest row, whose workers had a
        core each; ``workers``; ``cores``, one more: training itself needs one; ``enough``, whether
        there are as many here; ``at_most``, images a second that the cores here can feed.
    """
    processes = [row for row in rows if row['workers']]  # a batch has a way to go from them
    per_worker = max(row['per_worker'] for row in processes or rows)
    workers = math.ceil(wanted / per_worker)
    return dict(
        images_per_second=wanted,
        per_worker=per_worker,
        workers=workers,
        cores=workers + 1,
        enough=workers + 1 <= cores,
        at_most=round(per_worker * max(cores - 1, 1), 1),
    )


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, 'sched_getaffinity'):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def format_result(result: dict) -> str:
    """Markdown: a row each number of workers, then what follows from them in sentences."""
    lines = ['| workers | images/s | quartiles | images/s a worker | first batch after |']
    lines.append('|' + '---:|' * 5)
    for row in result['rows']:
        lower, upper = row['quartiles']
        cells = [
            str(row['workers']),
            f'{row["images_per_second"]:.1f}',
            f'{lower:.1f} to {upper:.1f}',
            f'{row["per_worker"]:.1f}',
            f'{row["first_batch_s"]:.2f} s',
        ]
        lines.append(f'| {" | ".join(cells)} |')
    decoded, needed = result['decoding'], result.get('needed')
    if decoded:
        bound = 'decoding' if decoded['share'] > 0.5 else 'what comes after decoding'
        label = '' if decoded['label_ms'] is None else f' and {decoded["label_ms"]:.1f} for a label'
        lines.append(
            f'\nDecoding alone: {decoded["picture_ms"]:.1f} ms for a picture of '
            f'{decoded["picture_mb"]:.2f} MB{label}, {100 * decoded["share"]:.0f} % of the '
            f'{decoded["pipeline_ms"]:.1f} ms of the pipeline: {bound} is the bound.'
        )
    if needed:
        workers = 'worker' if needed['workers'] == 1 else 'workers'
        lines.append(
            f'\nA training step of {needed["images_per_second"]:g} images/s needs '
            f'{needed["workers"]} {workers} at {needed["per_worker"]:.1f} images/s each, and a '
            f'core for itself: {needed["cores"]} cores. '
            + (
                f'There are {result["machine"]["cores"]}.'
                if needed['enough']
                else f'There are {result["machine"]["cores"]}, which do not suffice: they feed '
                f'about {needed["at_most"]:.1f} images/s.'
            )
        )
    return '\n'.join(lines)
