"""From one run or two to one page."""

import datetime
import difflib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from jinja2 import Environment, PackageLoader, StrictUndefined

from ..errors import InputError
from ..evaluation import bootstrap
from ..version import __version__
from . import tables
from .boundaries import band_width
from .card import model_card, network_size
from .charts import QUARTERS, learning_curves, ring_chart, size_chart
from .counting import Counted, count
from .frames import check_predictions, check_truths, match, predict
from .gallery import NOT_SCORED, WRONG, Group, gallery
from .run import Run
from .speed import Speed, measure_speed

RESAMPLES = 1000
LEAST_IMAGES = 10  # fewer tell nothing of other images


@dataclass(frozen=True)
class Part:
    """A run, and what was found of it."""

    run: Run
    counted: Counted
    speed: Speed | None


def check_target(out: Path) -> None:
    """Refuses to write over a file.

    Raises:
        InputError: it exists.
    """
    if out.exists():
        raise InputError(f'{out} exists and is not overwritten: name a new file by --out')
    if out.suffix != '.html':
        raise InputError(f'--out {out}: the page is an .html file')


def write_report(
    runs: Sequence[Run], out: Path, images: int = 4, device: torch.device | None = None
) -> None:
    """Writes the page.

    Args:
        runs: one or two. Without predictions, they are made with the run's checkpoint, which takes
            as long as ``tools/test.py``.
        out: new ``.html`` file.
        images: best images shown, and worst, and those that differ most.
        device: where to measure speed; None: not at all.

    Raises:
        InputError: the file exists; data, predictions or checkpoint are missing or damaged.
    """
    check_target(out)
    for run in runs:
        check_predictions(run)
    truths = [check_truths(run) for run in runs]
    with tempfile.TemporaryDirectory(prefix='report-') as scratch:
        parts = []
        for number, (run, truth) in enumerate(zip(runs, truths)):
            folder = Path(scratch, str(number))
            folder.mkdir()
            tested = run.tested if run.predictions else f'{run.checkpoint}, for this page'
            predictions = run.predictions or predict(run, folder)
            counted = count(match(predictions, truth))
            size = network_size(run, counted.size)
            speed = None if device is None else measure_speed(run.config, size, device)
            parts.append(Part(replace(run, tested=tested), counted, speed))
        html = render(parts, images)
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(out, 'x', encoding='utf-8') as file:
        file.write(html)


def render(parts: Sequence[Part], images: int = 4) -> str:
    """The page as text.

    Args:
        parts: one or two runs.
        images: see :func:`write_report`.
    """
    counted = [part.counted for part in parts]
    names = unique_names([part.run for part in parts])
    same = same_truth(counted)
    cards = [model_card(part.run, part.counted, part.speed) for part in parts]
    environment = Environment(
        loader=PackageLoader('mmseg_wavemix.report', ''),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sizes, size_means = tables.size_rows(counted)
    rings = tables.ring_rows(counted)
    return environment.get_template('template.html').render(
        names=names,
        parts=parts,
        same=same,
        scores=[c.scores for c in counted],
        intervals=_intervals(counted, same),
        charts=learning_curves([part.run for part in parts], names),
        classes=tables.class_rows(counted),
        categories=tables.category_rows(counted),
        boundary=[tables.mean_boundary_iou(c) for c in counted],
        matrices=[tables.matrix_of(c.confusion) for c in counted],
        sizes=sizes,
        size_means=size_means,
        size_chart=size_chart(size_means, names),
        quarters=QUARTERS,
        rings=rings,
        ring_chart=ring_chart(rings, names),
        band=band_width(counted[0].size),
        groups=_groups(counted, names, same, images),
        wrong=WRONG,
        not_scored=NOT_SCORED,
        cards=cards,
        remarks=_remarks(parts, names, same),
        difference=_config_difference(parts, names),
        version=__version__,
        date=datetime.date.today().isoformat(),
    )


def unique_names(runs: Sequence[Run]) -> list[str]:
    """A name a run: of its folder, or the whole path where folders are called the same."""
    names = [run.name for run in runs]
    return names if len(set(names)) == len(names) else [str(run.folder) for run in runs]


def same_truth(counted: Sequence[Counted]) -> bool:
    """Whether two runs were scored on the same frames, by their names and pixels of each class."""
    first = counted[0]
    return all(
        [frame.name for frame in other.frames] == [frame.name for frame in first.frames]
        and all(
            (a.confusion.sum(axis=1) == b.confusion.sum(axis=1)).all()
            for a, b in zip(first.images, other.images)
        )
        for other in counted[1:]
    )


def _intervals(counted: Sequence[Counted], same: bool) -> dict | None:
    """95 % intervals of mIoU over images, and of the difference of two runs."""
    if len(counted[0].frames) < LEAST_IMAGES or not same:
        return None
    pairs = [
        [(frame.name, image) for frame, image in zip(run.frames, run.images)] for run in counted
    ]
    if len(pairs) == 1:
        found = bootstrap(pairs[0], RESAMPLES)
        return {'runs': [found['intervals']['mIoU']], 'difference': None}
    found = bootstrap(pairs[1], RESAMPLES, against=pairs[0])
    return {
        'runs': [found['against_intervals']['mIoU'], found['intervals']['mIoU']],
        'difference': found['differences']['mIoU'],
    }


def _groups(
    counted: Sequence[Counted], names: Sequence[str], same: bool, images: int
) -> list[Group]:
    if images < 1:
        return []
    if same:
        return gallery(counted, names, images)
    return [
        replace(group, title=f'{group.title}, {name}')
        for run, name in zip(counted, names)
        for group in gallery([run], [name], images)
    ]


def _remarks(parts: Sequence[Part], names: Sequence[str], same: bool) -> list[str]:
    remarks = []
    for part, name in zip(parts, names):
        found = list(part.run.remarks)
        stored = part.run.scores if part.run.predictions else None
        disagreement = tables.disagreement(stored, part.counted.scores)
        if disagreement:
            found.append(disagreement)
        if not part.run.curves.training:
            found.append('No */vis_data/scalars.json with a loss: there are no curves of it.')
        remarks += [f'{name}: {text}' if len(parts) > 1 else text for text in found]
    if not same:
        remarks.append(
            'The two runs were not scored on the same ground truth: their differences are not of '
            'the models alone.'
        )
    return remarks


def _config_difference(parts: Sequence[Part], names: Sequence[str]) -> list[str]:
    """Lines of a unified diff between two configs."""
    if len(parts) < 2:
        return []
    texts = [part.run.text.splitlines() for part in parts]
    return list(difflib.unified_diff(*texts, *names, n=2, lineterm=''))
