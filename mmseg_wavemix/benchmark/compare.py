"""All contenders in one process, taking turns, so that what slows the machine slows them all."""

import copy
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from mmengine.logging import print_log

from ..errors import InputError
from .contenders import Contender
from .machine import MatrixProduct, copy_rate, describe, spread, timed
from .memory import largest_batch, peak_memory
from .steps import DTYPES, InferenceStep, Step, TrainingStep, check_dtypes

WARM_UP = 2  # rounds
GROWTH = 1.3  # of the peak with twice the pictures, to be theirs and not that of the weights
STEPS = {'infer': InferenceStep, 'train': TrainingStep}


def compare(
    contenders: Sequence[Contender],
    size: tuple[int, int],
    batches: Sequence[int],
    device: torch.device,
    dtypes: Sequence[str],
    mode: str,
    rounds: int,
    executions: Sequence[str] = ('eager',),
    memory: int | None = None,
    graphs: Sequence[tuple[Contender, str]] = (),
) -> dict:
    """Measures every contender in every dtype.

    Args:
        contenders: their models are copied.
        size: height and width of the pictures.
        batches: pictures a step; one row for each.
        device: where.
        dtypes: names of :data:`DTYPES`; the authors' model runs in float32 in inference, as
            published, and in each of them in training.
        mode: ``'infer'``, ``'train'``, or ``'both'``: one after the other, so that no memory is
            taken by what is not measured, each with all that can do it.
        rounds: timed steps of each.
        executions: how this package's models run, names of
            :data:`mmseg_wavemix.deployment.ready.EXECUTIONS`; the others run eagerly.
        memory: bytes, to tell the largest batch that fits.
        graphs: contenders outside torch and the dtypes they compute in, see :func:`exported`.

    Returns:
        What ``tools/benchmark.py --json`` writes: ``machine``, ``rounds`` and ``rows``.

    Raises:
        InputError: none of them runs, less memory is free than ``memory``, or a dtype is one that
            this CPU only emulates, for minutes a product.
    """
    check_dtypes(device, dtypes)
    machine = describe(device) | {'copy_gb_per_s': round(copy_rate(device) / 1e9, 1)}
    probes = {dtype: MatrixProduct(device, DTYPES[dtype]) for dtype in dtypes}
    finished = []
    for each in ('infer', 'train') if mode == 'both' else (mode,):
        able = [contender for contender in contenders if each == 'infer' or not contender.frozen]
        runs = [
            _Run(contender, setting)
            for contender in able
            for setting in _settings(contender, size, batches, device, dtypes, each, executions)
        ]
        # they take float32 pictures whatever they compute in
        outside = [_Setting(size, batch, device, 'fp32', each, 'eager') for batch in batches]
        runs += [
            _Run(contender, setting, dtype)
            for contender, dtype in (graphs if each == 'infer' else ())
            for setting in outside
        ]
        runs = [run for run in runs if run.prepare(memory)]
        _take_turns(runs, list(probes.values()), rounds)
        finished += runs
    if not finished:
        raise InputError(
            'none of the models runs so, see above why: try another --dtype, or a smaller --size '
            'or --batch'
        )
    for dtype, probe in probes.items():
        machine[f'matmul_gflops_{dtype}'] = round(probe.rate() / 1e9, 1)
    for run in finished:
        run.conclude(machine)
    return dict(machine=machine, rounds=rounds, rows=[run.row for run in finished])


def _take_turns(runs: Sequence['_Run'], probes: Sequence[MatrixProduct], rounds: int) -> None:
    """Times all of them, round after round, and lets go of their models."""
    for turn in range(rounds + WARM_UP):
        # another one begins each time: none always finds the caches as the same neighbour left them
        first = turn % max(len(runs), 1)
        for run in [*runs[first:], *runs[:first]]:
            run.time(keep=turn >= WARM_UP)
        for probe in probes:  # under the same load as the models
            probe.time()
    for run in runs:
        del run.step


@dataclass(frozen=True)
class _Setting:
    """Under which conditions a contender runs."""

    size: tuple[int, int]
    batch: int
    device: torch.device
    dtype: str
    mode: str
    execution: str


def _settings(
    contender: Contender,
    size: tuple[int, int],
    batches: Sequence[int],
    device: torch.device,
    dtypes: Sequence[str],
    mode: str,
    executions: Sequence[str],
) -> list[_Setting]:
    if contender.name == 'reference' and mode == 'infer':
        dtypes = ['fp32']  # as published: its transforms know no other
    if contender.peer:
        executions = ['eager']
    return [
        _Setting(size, batch, device, dtype, mode, execution)
        for dtype in dtypes
        for execution in executions
        for batch in batches
    ]


class _Run:
    """A contender under one setting, and its row."""

    def __init__(self, contender: Contender, setting: _Setting, dtype: str | None = None) -> None:
        self.contender, self.setting = contender, setting
        self.inside = dtype is None  # torch sees what it allocates
        self.times: list[float] = []
        eager = setting.execution == 'eager'
        self.row = dict(
            name=contender.name + ('' if eager else f'+{setting.execution}'),
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
            one, setting.size, batch, setting.device, setting.dtype, setting.execution
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
        peak = self._peak(self.step)
        self.row['peak_memory_mb'] = round(peak / 2**20, 1) if self.inside else None
        if memory is not None and self.inside:
            self.row['largest_batch'] = self._largest_batch(peak, memory)
        return True

    def _peak(self, step: Step) -> int:
        return peak_memory(step, self.setting.device, step.held)

    def _largest_batch(self, peak: int, memory: int) -> int:
        """By the line through the peaks of two batches, as large as it takes for the pictures to
        count: with few, the peak of training is the optimizer's, and does not grow at all.

        Batches are doubled as long as they should fit: memory that is not there is not asked for.
        """
        batch, held = self.setting.batch, self.step.held
        while held + 2 * (peak - held) <= memory:
            batch, before = 2 * batch, peak
            try:
                peak = self._peak(self._step(batch))
            except RuntimeError as error:
                raise InputError(
                    f'--memory: {self.row["name"]} does not run with {batch} pictures, though they '
                    f'would fit ({str(error).splitlines()[0]}): name less memory than is free'
                ) from error
            # one picture is a special case to some libraries
            if batch > 2 and peak >= GROWTH * before:
                return largest_batch({batch // 2: before, batch: peak}, memory)
        return max(0, int((memory - held) * batch / (peak - held)))

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
