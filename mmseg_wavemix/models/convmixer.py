"""ConvMixer, the paper's baseline for segmentation (section 4.3)."""

from mmcv.cnn import build_activation_layer, build_norm_layer
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from .backbone import Features
from .padding import padded


class ConvMixerBlock(BaseModule):
    """Depthwise convolution with a residual, then a 1x1, each with activation and norm."""

    def __init__(self, embed_dims: int, kernel_size: int, norm_cfg: dict, act_cfg: dict) -> None:
        super().__init__()
        self.tokens = nn.Sequential(
            nn.Conv2d(embed_dims, embed_dims, kernel_size, padding='same', groups=embed_dims),
            build_activation_layer(act_cfg),
            build_norm_layer(norm_cfg, embed_dims)[1],
        )
        self.channels = nn.Sequential(
            nn.Conv2d(embed_dims, embed_dims, 1),
            build_activation_layer(act_cfg),
            build_norm_layer(norm_cfg, embed_dims)[1],
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W) -> (N, C, H, W)``."""
        return self.channels(x + self.tokens(x))


@MODELS.register_module()
class ConvMixer(BaseModule):
    """ConvMixer backbone, `arXiv 2201.09792 <https://arxiv.org/abs/2201.09792>`_.

    mmpretrain's needs torchvision and returns no picture size; this one stands where
    :class:`WaveMix` does, before the same head, and takes pictures of any size by the same rule.

    Args:
        in_channels: channels of the image.
        embed_dims: channels C of every block.
        depth: number of blocks.
        kernel_size: of the depthwise convolutions.
        patch_size: of the first convolution, and its stride.
        norm_cfg: norm layer of stem and blocks.
        act_cfg: activation of stem and blocks.
        init_cfg: mmengine initialisation; ``None`` keeps torch's own, as the authors do.
    """

    def __init__(
        self,
        in_channels: int = 3,
        embed_dims: int = 256,
        depth: int = 16,
        kernel_size: int = 9,
        patch_size: int = 4,
        norm_cfg: dict = dict(type='BN'),
        act_cfg: dict = dict(type='GELU'),
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.patch_size = patch_size
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, embed_dims, patch_size, stride=patch_size),
            build_activation_layer(act_cfg),
            build_norm_layer(norm_cfg, embed_dims)[1],
        )
        self.blocks = nn.Sequential(
            *(ConvMixerBlock(embed_dims, kernel_size, norm_cfg, act_cfg) for _ in range(depth))
        )

    def forward(self, x: Tensor) -> Features:
        """``(N, in_channels, H, W) -> ((N, C, ceil(H / P), ceil(W / P)),)``."""
        height, width = x.shape[-2:]
        bottom, right = -height % self.patch_size, -width % self.patch_size
        if bottom or right:
            x = padded(x, bottom, right)
        return Features((self.blocks(self.stem(x)),), (height, width))
