"""Mixed precision without a loss scale, on the CPU too."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS
from torch import nn


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Runs the forward pass under bfloat16 autocast; weights and gradients stay float32.

    bfloat16 has float32's range, so nothing needs scaling. mmengine's ``AmpOptimWrapper`` refuses
    to work without a GPU; on CPUs with AVX512-BF16 or AMX this one saves time, on others it costs.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Enters bfloat16 autocast on the device that mmengine trains on."""
        with super().optim_context(model), torch.autocast(get_device(), dtype=torch.bfloat16):
            yield
