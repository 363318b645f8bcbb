"""Where the time of a step goes: every operation of a model timed, in its place, at its rate."""

import re
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry
from torch.utils.module_tracker import ModuleTracker

from ..deployment.ready import DTYPES
from ..errors import InputError
from .compare import WARM_UP
from .contenders import Contender
from .machine import MatrixProduct, describe, spread, synchronize, timed
from .steps import InferenceStep, check_dtypes


@dataclass(frozen=True)
class Kind:
    """Operations that are told as one: the same in all blocks."""

    where: str  # module, numbers of blocks as *
    operation: str
    factor: tuple[int, ...] = ()  # of a product: weights, or the other matrix
    output: tuple[int, ...] = ()


class _Recorder(TorchDispatchMode):
    """Seconds, calls and FLOPs of what a step computes, by :class:`Kind`.

    Each operation is waited for, as a CPU does anyway.
    """

    def __init__(self, device: torch.device, modules: ModuleTracker) -> None:
        super().__init__()
        self.device, self.modules = device, modules
        self.seconds: dict[Kind, float] = defaultdict(float)
        self.calls: dict[Kind, int] = defaultdict(int)
        self.flops: dict[Kind, int] = defaultdict(int)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # noqa: ANN001, ANN204
        kwargs = kwargs or {}
        with self:  # what is made of others is told by them
            result = func.decompose(*args, **kwargs)
        if result is not NotImplemented:
            return result
        synchronize(self.device)
        start = time.perf_counter()
        result = func(*args, **kwargs)
        synchronize(self.device)
        seconds = time.perf_counter() - start
        name = func.overloadpacket.__name__
        if func.overloadpacket in flop_registry:
            tensors = [arg for arg in args if isinstance(arg, Tensor)]
            # addmm and baddbmm begin with what is added
            factor = tensors[2 if name in ('addmm', 'baddbmm') else 1]
            kind = Kind(self._where(), name, tuple(factor.shape), tuple(result.shape))
            self.flops[kind] += flop_registry[func.overloadpacket](*args, **kwargs, out_val=result)
        else:
            kind = Kind('', name)
        self.seconds[kind] += seconds
        self.calls[kind] += 1
        return result

    def _where(self) -> str:
        """The innermost module that is being computed, without that which makes labels."""
        innermost = max(self.modules.parents, key=lambda name: name.count('.'))
        path = innermost.removeprefix('Labels.').removeprefix('model.')
        return re.sub(r'(?<![^.])\d+(?=\.|$)', '*', path)


def layer_times(
    contender: Contender,
    size: tuple[int, int],
    batch: int,
    device: torch.device,
    dtype: str,
    rounds: int,
) -> dict:
    """Times a step of inference as a whole and operation by operation, in turns.

    Args:
        contender: its model is converted, in place.
        size: height and width of the pictures.
        batch: pictures a step.
        device: where.
        dtype: a name of :data:`DTYPES`.
        rounds: timed steps.

    Returns:
        What ``tools/layer_times.py --json`` writes: ``machine``, ``latency_ms`` of the step that
        nobody looked into, and ``rows``, the slowest first; milliseconds are medians.

    Raises:
        InputError: the model does not run so.
    """
    check_dtypes(device, [dtype])
    try:
        step = InferenceStep(contender, size, batch, device, dtype)
    except RuntimeError as error:
        raise InputError(
            f'{contender.name} does not run with --dtype {dtype} --batch {batch} '
            f'({str(error).splitlines()[0]}): try another dtype, fewer pictures'
        ) from error
    probe = MatrixProduct(device, DTYPES[dtype])
    machine = describe(device)
    whole: list[float] = []
    apart: list[_Recorder] = []
    for turn in range(rounds + WARM_UP):
        with ModuleTracker() as modules, _Recorder(device, modules) as recorder:
            step()
        elapsed = timed(step, device)
        probe.time()
        if turn >= WARM_UP:
            whole.append(elapsed)
            apart.append(recorder)
    machine[f'matmul_gflops_{dtype}'] = round(probe.rate() / 1e9, 1)
    median, lower, upper = spread(whole)
    rows = [_row(kind, apart, probe.rate()) for kind in apart[0].seconds]
    return dict(
        machine=machine,
        rounds=rounds,
        name=contender.name,
        dtype=dtype,
        size=list(size),
        batch=batch,
        latency_ms=round(1e3 * median, 3),
        latency_quartiles_ms=[round(1e3 * lower, 3), round(1e3 * upper, 3)],
        rows=sorted(rows, key=lambda row: -row['ms']),
    )


def _row(kind: Kind, apart: Sequence[_Recorder], peak: float) -> dict:
    seconds = spread([recorder.seconds[kind] for recorder in apart])[0]
    flops = apart[0].flops.get(kind, 0)
    return dict(
        where=kind.where,
        operation=kind.operation,
        factor=list(kind.factor),
        output=list(kind.output),
        calls=apart[0].calls[kind],
        ms=round(1e3 * seconds, 3),
        flops=flops,
        roofline_share=round(flops / seconds / peak, 3) if flops else None,
    )


def format_layers(result: dict) -> str:
    """Markdown: products by place, all else by operation, and what the peak rate would make of it.

    A product at the peak rate is what it cannot be faster than: time above that is lost, in
    products, in what computes none, and between operations.
    """
    rows = result['rows']
    total = sum(row['ms'] for row in rows)
    lines = ['| where | operation | factor | result | calls | ms | of the time | of peak rate |']
    lines.append('|---|---|---|---|' + '---:|' * 4)
    for row in rows:
        share = '' if row['roofline_share'] is None else f'{100 * row["roofline_share"]:.0f} %'
        cells = [
            row['where'],
            row['operation'],
            _shape(row['factor']),
            _shape(row['output']),
            str(row['calls']),
            f'{row["ms"]:.2f}',
            f'{100 * row["ms"] / total:.1f} %',
            share,
        ]
        lines.append(f'| {" | ".join(cells)} |')
    peak = 1e9 * result['machine'][f'matmul_gflops_{result["dtype"]}']
    at_peak = 1e3 * sum(row['flops'] for row in rows) / peak
    products = sum(row['ms'] for row in rows if row['flops'])
    latency = result['latency_ms']
    lines += [
        '',
        f'the step as a whole: {latency:.1f} ms, {100 * at_peak / latency:.0f} % of the peak rate',
        f'its operations one by one: {total:.1f} ms',
        f'products at the peak rate: {at_peak:.1f} ms',
        f'products beyond that: {products - at_peak:.1f} ms',
        f'operations that are no products: {total - products:.1f} ms',
    ]
    return '\n'.join(lines)


def _shape(shape: Sequence[int]) -> str:
    return 'x'.join(map(str, shape))
