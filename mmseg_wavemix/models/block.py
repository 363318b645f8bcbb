"""The WaveMix block (section 3.2 and figure 1c of arXiv 2205.14375)."""

import torch
from mmcv.cnn import build_activation_layer, build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

from . import token_mixers  # noqa: F401  registers them
from .registry import TOKEN_MIXERS, UPSAMPLERS
from .upsamplers import FixedUpsampler


class LevelMixer(nn.Sequential):
    """Mixes the channels of one level and climbs to the resolution of the next finer one.

    1x1 to ``hidden_channels``, activation, dropout, 1x1 to ``ff_channels``, upsampling, norm:
    ``(N, in_channels, H, W) -> (N, out_channels, scale * H, scale * W)``.
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        ff_channels: int | None,
        out_channels: int,
        scale: int,
        drop_rate: float,
        upsampler: dict,
        norm_cfg: dict,
        act_cfg: dict,
    ) -> None:
        upsample = UPSAMPLERS.build(
            dict(
                upsampler,
                in_channels=ff_channels,
                out_channels=out_channels,
                scale=scale,
                _scope_='mmseg',
            )
        )
        super().__init__(
            nn.Conv2d(in_channels, hidden_channels, 1),
            build_activation_layer(act_cfg),
            nn.Dropout(drop_rate),
            nn.Conv2d(hidden_channels, upsample.in_channels, 1),
            upsample,
            build_norm_layer(norm_cfg, out_channels)[1],
        )


class WaveMixBlock(BaseModule):
    """Token mixing by a multi-level wavelet transform, at constant resolution and width.

    The input is compressed to a quarter of its channels, split without loss into sub-bands at
    ``level`` scales, and rebuilt from the coarsest level up: what a level returns is concatenated
    behind the sub-bands of the next finer one. The result is added to the input.

    Args:
        embed_dims: channels C of input and output, a multiple of 4.
        level: levels of the transform; WaveMix-Lite is ``level=1``.
        ff_channels: channels between the MLP and the upsampling. ``None``: C before transposed
            convolutions; what the upsampler takes, if it has no weights.
        mlp_ratio: hidden width of the MLP in units of C ("mul" in the paper's Table 6).
        drop_rate: dropout inside the MLP.
        token_mixer: what splits, one of ``TOKEN_MIXERS``.
        upsampler: what climbs back, one of ``UPSAMPLERS``.

    Attributes:
        min_size: smallest H and W; more than the coarsest scale where filters are long.
    """

    def __init__(
        self,
        embed_dims: int,
        level: int,
        ff_channels: int | None = None,
        mlp_ratio: int = 2,
        drop_rate: float = 0.0,
        token_mixer: dict = dict(type='HaarPyramid'),
        upsampler: dict = dict(type='TransposedConv'),
        norm_cfg: dict = dict(type='BN'),
        act_cfg: dict = dict(type='GELU'),
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.token_mixer = TOKEN_MIXERS.build(dict(token_mixer, level=level, _scope_='mmseg'))
        kind = upsampler['type']
        kind = UPSAMPLERS.get(kind) if isinstance(kind, str) else kind
        if ff_channels is None and not (kind and issubclass(kind, FixedUpsampler)):
            ff_channels = embed_dims  # those without weights say themselves what they take
        self.reduction = nn.Conv2d(embed_dims, embed_dims // self.token_mixer.expansion, 1)
        scales = self.token_mixer.scales
        self.mixers = nn.ModuleList(  # finest first, like the bands
            LevelMixer(
                # a finer level also sees what the next coarser one returned
                in_channels=embed_dims if scale == scales[-1] else embed_dims + embed_dims // 2,
                hidden_channels=embed_dims * mlp_ratio,
                ff_channels=ff_channels,
                out_channels=embed_dims if scale == scales[0] else embed_dims // 2,
                scale=scale // finer,
                drop_rate=drop_rate,
                upsampler=upsampler,
                norm_cfg=norm_cfg,
                act_cfg=act_cfg,
            )
            for finer, scale in zip((1, *scales), scales)
        )
        self.min_size = max(
            self.token_mixer.min_size,
            *(mixer[4].min_size * scale for mixer, scale in zip(self.mixers, scales)),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W) -> (N, C, H, W)``, H and W divisible by the coarsest scale."""
        bands = self.token_mixer(self.reduction(x))
        coarser = self.mixers[-1](bands[-1])
        for band, mixer in zip(reversed(bands[:-1]), reversed(self.mixers[:-1])):
            coarser = mixer(torch.cat((band, coarser), dim=1))
        return x + coarser
