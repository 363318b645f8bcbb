"""The machine: what it is, and how fast it multiplies and copies."""

import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import mmengine
import mmseg
import torch

from ..version import __version__


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
    """Names of device and host, and versions of the software."""
    facts = dict(
        device=_cpu_name() if device.type == 'cpu' else torch.cuda.get_device_name(device),
        threads=torch.get_num_threads(),
        system=platform.platform(),
        python=platform.python_version(),
        torch=torch.__version__,
        mmseg=mmseg.__version__,
        mmengine=mmengine.__version__,
        mmseg_wavemix=__version__,
    )
    if device.type == 'cuda':
        facts['cuda'] = torch.version.cuda
    return facts


class MatrixProduct:
    """A large matrix product, timed now and then.

    Args:
        device: where.
        dtype: of factors and product.
    """

    def __init__(self, device: torch.device, dtype: torch.dtype) -> None:
        self.device = device
        self.size = 2048 if device.type == 'cpu' else 8192
        self.factors = [
            torch.randn(self.size, self.size, device=device).to(dtype) for _ in range(2)
        ]
        self.times: list[float] = []
        self.product = torch.mm(*self.factors)

    def time(self) -> None:
        """Computes it a few times."""
        for _ in range(3):
            self.times.append(timed(lambda: torch.mm(*self.factors, out=self.product), self.device))

    def rate(self) -> float:
        """Operations a second, by the median of all times."""
        return 2 * self.size**3 / statistics.median(self.times)


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


def _cpu_name() -> str:
    cpuinfo = Path('/proc/cpuinfo')
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.split(':')[1].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor() or platform.machine()
