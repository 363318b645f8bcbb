"""How fast a run's model is on the machine that writes the page."""

import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from ..benchmark.contenders import from_config
from ..benchmark.machine import describe, timed
from ..benchmark.memory import peak_memory
from ..benchmark.steps import InferenceStep

SECONDS, MOST, LEAST = 5.0, 20, 3  # of timing; steps


@dataclass(frozen=True)
class Speed:
    """One picture at a time, float32, fused: from a normalised picture to its label map.

    Attributes:
        fps: by the median time of a step.
        milliseconds: that time.
        steps: how many were timed.
        memory_mb: peak, as far as torch allocates it.
        machine: processor or GPU, and threads.
        load: processes that wanted to run on average in the minute before; None where unknown.
    """

    fps: float
    milliseconds: float
    steps: int
    memory_mb: float
    machine: str
    load: float | None


def measure_speed(config: Path, size: tuple[int, int], device: torch.device) -> Speed:
    """Times the model of a config, with random weights, on which speed does not depend.

    Args:
        config: a segmentation config.
        size: height and width of the pictures.
        device: where.
    """
    load = os.getloadavg()[0] if hasattr(os, 'getloadavg') else None
    (contender,) = from_config(config, size, ('fused',))
    step = InferenceStep(contender, size, 1, device, 'fp32')
    peak = peak_memory(step, device, step.held)  # warms up, too
    times, begin = [], time.perf_counter()
    while len(times) < LEAST or (len(times) < MOST and time.perf_counter() - begin < SECONDS):
        times.append(timed(step, device))
    median = statistics.median(times)
    facts = describe(device)
    threads = f', {facts["threads"]} threads' if device.type == 'cpu' else ''
    machine = f'{facts["device"]}{threads}'
    return Speed(1 / median, 1e3 * median, len(times), peak / 2**20, machine, load)
