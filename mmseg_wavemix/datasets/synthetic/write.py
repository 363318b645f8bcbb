"""Write synthetic scenes to disk in Cityscapes layout, in parallel, once and for all.

    OUT/leftImg8bit/<split>/<city>/<city>_000000_000019_leftImg8bit.png
    OUT/gtFine/<split>/<city>/<city>_000000_000019_gtFine_{polygons.json,labelIds.png,instanceIds.png,labelTrainIds.png}
    OUT/synthetic.json    written last: the data set is finished

The label images come from the polygons by the official ``cityscapesscripts`` code.
"""

import json
import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from cityscapesscripts.helpers.annotation import Annotation
from cityscapesscripts.preparation.json2instanceImg import createInstanceImage
from cityscapesscripts.preparation.json2labelImg import createLabelImage
from mmengine.logging import print_log
from tqdm import tqdm

from ...errors import InputError
from ..cityscapes_layout import IMAGE_SUFFIX, INSTANCE_SUFFIX, LABEL_SUFFIX, TRAIN_SUFFIX, write_png
from .paint import synthesize

VERSION = 1  # raise it whenever the same seed gives other bytes
CITIES = {'train': 'wavetown', 'val': 'mixville'}
_DONE, _BEGUN = 'synthetic.json', 'synthetic.unfinished.json'
_SMALLEST, _LARGEST, _MOST = (64, 128), (2048, 4096), 100_000


