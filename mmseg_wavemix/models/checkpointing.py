"""Activation checkpointing that counts each batch once."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint


def checkpointed(module: nn.Module, x: Tensor) -> Tensor:
    """``module(x)``, of which only ``x`` is kept for the backward pass.

    The rest is computed again there, with the same dropout. Batch norms would then count the batch
    into their running statistics a second time; here they do not.
    """
    return checkpoint(
        module, x, use_reentrant=False, context_fn=lambda: (nullcontext(), uncounted(module))
    )


@contextmanager
def uncounted(module: nn.Module) -> Iterator[None]:
    """Batch norms inside normalise by the batch, as in training, and forget it."""
    norms = [norm for norm in module.modules() if isinstance(norm, _BatchNorm)]
    kept = [(norm.momentum, norm.num_batches_tracked) for norm in norms]
    for norm in norms:  # what autograd saves has to be the same, so they are not switched off
        norm.momentum, norm.num_batches_tracked = 0.0, None
    try:
        yield
    finally:
        for norm, (momentum, batches) in zip(norms, kept):
            norm.momentum, norm.num_batches_tracked = momentum, batches
