"""Everything linear folded: an equal model with less to compute.

The identities, all exact but for rounding:

* a norm behind a transposed convolution scales its weights;
* Haar sub-bands and the 1x1 convolution behind them are one 2x2 convolution of stride 2, and the
  approximations of all levels are averages of 2x2 pixels, times a power of 2;
* a 1x1 convolution of concatenated maps is the sum of one of each;
* the two convolutions of the strided stem, with nothing between them, are one, as are the last
  transposed convolution of the head and the 1x1 behind it.
"""

import copy
from collections import Counter

import torch
import torch.nn.functional as F
from mmengine.logging import print_log
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from ..models import WaveMixBlock, WaveMixHead
from ..models.block import LevelMixer
from ..models.dwt import haar_dwt
from ..models.head import pointwise_folded
from ..models.stem import PatchifyStem, StridedStem
from ..models.token_mixers import HaarPyramid, SingleHaar

FUSABLE = (StridedStem, WaveMixBlock, WaveMixHead)  # of the rest nothing is changed


def fuse(model: nn.Module) -> nn.Module:
    """An equal model for inference, with fewer and cheaper operations.

    Args:
        model: a segmentor, a classifier, a backbone or a block; it is not changed.

    Returns:
        A copy in eval mode, with a log line that says what was fused and what was left alone. Its
        weights have other names: keep the original's checkpoint.
    """
    fused = copy.deepcopy(model).eval()
    done, left = Counter(), Counter()
    with torch.no_grad():
        fused = _fuse(fused, done, left)
    told = f'fused for inference: {_listed(done) or "nothing"}'
    print_log(f'{told}; left alone: {_listed(left)}' if left.total() else told, logger='current')
    return fused.requires_grad_(False)


def _listed(parts: Counter) -> str:
    return ', '.join(f'{count} {name}' for name, count in sorted(parts.items()) if count)


def _fuse(module: nn.Module, done: Counter, left: Counter) -> nn.Module:
    """What takes the place of a module; looks into it if it knows nothing better."""
    if isinstance(module, StridedStem) and [c.stride for c in module.convs] == [(2, 2)] * 2:
        done['stem'] += 1
        return FusedStem(module)
    if isinstance(module, (StridedStem, PatchifyStem)):
        left[type(module).__name__] += 1
        return module
    if isinstance(module, WaveMixBlock):
        norms = sum(_fold_norm(mixer) for mixer in module.mixers)
        done['norms'] += norms
        left['norms'] += len(module.mixers) - norms
        if isinstance(module.token_mixer, (HaarPyramid, SingleHaar)):
            done['blocks'] += 1
            return FusedBlock(module)
        left[f'{type(module.token_mixer).__name__}'] += 1
        return module
    if isinstance(module, WaveMixHead):
        done['head'] += 1
        module.expand[1] = _fold_pointwise(module.expand[1], module.conv_seg)
        module.conv_seg = nn.Identity()
        return module
    for name, child in module.named_children():
        setattr(module, name, _fuse(child, done, left))
    return module


def _fold_norm(mixer: LevelMixer) -> bool:
    """BatchNorm into the transposed convolution before it, in place, if they are such."""
    conv, norm = mixer[4], mixer[5]
    foldable = isinstance(conv, nn.ConvTranspose2d) and isinstance(
        norm, (nn.BatchNorm2d, nn.SyncBatchNorm)
    )
    if foldable:
        conv.weight, conv.bias = fuse_conv_bn_weights(
            conv.weight,
            conv.bias,
            norm.running_mean,
            norm.running_var,
            norm.eps,
            norm.weight,
            norm.bias,
            transpose=True,
        )
        mixer[5] = nn.Identity()
    return foldable


def _fold_pointwise(conv: nn.ConvTranspose2d, pointwise: nn.Conv2d) -> nn.ConvTranspose2d:
    """A transposed convolution and the 1x1 behind it as one."""
    folded = nn.ConvTranspose2d(
        conv.in_channels, pointwise.out_channels, conv.kernel_size, conv.stride, conv.padding
    )
    weight, bias = pointwise_folded(conv, pointwise)
    folded.weight, folded.bias = nn.Parameter(weight), nn.Parameter(bias)
    return folded


