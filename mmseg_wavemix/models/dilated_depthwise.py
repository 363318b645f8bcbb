"""Dilated depthwise convolutions whose gradients are right on a CPU."""

import torch
from torch import Tensor, nn


class DilatedDepthwiseConv2d(nn.Conv2d):
    """Under autocast it takes no part in mixed precision where a CPU would learn from it.

    With channels last, bfloat16 and dilation, oneDNN 3.12 (``jit_bf16:avx512_core_bf16``, torch
    2.13) writes weight gradients of such convolutions that have nothing to do with the right ones,
    now and then of 1e33 or NaN, for inputs 40 wide and more; of 28 wide they are right. Outputs and
    input gradients are right, as are the gradients in float32. A model whose weights themselves are
    bfloat16 is not helped.
    """

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same; with gradients on a CPU, of the weight's dtype."""
        if x.is_cuda or not torch.is_grad_enabled():
            return super().forward(x)
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.to(self.weight.dtype))


def guard_dilated_depthwise(model: nn.Module) -> None:
    """Makes a model's dilated depthwise convolutions ones of the class above, in place."""
    for conv in model.modules():
        if (
            type(conv) is nn.Conv2d
            and conv.groups == conv.in_channels > 1
            and max(conv.dilation) > 1
        ):
            conv.__class__ = DilatedDepthwiseConv2d
