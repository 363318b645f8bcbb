"""How much memory a picture takes, how much there is, and the tiles that fit."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..benchmark.memory import peak_memory
from ..errors import InputError
from ..inference import segment

PROBES = ((128, 256), (256, 256))  # pictures to measure with: a second for the largest model
# Bytes a pixel in main memory beside the model's: of the picture and its classes while it is
# segmented, and of all that drawing and writing hold at once when the model is done.
HELD, HOST = 14, 40
SHARE = 0.9  # of the free memory that is made use of
SMALLEST_TILE, LARGEST_TILE = 256, 2048
GROUPS = Path('/proc/self/cgroup'), Path('/sys/fs/cgroup')  # the own groups, and all of them


@dataclass(frozen=True)
class Needs:
    """Bytes that segmenting takes on the model's device, beside the model itself.

    Attributes:
        fixed: whatever the picture.
        per_pixel: and with each pixel.
        on_host: whether the device shares main memory with everything else.
    """

    fixed: float
    per_pixel: float
    on_host: bool

    def of(self, pixels: int, whole: int | None = None) -> float:
        """Bytes for ``pixels`` at once; of a picture of ``whole`` pixels, if that is more."""
        model = self.fixed + self.per_pixel * pixels
        whole = whole or pixels
        return max(model + HELD * whole, HOST * whole) if self.on_host else model

    def pixels(self, memory: float) -> int:
        """How many pixels fit at once into so many bytes."""
        if not self.on_host:
            return max(0, int((memory - self.fixed) / self.per_pixel))
        return max(0, int(min((memory - self.fixed) / (self.per_pixel + HELD), memory / HOST)))


def measure(model: nn.Module) -> Needs:
    """What a model takes: the line through the peaks of two small pictures.

    Counted is what is allocated, of which the kernel has to find less: not all is ever touched.
    Activations and logits grow with the pixels. A model that sees every picture at one size has its
    activations in the fixed part.
    """
    device = next(model.parameters()).device
    peaks = []
    for height, width in PROBES:
        image = np.zeros((height, width, 3), np.uint8)
        peaks.append(peak_memory(lambda: segment(model, image), device, held=0))  # noqa: B023
    few, many = (height * width for height, width in PROBES)
    per_pixel = max(0.0, (peaks[1] - peaks[0]) / (many - few))
    fixed = max(0.0, peaks[0] - per_pixel * few)
    return Needs(fixed, per_pixel, device.type != 'cuda')


def available_memory(device: torch.device) -> int | None:
    """Bytes that can be allocated before the device, or the machine, runs out; None: unknown.

    On Linux without a GPU: what the kernel could hand out, within the limit of the container.
    """
    if device.type == 'cuda':
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + unused
    try:
        lines = Path('/proc/meminfo').read_text().splitlines()
    except OSError:
        return None
    kib = dict(line.split(':') for line in lines)['MemAvailable']
    return min([int(kib.split()[0]) * 1024, *_left_in_groups()])


def tile_for(
    needs: Needs,
    size: tuple[int, int],
    available: int | None,
    divisor: int,
    whole: int | None = None,
) -> tuple[int, int] | None:
    """The tiles that a picture is segmented in, or None if it fits whole.

    Args:
        needs: of the model.
        size: height and width that the model sees of the picture.
        available: bytes; None means that nobody knows, and everything is tried whole.
        divisor: the sides are multiples of it.
        whole: pixels of the picture itself, if it is larger.

    Raises:
        InputError: not even the smallest tiles fit.
    """
    pixels = size[0] * size[1]
    whole = whole or pixels
    if available is None or needs.of(pixels, whole) <= SHARE * available:
        return None
    step = max(64, divisor)
    for side in range(LARGEST_TILE // step * step, SMALLEST_TILE - 1, -step):
        tile = min(side, size[0]) * min(side, size[1])
        if tile < pixels and needs.of(tile, whole) <= SHARE * available:
            return side, side
    least = needs.of(min(SMALLEST_TILE**2, pixels), whole)
    raise InputError(
        f'{size[1]}x{size[0]} pixels take about {in_words(least)} of memory even in tiles, '
        f'{in_words(available)} are free: close other programs or scale the picture down'
    )


def in_words(count: float) -> str:
    """Bytes, as a person reads them."""
    return f'{count / 1e9:.1f} GB' if count >= 1e9 else f'{count / 1e6:.0f} MB'


def _left_in_groups() -> list[int]:
    """Bytes left to each control group that this process is in: containers, batch systems."""
    left = []
    try:
        lines = GROUPS[0].read_text().splitlines()
    except OSError:
        return left
    for line in lines:
        _, controllers, name = line.split(':', 2)
        if controllers and 'memory' not in controllers.split(','):
            continue
        root = GROUPS[1] / ('memory' if controllers else '')
        limit, usage = (
            ('memory.limit_in_bytes', 'memory.usage_in_bytes')
            if controllers
            else ('memory.max', 'memory.current')
        )
        group = root / name.lstrip('/')
        # inside a container the name may be the host's, and the container's own group the root
        for folder in {root, *(p for p in (group, *group.parents) if p.is_relative_to(root))}:
            allowed, used = _number(folder / limit), _number(folder / usage)
            if allowed is not None and used is not None:
                left.append(max(0, allowed - used + _cached(folder)))
    return left


def _number(file: Path) -> int | None:
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None  # or 'max'


def _cached(group: Path) -> int:
    """Bytes of files that the kernel gives up when memory runs short."""
    try:
        pairs = (line.split() for line in (group / 'memory.stat').read_text().splitlines())
    except OSError:
        return 0
    return next((int(value) for key, value in pairs if key == 'inactive_file'), 0)
