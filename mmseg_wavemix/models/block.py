"""The WaveMix block (section 3.2 and figure 1c of arXiv 2205.14375)."""

import torch
from mmcv.cnn import build_activation_layer, build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

from .dwt import haar_pyramid


class LevelMixer(nn.Sequential):
    """Mixes the channels of one level and climbs to twice its resolution.

    1x1 to ``mlp_ratio * embed_dims``, activation, dropout, 1x1 to ``ff_channels``, 4x4 stride-2
    transposed convolution, norm: ``(N, in_channels, H, W) -> (N, out_channels, 2H, 2W)``.
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        ff_channels: int,
        out_channels: int,
        drop_rate: float,
        norm_cfg: dict,
        act_cfg: dict,
    ) -> None:
        super().__init__(
            nn.Conv2d(in_channels, hidden_channels, 1),
            build_activation_layer(act_cfg),
            nn.Dropout(drop_rate),
            nn.Conv2d(hidden_channels, ff_channels, 1),
            nn.ConvTranspose2d(ff_channels, out_channels, 4, stride=2, padding=1),
            build_norm_layer(norm_cfg, out_channels)[1],
        )


class WaveMixBlock(BaseModule):
    """Token mixing by a multi-level Haar transform, at constant resolution and width.

    The input is compressed to a quarter of its channels, split without loss into sub-bands at
    ``level`` scales, and rebuilt from the coarsest level up: what a level returns is concatenated
    behind the sub-bands of the next finer one. The result is added to the input.

    Args:
        embed_dims: channels C of input and output, a multiple of 4.
        level: levels of the transform; WaveMix-Lite is ``level=1``.
        ff_channels: channels between the MLP and the transposed convolution.
        mlp_ratio: hidden width of the MLP in units of C ("mul" in the paper's Table 6).
        drop_rate: dropout inside the MLP.
    """

    def __init__(
        self,
        embed_dims: int,
        level: int,
        ff_channels: int,
        mlp_ratio: int = 2,
        drop_rate: float = 0.0,
        norm_cfg: dict = dict(type='BN'),
        act_cfg: dict = dict(type='GELU'),
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.level = level
        self.reduction = nn.Conv2d(embed_dims, embed_dims // 4, 1)
        self.mixers = nn.ModuleList(  # finest first, like the sub-bands
            LevelMixer(
                # a finer level also sees what the next coarser one returned
                in_channels=embed_dims if index == level else embed_dims + embed_dims // 2,
                hidden_channels=embed_dims * mlp_ratio,
                ff_channels=ff_channels,
                out_channels=embed_dims if index == 1 else embed_dims // 2,
                drop_rate=drop_rate,
                norm_cfg=norm_cfg,
                act_cfg=act_cfg,
            )
            for index in range(1, level + 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W) -> (N, C, H, W)``, H and W divisible by ``2 ** level``."""
        bands = haar_pyramid(self.reduction(x), self.level)
        coarser = self.mixers[-1](bands[-1])
        for band, mixer in zip(reversed(bands[:-1]), reversed(self.mixers[:-1])):
            coarser = mixer(torch.cat((band, coarser), dim=1))
        return x + coarser