class FusedStem(nn.Module):
    """Two 3x3 convolutions of stride 2 as one 7x7 convolution of stride 4.

    Beyond the picture the first one sees zeros and answers with its bias, where the second one
    pads zeros: so the bias comes in as a fourth channel of ones, which is padded in the same way.
    """

    def __init__(self, stem: StridedStem) -> None:
        super().__init__()
        self.stride = stem.stride
        first, second = stem.convs
        outer, inner = second.weight, torch.cat((first.weight, _center(first.bias)), dim=1)
        # the outer taps lie 2 pixels apart, each brings the inner kernel with it
        spread = outer.new_zeros(*outer.shape[:2], 5, 5)
        spread[..., ::2, ::2] = outer
        kernel = F.conv2d(spread, inner.transpose(0, 1).flip(2, 3), padding=2)
        self.conv = nn.Conv2d(first.in_channels + 1, len(outer), 7, stride=4, padding=3)
        self.conv.weight, self.conv.bias = nn.Parameter(kernel), second.bias

    def forward(self, x: Tensor) -> Tensor:
        """``(N, in_channels, H, W) -> (N, C, H / 4, W / 4)``, H and W divisible by 4."""
        return self.conv(torch.cat((x, torch.ones_like(x[:, :1])), dim=1))


def _center(bias: Tensor) -> Tensor:
    """``(C,)`` to 3x3 kernels ``(C, 1, 3, 3)`` that give the bias where they stand on a one."""
    kernel = bias.new_zeros(len(bias), 1, 3, 3)
    kernel[:, 0, 1, 1] = bias
    return kernel


class FusedLevel(nn.Module):
    """A level of a block, from the averages that its sub-bands are made of.

    Args:
        mixer: its norm is folded already.
        channels: of the level's input, C / 4.
        gain: what the averages lack to the approximation of the level before.
    """

    def __init__(self, mixer: LevelMixer, channels: int, gain: int) -> None:
        super().__init__()
        first, self.act, _, self.second, self.upsample, self.norm = mixer
        low, details, coarser = first.weight.split(
            [channels, 3 * channels, first.in_channels - 4 * channels], dim=1
        )
        details = details.flatten(1).unflatten(1, (channels, 3))  # interleaved
        by_band = torch.cat((low.flatten(1).unsqueeze(2), details), dim=2)
        # the transform's matrix: what it makes of the four unit pixels of a window
        pixels = torch.eye(4, dtype=low.dtype, device=low.device).reshape(4, 1, 2, 2)
        haar = torch.cat(haar_dwt(pixels), dim=1).flatten(1)
        kernel = gain * torch.einsum('hcb,pb->hcp', by_band, haar).unflatten(2, (2, 2))
        self.split = nn.Conv2d(channels, first.out_channels, 2, stride=2)
        self.split.weight, self.split.bias = nn.Parameter(kernel), first.bias
        if coarser.shape[1]:
            self.join = nn.Conv2d(coarser.shape[1], first.out_channels, 1, bias=False)
            self.join.weight = nn.Parameter(coarser.clone())

    def forward(self, x: Tensor, coarser: Tensor | None = None) -> Tensor:
        """``(N, C/4, H, W)``, and what the next coarser level returned, to this level's result."""
        hidden = self.split(x)
        if coarser is not None:
            hidden.add_(self.join(coarser))  # in place: nothing is trained here
        return self.norm(self.upsample(self.second(self.act(hidden))))


class FusedBlock(nn.Module):
    """A WaveMix block whose sub-bands are never made."""

    def __init__(self, block: WaveMixBlock) -> None:
        super().__init__()
        self.reduction = block.reduction
        scales = block.token_mixer.scales
        self.pools = scales[-1].bit_length() - 2  # averages behind the finest input
        self.levels = nn.ModuleList(
            FusedLevel(mixer, block.reduction.out_channels, scale // 2)
            for mixer, scale in zip(block.mixers, scales)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W) -> (N, C, H, W)``, H and W divisible by the coarsest scale."""
        averages = [self.reduction(x)]
        for _ in range(self.pools):
            averages.append(F.avg_pool2d(averages[-1], 2))
        coarser = None
        for level, average in zip(reversed(self.levels), reversed(averages)):
            coarser = level(average, coarser)
        return x + coarser  # in place, a graph of it would scatter one into a view of the other
