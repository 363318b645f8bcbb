"""All contenders in one process, taking turns, so that what slows the machine slows them all."""

import copy
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from mmengine.logging import print_log

from .contenders import AGAINST, Contender
from .machine import MatrixProduct, copy_rate, describe, spread, timed
from .memory import largest_batch, peak_memory
from .steps import DTYPES, InferenceStep, Step, TrainingStep

WARM_UP = 2  # rounds
STEPS = {'infer': InferenceStep, 'train': TrainingStep}


def compare(
    contenders: Sequence[Contender],
    size: tuple[int, int],
    batch: int,
    device: torch.device,
    dtypes: Sequence[str],
    mode: str,
    rounds: int,
    compiled: bool = False,
    memory: int | None = None,
    graphs: Sequence[tuple[Contender, str]] = (),
) -> dict:
    """Measures every contender in every dtype.

    Args:
        contenders: their models are copied.
        size: height and width of the pictures.
        batch: pictures a step.
        device: where.
        dtypes: names of :data:`DTYPES`; the authors' model runs in float32 in inference, as
            published, and in each of them in training.
        mode: ``'infer'`` or ``'train'``.
        rounds: timed steps of each.
        compiled: also run this package's models through ``torch.compile``.
        memory: bytes, to tell the largest batch that fits.
        graphs: contenders outside torch and the dtypes they compute in, see :func:`exported`.

    Returns:
        What ``tools/benchmark.py --json`` writes: ``machine`` and ``rows``.
    """
    machine = describe(device) | {'copy_gb_per_s': round(copy_rate(device) / 1e9, 1)}
    probes = {dtype: MatrixProduct(device, DTYPES[dtype]) for dtype in dtypes}

    runs = [
        _Run(contender, setting)
        for contender in contenders
        for setting in _settings(contender, size, batch, device, dtypes, mode, compiled)
    ]
    # they take float32 pictures whatever they compute in
    outside = _Setting(size, batch, device, 'fp32', mode, compiled=False)
    runs += [_Run(contender, outside, dtype) for contender, dtype in graphs]
    runs = [run for run in runs if run.prepare(memory)]
    for turn in range(rounds + WARM_UP):
        # another one begins each time: none always finds the caches as the same neighbour left them
        for run in [*runs[turn % len(runs) :], *runs[: turn % len(runs)]]:
            run.time(keep=turn >= WARM_UP)
        for probe in probes.values():  # under the same load as the models
            probe.time()
    for dtype, probe in probes.items():
        machine[f'matmul_gflops_{dtype}'] = round(probe.rate() / 1e9, 1)
    for run in runs:
        run.conclude(machine)
    return dict(machine=machine, rows=[run.row for run in runs])


@dataclass(frozen=True)
class _Setting:
    """Under which conditions a contender runs."""

    size: tuple[int, int]
    batch: int
    device: torch.device
    dtype: str
    mode: str
    compiled: bool


def _settings(
    contender: Contender,
    size: tuple[int, int],
    batch: int,
    device: torch.device,
    dtypes: Sequence[str],
    mode: str,
    compiled: bool,
) -> list[_Setting]:
    if contender.name == 'reference' and mode == 'infer':
        dtypes = ['fp32']  # as published: its transforms know no other
    ours = contender.name not in AGAINST
    forms = (False, True) if compiled and ours else (False,)
    return [_Setting(size, batch, device, dtype, mode, form) for dtype in dtypes for form in forms]


class _Run:
    """A contender under one setting, and its row."""

    def __init__(self, contender: Contender, setting: _Setting, dtype: str | None = None) -> None:
        self.contender, self.setting = contender, setting
        self.inside = dtype is None  # torch sees what it allocates
        self.times: list[float] = []
        self.row = dict(
            name=contender.name + ('+compiled' if setting.compiled else ''),
            params=contender.params,
            flops=contender.flops,
            mode=setting.mode,
            device=setting.device.type,
            dtype=dtype or setting.dtype,
            size=list(setting.size),
            batch=setting.batch,
            published_miou=contender.published_miou,
        )

    def _step(self, batch: int) -> Step:
        setting = self.setting
        one = replace(self.contender, model=copy.deepcopy(self.contender.model))
        return STEPS[setting.mode](
            one, setting.size, batch, setting.device, setting.dtype, setting.compiled
        )

    def prepare(self, memory: int | None) -> bool:
        """Whether the model runs in this dtype at all: some of MMSegmentation's do not."""
        print_log(f'preparing {self.row["name"]}, {self.row["dtype"]}', logger='current')
        try:
            self.step = self._step(self.setting.batch)
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            print_log(f'left out, {reason}', logger='current', level=logging.WARNING)
            return False
        peak = peak_memory(self.step, self.setting.device, self.step.held)
        self.row['peak_memory_mb'] = round(peak / 2**20, 1) if self.inside else None
        if memory is not None and self.inside:
            peaks = {}
            for batch in (2, 4):  # one picture is a special case to some libraries
                step = self._step(batch)
                peaks[batch] = peak_memory(step, self.setting.device, step.held)
            self.row['largest_batch'] = largest_batch(peaks, memory)
        return True

    def time(self, keep: bool) -> None:
        elapsed = timed(self.step, self.setting.device)
        if keep:
            self.times.append(elapsed)

    def conclude(self, machine: dict) -> None:
        median, lower, upper = spread(self.times)
        self.row['latency_ms'] = round(1e3 * median, 3)
        self.row['latency_quartiles_ms'] = [round(1e3 * lower, 3), round(1e3 * upper, 3)]
        self.row['fps'] = round(self.setting.batch / median, 3)
        # a training step computes each product of the forward pass three times
        flops = self.row['flops'] * self.setting.batch * (3 if self.setting.mode == 'train' else 1)
        rate = machine.get(f'matmul_gflops_{self.row["dtype"]}')  # none is known for 8 bits
        share = rate and round(flops / median / (1e9 * rate), 3)
        self.row['roofline_share'] = share
