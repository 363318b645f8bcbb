"""The blocks whose receptive fields are compared."""

from collections.abc import Callable

from mmengine.model import BaseModule
from mmseg.models.backbones.mit import TransformerEncoderLayer
from mmseg.models.backbones.resnet import BasicBlock
from torch import Tensor, nn

from ..models import WaveMixBlock
from ..models.convmixer import ConvMixerBlock


class SegFormerBlock(BaseModule):
    """A block of MiT-B0's first stage, on maps: attention to cells of 8x8, then the Mix-FFN."""

    def __init__(self, embed_dims: int) -> None:
        super().__init__()
        self.layer = TransformerEncoderLayer(embed_dims, 1, 4 * embed_dims, sr_ratio=8)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W) -> (N, C, H, W)``, H and W multiples of 8."""
        tokens = self.layer(x.flatten(2).transpose(1, 2), x.shape[-2:])
        return tokens.transpose(1, 2).unflatten(2, x.shape[-2:])


def recipes(channels: int) -> dict[str, Callable[[], nn.Module]]:
    """What makes a new block of each kind, all at constant resolution and width."""
    bn, gelu = dict(type='BN'), dict(type='GELU')
    waves = {
        f'WaveMix, level {level}': lambda level=level: WaveMixBlock(channels, level)
        for level in (1, 2, 3, 4)
    }
    return waves | {
        'ConvMixer, kernel 9': lambda: ConvMixerBlock(channels, 9, bn, gelu),
        'ResNet, basic block': lambda: BasicBlock(channels, channels),
        'SegFormer, stage 1': lambda: SegFormerBlock(channels),
    }
