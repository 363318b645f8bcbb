"""What a run logged while it trained: ``vis_data/scalars.json`` of each of its sessions."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Curves:
    """A run over time.

    Attributes:
        unit: of the first number of each point: ``'epoch'``, counted from 0 and in fractions, or
            ``'iteration'``.
        training: points of ``loss``, ``lr`` and what else is logged with a loss.
        validation: points of each metric.
        iterations: how many were trained; None if nothing was logged.
        seconds: that the steps of training took together, from the mean step times logged.
        memory_mb: the highest peak logged; of the GPU, or else of the process.
    """

    unit: str = 'epoch'
    training: dict[str, Points] = field(default_factory=dict)
    validation: dict[str, Points] = field(default_factory=dict)
    iterations: int | None = None
    seconds: float | None = None
    memory_mb: float | None = None

    def best(self, metric: str) -> tuple[float, float] | None:
        """The point of the highest value, the earliest of equals."""
        finite = [point for point in self.validation.get(metric, []) if math.isfinite(point[1])]
        return max(finite, key=lambda point: point[1], default=None)


def read_curves(folder: Path) -> tuple[Curves, list[str]]:
    """Reads all sessions of a work directory; what a resumed one repeats, counts once.

    Returns:
        The curves, and a sentence on each file with lines that could not be read: a killed run
        leaves half a line at the end.
    """
    training, validation, remarks = [], [], []
    for file in sorted(folder.glob('*/vis_data/scalars.json')):  # named by the time they began
        records, broken = _records(file)
        if broken:
            lines = ', '.join(map(str, broken[:3])) + (', ...' if len(broken) > 3 else '')
            remarks.append(
                f'{file.relative_to(folder)}: line {lines} cannot be read and was left out, as a '
                'run that was killed leaves it.'
            )
        later = [record for record in records if 'iter' in record]
        scored = [record for record in records if 'iter' not in record]
        if later:
            first = later[0]
            training = [record for record in training if record['iter'] < first['iter']]
            begin = first.get('epoch', first['iter'])
            validation = [record for record in validation if record['step'] < begin]
        training += later
        validation += scored
    return _curves(training, validation), remarks


def _records(file: Path) -> tuple[list[dict], list[int]]:
    """The lines of a file that are records, and the numbers of those that are not."""
    records, broken = [], []
    for number, line in enumerate(file.read_text(errors='replace').splitlines(), 1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            record = None
        if isinstance(record, dict) and isinstance(record.get('step'), int):
            records.append(record)
        elif line.strip():
            broken.append(number)
    return records, broken


def _curves(training: list[dict], validation: list[dict]) -> Curves:
    by_epoch = any('epoch' in record for record in training) or not training
    # An epoch e ends at e * length at the latest, so length is iter / epoch at least; the last
    # record of an epoch is no further from its end than the interval of the log.
    length = 1
    if by_epoch and training:
        length = max(math.ceil(record['iter'] / record.get('epoch', 1)) for record in training)
    curves = Curves('epoch' if by_epoch else 'iteration')
    for record in training:
        for name, value in record.items():
            if name not in ('iter', 'epoch', 'step') and _is_number(value):
                point = (record['iter'] / length, value)
                curves.training.setdefault(name, []).append(point)
    for record in validation:
        for name, value in record.items():
            if name not in ('step', 'time', 'data_time') and _is_number(value):
                curves.validation.setdefault(name, []).append((record['step'], value))
    if not training:
        return curves
    starts = [0, *(record['iter'] for record in training)]
    steps = [end - start for start, end in zip(starts, starts[1:])]
    times = [record.get('time') for record in training]
    peaks = [
        record[name]
        for record in training
        for name in ('memory', 'memory_mb')
        if _is_number(record.get(name))
    ]
    return Curves(
        curves.unit,
        curves.training,
        curves.validation,
        iterations=training[-1]['iter'],
        seconds=sum(s * t for s, t in zip(steps, times)) if all(map(_is_number, times)) else None,
        memory_mb=max(peaks, default=None),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
