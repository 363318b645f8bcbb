"""The machine: what it is, and how fast it multiplies and copies."""

import platform
import shlex
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mmengine
import mmseg
import torch

from ..commit import commit
from ..version import __version__

OTHERS = ('wavemix', 'onnxruntime', 'openvino', 'mmpretrain', 'onedl-mmpretrain')


def synchronize(device: torch.device) -> None:
    """Waits until the device has done what it was told."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)


def timed(run: Callable[[], object], device: torch.device) -> float:
    """Seconds that a call takes, until the device has done it."""
    synchronize(device)
    start = time.perf_counter()
    run()
    synchronize(device)
    return time.perf_counter() - start


def describe(device: torch.device) -> dict[str, str | int]:
    """Names of device and host, versions of the software, and the command that asks."""
    facts = dict(
        device=_cpu_name() if device.type == 'cpu' else torch.cuda.get_device_name(device),
        threads=torch.get_num_threads(),
        system=platform.platform(),
        python=platform.python_version(),
        torch=torch.__version__,
        mmseg=mmseg.__version__,
        mmengine=mmengine.__version__,
        mmseg_wavemix=__version__,
        **(dict(commit=known) if (known := commit()) else {}),
        **_versions(OTHERS),
        command=shlex.join(['python', *sys.argv]),
    )
    if device.type == 'cuda':
        facts['cuda'] = torch.version.cuda
    return facts


class MatrixProduct:
    """A large matrix product, timed now and then: by torch.mm, and as a 1x1 convolution.

    They go through different libraries: on AMD's CPUs MKL's float32 product is not half as fast as
    oneDNN's convolution. What the machine can do is the faster one of them, and the fastest time
    of that: what came between the others, pages fresh from the system or another process, is not
    the machine's limit.

    Args:
        device: where.
        dtype: of factors and product.
    """

    def __init__(self, device: torch.device, dtype: torch.dtype) -> None:
        self.device = device
        rows, size = (4096, 1024) if device.type == 'cpu' else (8192, 8192)
        self.flops = 2 * rows * size**2
        left = torch.randn(rows, size, device=device).to(dtype)
        right = torch.randn(size, size, device=device).to(dtype)
        product = torch.mm(left, right)
        # the rows as pixels, which lie behind one another with all their channels
        pixels = left.reshape(1, -1, 64, size).permute(0, 3, 1, 2)
        kernel = right.t().contiguous()[..., None, None]
        self.calls = [
            lambda: torch.mm(left, right, out=product),
            lambda: torch.nn.functional.conv2d(pixels, kernel),
        ]
        self.times: list[list[float]] = [[] for _ in self.calls]

    @torch.inference_mode()
    def time(self) -> None:
        """Computes it a few times each way."""
        for call, times in zip(self.calls, self.times):
            times += [timed(call, self.device) for _ in range(3)]

    def rate(self) -> float:
        """Operations a second, by the shortest of all times."""
        return self.flops / min(min(times) for times in self.times)


def copy_rate(device: torch.device) -> float:
    """Bytes a second, read and written, of copying a large tensor."""
    source = torch.randn(64 << 20 if device.type == 'cpu' else 512 << 20, device=device)
    target = torch.empty_like(source)
    return 2 * source.nbytes / min(timed(lambda: target.copy_(source), device) for _ in range(8))


def spread(times: list[float]) -> tuple[float, float, float]:
    """Median and the quartiles around it."""
    if len(times) < 2:
        return times[0], times[0], times[0]
    lower, median, upper = statistics.quantiles(times, n=4, method='inclusive')
    return median, lower, upper


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {}
    for package in packages:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _cpu_name() -> str:
    cpuinfo = Path('/proc/cpuinfo')
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.split(':')[1].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor() or platform.machine()
