"""Weight gradients of dilated depthwise convolutions under bfloat16, against float64."""

import pytest
import torch
from mmengine.config import ConfigDict
from mmseg.registry import MODELS
from torch import nn

from mmseg_wavemix.models.dilated_depthwise import DilatedDepthwiseConv2d, guard_dilated_depthwise

CHANNELS = 32


def convolution(groups: int, dilation: int) -> nn.Conv2d:
    torch.manual_seed(0)
    conv = nn.Conv2d(
        CHANNELS, CHANNELS, 3, padding=dilation, dilation=dilation, groups=groups, bias=False
    )
    return conv.to(memory_format=torch.channels_last)


@pytest.mark.parametrize('size', [(20, 28), (28, 56), (40, 56)])
@pytest.mark.parametrize('dilation', [2, 12, 24])
def test_weight_gradients(size: tuple[int, int], dilation: int) -> None:
    conv = convolution(CHANNELS, dilation)
    guard_dilated_depthwise(conv)
    x = torch.randn(2, CHANNELS, *size).to(memory_format=torch.channels_last)
    target = torch.randn(2, CHANNELS, *size)
    with torch.autocast('cpu', torch.bfloat16):
        loss = (conv(x.bfloat16()).float() * target).sum()
    loss.backward()
    expected = torch.nn.grad.conv2d_weight(
        x.bfloat16().double(), conv.weight.shape, target.double(),
        padding=dilation, dilation=dilation, groups=CHANNELS,
    )  # fmt: skip
    torch.testing.assert_close(
        conv.weight.grad.double(), expected, rtol=0.02, atol=0.02 * expected.abs().max().item()
    )


def test_pictures_are_predicted_in_bfloat16_as_before() -> None:
    conv = convolution(CHANNELS, 12)
    x = torch.randn(1, CHANNELS, 40, 56)
    with torch.inference_mode(), torch.autocast('cpu', torch.bfloat16):
        before = conv(x)
        guard_dilated_depthwise(conv)
        after = conv(x)
    assert type(conv) is DilatedDepthwiseConv2d and after.dtype == torch.bfloat16
    assert torch.equal(before, after)


@pytest.mark.parametrize('groups, dilation', [(1, 2), (CHANNELS, 1)])
def test_others_are_left_alone(groups: int, dilation: int) -> None:
    conv = convolution(groups, dilation)
    guard_dilated_depthwise(conv)
    assert type(conv) is nn.Conv2d


def test_a_segmentor_with_channels_last_has_them() -> None:
    head = dict(
        type='DepthwiseSeparableASPPHead', in_channels=8, channels=8, dilations=(1, 12),
        c1_in_channels=0, c1_channels=0, num_classes=11, norm_cfg=dict(type='BN'),
    )  # fmt: skip
    model = MODELS.build(
        ConfigDict(
            type='LeanEncoderDecoder',
            backbone=dict(type='WaveMix', embed_dims=8, depth=1, level=1),
            decode_head=head,
            test_cfg=dict(mode='whole'),
        )
    )
    found = [conv for conv in model.modules() if isinstance(conv, DilatedDepthwiseConv2d)]
    assert [conv.dilation for conv in found] == [(12, 12)]
