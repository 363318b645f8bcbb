"""Peak memory of one call: what the allocator holds, on a GPU or on a CPU."""

import os
from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile


def peak_memory(run: Callable[[], object], device: torch.device, held: int) -> int:
    """Bytes at the highest point of a call, with what was there before it.

    On a CPU the profiler's record of every allocation is summed up; what a library allocates past
    torch is not in it. On a GPU the allocator's own peak is taken.

    Args:
        run: the call; what it returns is let go of.
        device: where it computes.
        held: bytes that lie there before: weights, state of the optimizer, input.
    """
    run()  # buffers that are made on first use
    if device.type == 'cuda':
        torch.cuda.synchronize(device)
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        run()
        torch.cuda.synchronize(device)
        return held + torch.cuda.max_memory_allocated(device) - before
    os.environ.setdefault(
        'KINETO_LOG_LEVEL', '99'
    )  # it tells the terminal that it starts and stops
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        run()
    events = (e for e in record.profiler.kineto_results.events() if e.name() == '[memory]')
    level = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        level += event.nbytes()
        peak = max(peak, level)
    return held + peak


def tensor_bytes(*tensors: torch.Tensor) -> int:
    """Bytes of tensors, each storage once."""
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    return sum(storages.values())


def largest_batch(peaks: dict[int, int], memory: int) -> int:
    """How many pictures fit, on the line through the peaks of two batches.

    Args:
        peaks: bytes by batch size, two of them.
        memory: bytes there are.
    """
    (few, low), (many, high) = sorted(peaks.items())
    each = (high - low) / (many - few)
    return max(0, int((memory - low) / each) + few) if each > 0 else few
