"""Transposed convolutions in the words of runtimes that quantise nothing but convolutions."""

import copy

import torch
from torch import Tensor, nn


class ShuffledConv(nn.Module):
    """A 4x4 transposed convolution of stride 2 and padding 1 as a 2x2 convolution.

    Each output pixel of a 2x2 square sees 2x2 inputs: so a 2x2 convolution to four times the
    channels, their rearrangement to squares, and a crop of one pixel all round. Same arithmetic.

    The four results for a pixel lie behind one another, with all channels each, and are rearranged
    with the channels last: runtimes that compute so copy them in whole. With the channels first
    (``torch.nn.PixelShuffle``, ONNX's DepthToSpace) ONNX Runtime spends more on it than on all
    8-bit convolutions together.
    """

    def __init__(self, conv: nn.ConvTranspose2d) -> None:
        super().__init__()
        if (conv.kernel_size, conv.stride, conv.padding) != ((4, 4), (2, 2), (1, 1)):
            raise ValueError(f'4x4, stride 2, padding 1 alone has this form, got {conv}')
        # taps of the transposed kernel, from the input before and from the one at the place
        kernel = conv.weight.transpose(0, 1).unflatten(3, (2, 2)).unflatten(2, (2, 2))
        kernel = kernel.flip(2, 4)  # out, in, row tap, row of the square, column tap, column
        kernel = kernel.permute(3, 5, 0, 1, 2, 4).flatten(0, 2)
        self.conv = nn.Conv2d(conv.in_channels, len(kernel), 2, padding=1)
        self.conv.weight = nn.Parameter(kernel.contiguous())
        self.conv.bias = nn.Parameter(conv.bias.repeat(4))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W) -> (N, C', 2H, 2W)``."""
        x = self.conv(x).permute(0, 2, 3, 1).unflatten(3, (2, 2, -1))  # N, H, W, row, column, C'
        x = x.transpose(2, 3).flatten(3, 4).flatten(1, 2)
        return x[:, 1:-1, 1:-1].permute(0, 3, 1, 2)


def shuffled(model: nn.Module) -> nn.Module:
    """A copy of a model with its 4x4 transposed convolutions as :class:`ShuffledConv`."""
    model = copy.deepcopy(model)
    with torch.no_grad():
        for parent in list(model.modules()):
            for name, child in parent.named_children():
                if isinstance(child, nn.ConvTranspose2d) and child.kernel_size == (4, 4):
                    setattr(parent, name, ShuffledConv(child))
    return model
