"""How sure is a score? Intervals over images, of one model and of the difference between two.

Images are drawn with replacement, as many as there are, and scored anew, many times (percentile
bootstrap; B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). It
tells what another sample of such images might have given; not what another training run would.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from prettytable import PrettyTable

from ..errors import InputError
from .counts import ImageCounts, replay
from .official import AVERAGES, evaluate_lists, in_percent, name_order, official_module

CONFIDENCE = 95  # percent


@dataclass(frozen=True)
class _Sums:
    """What the official scores are made of, of one image or of a sum of images.

    Attributes:
        confusion: ``(..., 34, 34)``.
        weighted: Pixels of instances, found and missed, weighted as iIoU asks, of each class and
            category that has instances: ``(..., groups, 2)``.
    """

    confusion: np.ndarray
    weighted: np.ndarray


def _groups(stats: dict) -> list[dict[str, float]]:
    return [*stats['classes'].values(), *stats['categories'].values()]


def _sums_of(counts: ImageCounts) -> _Sums:
    official = official_module()
    confusion = official.generateMatrix(SimpleNamespace())
    stats = official.generateInstanceStats(SimpleNamespace())
    replay(counts, counts, confusion, stats, {}, official.args)
    weighted = [[group['tpWeighted'], group['fnWeighted']] for group in _groups(stats)]
    return _Sums(confusion.astype(np.float64), np.array(weighted))


def _add_sums(
    sums: _Sums,
    _: _Sums,
    confusion: np.ndarray,
    stats: dict,
    per_image: dict,
    args: SimpleNamespace,
) -> int:
    """Stand-in for the official ``evaluatePair``: all images of a sample at once."""
    confusion += sums.confusion.astype(confusion.dtype)
    for group, (found, missed) in zip(_groups(stats), sums.weighted.tolist()):
        group['tpWeighted'], group['fnWeighted'] = found, missed
    return int(sums.confusion.sum())


class _Resampler:
    """Scores of samples of the same images."""

    def __init__(self, counted: Sequence[tuple[str, ImageCounts]]) -> None:
        ordered = sorted(counted, key=lambda item: name_order(item[0]))
        self.truths = [truth for truth, _ in ordered]
        images = [_sums_of(counts) for _, counts in ordered]
        self._confusion = np.stack([image.confusion for image in images])
        self._weighted = np.stack([image.weighted for image in images])

    def scores(self, times: np.ndarray) -> dict[str, float]:
        """Scores in percent, nan where not scored; ``times``: how often each image is in it."""
        # Sums of pixels are exact: whole numbers far below 2^53.
        confusion = np.tensordot(times, self._confusion, axes=1)
        sums = _Sums(confusion, np.tensordot(times, self._weighted, axes=1))
        module = official_module(_add_sums)
        return _flat(in_percent(evaluate_lists(module, [sums], [sums]), len(times)))


def _flat(scores: dict) -> dict[str, float]:
    flat = {name: scores[name] for name in AVERAGES}
    flat |= {f'IoU/{name}': row['IoU'] for name, row in scores['classes'].items()}
    return {name: np.nan if score is None else score for name, score in flat.items()}


def bootstrap(
    counted: Sequence[tuple[str, ImageCounts]],
    resamples: int,
    seed: int = 0,
    against: Sequence[tuple[str, ImageCounts]] | None = None,
) -> dict:
    """Intervals of the official scores over images.

    Args:
        counted: ``(ground truth, counts)`` of each image.
        resamples: How many samples are drawn; 1000 or more for intervals that are stable to a
            tenth of their width.
        seed: Of the samples; images are taken in name order, so the same seed gives the same.
        against: The same images as another model predicted them. Both are scored on the same
            samples, so what makes an image hard for both is not taken for a difference.

    Returns:
        ``{"resamples", "seed", "confidence": 95, "intervals": {score: [low, high]}}`` for
        the four averages and ``IoU/<class>``, in percent; None where no sample has that score.
        Samples without it (a class none of whose images was drawn) are left out. With ``against``
        also ``"against": {score: value}``, ``"against_intervals"`` and ``"differences":
        {score: {"difference", "interval"}}``, of the first minus the other.

    Raises:
        InputError: fewer than two images or than one sample; other images in ``against``.
    """
    if resamples < 1:
        raise InputError(f'{resamples} resamples: draw at least one, better 1000.')
    if len(counted) < 2:
        raise InputError(f'{len(counted)} images: an interval over images needs two or more.')
    models = [_Resampler(part) for part in (counted, against) if part is not None]
    if models[-1].truths != models[0].truths:
        raise InputError('The two predictions are not of the same images: evaluate the same split.')
    generator, number = np.random.default_rng(seed), len(counted)
    drawn = [[] for _ in models]
    for _ in range(resamples):
        times = np.bincount(generator.integers(number, size=number), minlength=number)
        for scores, model in zip(drawn, models):
            scores.append(list(model.scores(times.astype(np.float64)).values()))
    points = [model.scores(np.ones(number)) for model in models]
    samples = [np.array(scores) for scores in drawn]
    names = list(points[0])
    result = {
        'resamples': resamples,
        'seed': seed,
        'confidence': CONFIDENCE,
        'intervals': _intervals(names, samples[0]),
    }
    if against is not None:
        intervals = _intervals(names, samples[0] - samples[1])
        result['against'] = {name: _or_none(score) for name, score in points[1].items()}
        result['against_intervals'] = _intervals(names, samples[1])
        result['differences'] = {
            name: {
                'difference': _or_none(points[0][name] - points[1][name]),
                'interval': intervals[name],
            }
            for name in names
        }
    return result


def _intervals(names: list[str], samples: np.ndarray) -> dict[str, list[float] | None]:
    tail = (100 - CONFIDENCE) / 2
    columns = {name: column[~np.isnan(column)] for name, column in zip(names, samples.T)}
    return {
        name: np.percentile(column, [tail, 100 - tail]).tolist() if column.size else None
        for name, column in columns.items()
    }


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def format_bootstrap(scores: dict, result: dict) -> str:
    """A table of the intervals.

    Args:
        scores: The official scores of the first model.
        result: What :func:`bootstrap` returned for it.
    """
    paired = 'differences' in result
    columns = ['score', 'value', 'interval']
    table = PrettyTable(columns + ['other', 'its interval', 'difference', 'of it'] * paired)
    table.align = 'r'
    table.align['score'] = 'l'
    for name, value in _flat(scores).items():
        row = [name, _cell(value), _range(result['intervals'][name])]
        if paired:
            row += [
                _cell(result['against'][name]),
                _range(result['against_intervals'][name]),
                _cell(result['differences'][name]['difference'], '+.2f'),
                _range(result['differences'][name]['interval'], '+.2f'),
            ]
        table.add_row(row)
    text = (
        f'{table}\n{result["confidence"]} % percentile intervals over images: '
        f'{result["resamples"]} resamples, seed {result["seed"]}; - is not scored.'
    )
    if paired:
        text += (
            '\nDifferences are paired, first minus other: both are scored on the same resamples.'
        )
    return text


def _cell(value: float | None, form: str = '.2f') -> str:
    return '-' if value is None or np.isnan(value) else format(value, form)


def _range(interval: list[float] | None, form: str = '.2f') -> str:
    return '-' if interval is None else ' .. '.join(format(value, form) for value in interval)
