"""How time and memory grow with the picture and with each size of the model."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FormatStrFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

from ..config import load_config
from ..deployment import fuse
from .compare import WARM_UP
from .contenders import Contender, build_model, flops_of
from .machine import describe, spread, timed
from .memory import peak_memory
from .steps import InferenceStep, check_dtypes

SIZES = [(256, 512), (362, 724), (512, 1024), (724, 1448), (1024, 2048), (1448, 2896), (2048, 4096)]
AXES = {
    'pixels': [height * width for height, width in SIZES],
    'depth': [1, 2, 4, 8, 16, 32],
    'embed_dims': [16, 32, 64, 128, 256],
    'level': [1, 2, 3, 4],
}


def scaling(
    path: Path,
    axes: Sequence[str],
    size: tuple[int, int],
    device: torch.device,
    dtype: str,
    rounds: int,
) -> dict:
    """Measures the fused model of a config while one thing at a time grows.

    Args:
        path: a WaveMix config; what does not grow stays as it says.
        axes: of :data:`AXES`.
        size: height and width of the picture, where the picture does not grow.
        device: where.
        dtype: see :class:`Step`.
        rounds: timed steps of each point, taking turns.

    Returns:
        ``machine``, and under ``axes`` for each a list of points ``value, latency_ms,
        peak_memory_mb, flops`` and the ``exponent`` of time and memory: the slope of the straight
        line through their logarithms.
    """
    check_dtypes(device, [dtype])
    result = dict(machine=describe(device), config=path.stem, dtype=dtype, axes={})
    for axis in axes:
        points = [
            (dict(value=value), step) for value, step in _steps(path, axis, size, device, dtype)
        ]
        for point, step in points:
            point['peak_memory_mb'] = round(peak_memory(step, device, step.held) / 2**20, 1)
        times: list[list[float]] = [[] for _ in points]
        for turn in range(rounds + WARM_UP):
            for (_, step), seconds in zip(points, times):
                elapsed = timed(step, device)
                if turn >= WARM_UP:
                    seconds.append(elapsed)
        for (point, step), seconds in zip(points, times):
            point['latency_ms'] = round(1e3 * spread(seconds)[0], 3)
            point['flops'] = flops_of(step.model.model, step.x.shape[-2:])
        rows = [point for point, _ in points]
        exponents = {key: exponent(rows, key) for key in ('latency_ms', 'peak_memory_mb', 'flops')}
        result['axes'][axis] = dict(points=rows, exponent=exponents)
    return result


def _steps(
    path: Path, axis: str, size: tuple[int, int], device: torch.device, dtype: str
) -> Iterator[tuple[int, InferenceStep]]:
    for value in AXES[axis]:
        cfg = load_config(path)
        if axis == 'pixels':
            size = next(pair for pair in SIZES if pair[0] * pair[1] == value)
        else:
            cfg.model.backbone[axis] = value
        if axis == 'embed_dims':
            cfg.model.decode_head.in_channels = value
        model = fuse(build_model(cfg, path))
        contender = Contender(path.stem, model, params=0, flops=0, channels_last=True)
        yield value, InferenceStep(contender, size, 1, device, dtype)


def exponent(points: Sequence[dict], key: str) -> float:
    """Slope of ``log(key)`` over ``log(value)``, by least squares: 1 is linear."""
    values, results = (np.log([point[name] for point in points]) for name in ('value', key))
    return round(float(np.polyfit(values, results, 1)[0]), 3)


def ticks_between(low: float, high: float) -> list[float]:
    """Three to eight round numbers for a logarithmic axis, however short it is."""
    for digits in ((1,), (1, 3), (1, 2, 5)):
        ticks = [t for t in LogLocator(10, digits).tick_values(low, high) if low <= t <= high]
        if 3 <= len(ticks) <= 8:  # with few decades, the locator takes linear steps, too many
            return ticks
    return [t for t in MaxNLocator(7, min_n_ticks=3).tick_values(low, high) if low <= t <= high]


def plot(result: dict) -> Figure:
    """Time and memory over each axis, logarithmic, with their exponents."""
    axes = result['axes']
    figure = Figure(figsize=(3.2 * len(axes), 5.6), layout='constrained')
    grid = figure.subplots(2, len(axes), squeeze=False)
    rows = (('latency_ms', 'time, ms'), ('peak_memory_mb', 'peak memory, MB'))
    for column, (name, measured) in enumerate(axes.items()):
        values = [point['value'] for point in measured['points']]
        for row, (key, title) in zip(grid, rows):
            axis = row[column]
            axis.loglog(values, [point[key] for point in measured['points']], 'o-')
            axis.set_title(f'{name} ^ {measured["exponent"][key]:.2f}', fontsize=10)
            labels = [f'{v / 2**20:.2g}M' if v >= 2**17 else str(v) for v in values]
            axis.set_xticks(values, labels, fontsize=8)
            axis.xaxis.set_minor_formatter(NullFormatter())
            axis.set_yticks(ticks_between(*axis.get_ylim()))
            axis.yaxis.set_major_formatter(FormatStrFormatter('%g'))
            axis.yaxis.set_minor_locator(NullLocator())
            axis.grid(alpha=0.3)
            if column == 0:
                axis.set_ylabel(title)
        grid[1][column].set_xlabel(name)
    machine = result['machine']
    figure.suptitle(
        f'{result["config"]}, fused, {result["dtype"]}, {machine["device"]}', fontsize=10
    )
    return figure