def _write_text(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The process number keeps two generators in one folder from writing into the same file.
    scratch = path.with_name(f'.{path.name}.{os.getpid()}')
    scratch.write_text(text, encoding='utf-8')
    os.replace(scratch, path)


def scene_files(out: Path, split: str, index: int) -> dict[str, Path]:
    """Paths of the five files of a scene, by kind; the picture, written last, comes last."""
    city = CITIES[split]
    stem = f'{city}_{index:06d}_000019'
    truth = out / 'gtFine' / split / city
    return {
        'polygons': truth / f'{stem}_gtFine_polygons.json',
        'labelIds': truth / (stem + LABEL_SUFFIX),
        'instanceIds': truth / (stem + INSTANCE_SUFFIX),
        'labelTrainIds': truth / (stem + TRAIN_SUFFIX),
        'image': out / 'leftImg8bit' / split / city / (stem + IMAGE_SUFFIX),
    }


def write_scene(out: Path, split: str, index: int, size: tuple[int, int], seed: int) -> None:
    """Write one scene of ``size`` (H, W); files that exist are kept as they are.

    Raises:
        OSError: a file cannot be written.
    """
    files = {
        kind: path for kind, path in scene_files(out, split, index).items() if not path.exists()
    }
    if not files:
        return
    image, annotation = synthesize(seed, index, size, split)
    text = json.dumps(annotation)
    official = Annotation()
    official.fromJsonText(text)

    # Cityscapes has 16 bits; the 32 of createInstanceImage Pillow 13 no longer writes to PNG.
    contents = {
        'labelIds': lambda: np.array(createLabelImage(official, 'ids')),
        'instanceIds': lambda: np.array(createInstanceImage(official, 'ids')).astype(np.uint16),
        'labelTrainIds': lambda: np.array(createLabelImage(official, 'trainIds')),
        'image': lambda: np.ascontiguousarray(image[..., ::-1]),
    }
    for kind, path in files.items():
        if kind == 'polygons':
            _write_text(path, text)
        else:
            write_png(path, contents[kind]())


def _check(
    out: Path, counts: dict[str, int], size: tuple[int, int], seed: int, workers: int
) -> None:
    """Refuse values no data set can be made of."""
    for name, count in counts.items():
        if not 0 <= count <= _MOST:
            raise InputError(f'--{name} is {count}: give a number of scenes from 0 to {_MOST}')
    if not sum(counts.values()):
        raise InputError('--train and --val are both 0: ask for one scene at least')
    if not all(
        low <= given <= high for low, given, high in zip(_SMALLEST, size, _LARGEST, strict=True)
    ):
        raise InputError(
            f'--size is {size[0]}x{size[1]} (height x width): '
            'give 64x128 to 2048x4096, such as 256x512'
        )
    if not 0 <= seed < 2**32:
        raise InputError(f'--seed is {seed}: give a whole number from 0 to {2**32 - 1}')
    if workers < 1:
        raise InputError(f'--workers is {workers}: give 1 or more')
    if out.exists() and not out.is_dir():
        raise InputError(f'{out} is a file: name a folder that is new or empty')


def _read(path: Path) -> dict | None:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def _state(out: Path, manifest: dict) -> str:
    """What ``out`` holds of this very data set: "new", "unfinished" or "finished".

    Raises:
        InputError: it holds anything else.
    """
    if not out.exists() or not any(out.iterdir()):
        return 'new'
    for name, state in ((_DONE, 'finished'), (_BEGUN, 'unfinished')):
        if not (out / name).exists():
            continue
        found = _read(out / name)
        if found == manifest:
            return state
        found = found if isinstance(found, dict) else {}
        other = [
            f'{key} {found.get(key)} (asked: {value})'
            for key, value in manifest.items()
            if found.get(key) != value
        ]
        kind = 'an unfinished' if state == 'unfinished' else 'another'
        raise InputError(
            f'{out} holds {kind} data set with {", ".join(other)}: name another folder'
        )
    some = sorted(path.name for path in out.iterdir())[:3]
    raise InputError(
        f'{out} holds other files ({", ".join(some)}): name a folder that is new or empty'
    )


def _make_room(out: Path, scenes: int, size: tuple[int, int]) -> None:
    """Create the folder; fail now rather than halfway if it is unwritable or too small."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f'{out} cannot be created ({error.strerror}): name another folder') from None
    if not os.access(out, os.W_OK | os.X_OK):
        raise PermissionError(
            f'{out} cannot be written: name another folder or change its permissions'
        )
    # Noisy pictures hardly compress: 3 bytes a pixel; labels and polygons are far smaller.
    need, free = scenes * (size[0] * size[1] * 3.2 + 120_000), shutil.disk_usage(out).free
    if need > free:
        raise OSError(
            f'{out} has {free / 2**30:.2f} GiB free, {need / 2**30:.2f} GiB are needed: '
            'name a folder on another disk or ask for fewer scenes'
        )


def _run(jobs: list[tuple[str, int]], task: Callable[[str, int], None], workers: int) -> None:
    """Do all jobs with a progress bar; the first failure ends the rest."""
    if workers == 1:
        for job in tqdm(jobs, 'scenes', unit='scene'):
            task(*job)
        return
    # Forked workers start at once, while fresh ones would import the package and torch first. They
    # call neither torch nor OpenCV's thread pool, whose threads a fork does not carry over.
    fork = sys.platform == 'linux' and 'fork' in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context('fork' if fork else 'spawn')
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            pending = [pool.submit(task, *job) for job in jobs]
            try:
                for future in tqdm(as_completed(pending), 'scenes', len(pending), unit='scene'):
                    future.result()
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    finally:
        cv2.setNumThreads(threads)


def generate_dataset(
    out: Path,
    train: int,
    val: int,
    size: tuple[int, int],
    seed: int = 0,
    workers: int | None = None,
) -> None:
    """Write a synthetic data set in Cityscapes layout.

    The same ``seed`` and ``size`` give the same bytes for scene i of a split, whatever the number
    of scenes or workers. A finished data set with the same values is left alone, an unfinished one
    continued.

    Args:
        out: folder, new or empty, or one this function has begun with the same values.
        train: number of training scenes.
        val: number of validation scenes.
        size: height and width in pixels, 64x128 to 2048x4096.
        seed: 0 to 2**32 - 1.
        workers: processes; by default one for each core this process may use.

    Raises:
        InputError: a value makes no sense, or ``out`` holds something else.
        OSError: ``out`` cannot be written or its disk is too small.
    """
    out, size, counts = (
        Path(out),
        (int(size[0]), int(size[1])),
        {'train': int(train), 'val': int(val)},
    )
    if workers is None:
        workers = (
            len(os.sched_getaffinity(0))
            if hasattr(os, 'sched_getaffinity')
            else os.cpu_count() or 1
        )
    _check(out, counts, size, seed, workers)
    manifest = {
        'generator': 'mmseg_wavemix.datasets.synthetic',
        'version': VERSION,
        'seed': int(seed),
        'size': list(size),
        **counts,
    }
    state = _state(out, manifest)
    jobs = [(split, index) for split, count in counts.items() for index in range(count)]
    missing = [
        job for job in jobs if not all(path.exists() for path in scene_files(out, *job).values())
    ]
    if state == 'finished' and not missing:
        print_log(
            f'{out} already holds these {sum(counts.values())} scenes: nothing to do', 'current'
        )
        return
    _make_room(out, len(missing), size)
    begun = out / _BEGUN
    if state == 'new':
        _write_text(begun, json.dumps(manifest))
    _run(missing, partial(_write_job, out, size, int(seed)), min(workers, max(1, len(missing))))
    if state != 'finished':  # the one mark becomes the other in one step
        os.replace(begun, out / _DONE)


def _write_job(out: Path, size: tuple[int, int], seed: int, split: str, index: int) -> None:
    write_scene(out, split, index, size, seed)
