"""What stands before the blocks: from an image to ``embed_dims`` channels at lower resolution."""

from collections.abc import Sequence
from math import prod

from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class StridedStem(BaseModule):
    """Two 3x3 convolutions, 3 -> C/2 -> C, without norm or activation.

    This is the stem of all segmentation models of the paper (appendix B: "two strided
    convolutional layers having stride of 2 each"). No non-linearity stands between them: so it is
    in the authors' package, and only so do the parameter counts of Table 6 come out.

    Args:
        in_channels: channels of the image.
        embed_dims: channels C of the result.
        strides: stride of each of the two convolutions; their product is :attr:`stride`.

    Raises:
        ValueError: not two strides of at least 1.
    """

    def __init__(
        self,
        in_channels: int,
        embed_dims: int,
        strides: Sequence[int] = (2, 2),
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if len(strides) != 2 or min(strides) < 1:
            raise ValueError(f'strides must be two of at least 1, got {strides}')
        first, second = strides
        self.stride = prod(strides)
        self.convs = nn.Sequential(
            nn.Conv2d(in_channels, embed_dims // 2, 3, stride=first, padding=1),
            nn.Conv2d(embed_dims // 2, embed_dims, 3, stride=second, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, in_channels, H, W) -> (N, C, H / stride, W / stride)``."""
        return self.convs(x)


@MODELS.register_module()
class PatchifyStem(BaseModule):
    """Two 3x3 convolutions and a PxP one of stride P, GELU, norm: in -> C/4 -> C/2 -> C.

    The stem of the classifiers from 128x128 on (section 4.2, appendix C.3), and of the Cityscapes
    model that the authors published.

    Args:
        in_channels: channels of the image.
        embed_dims: channels C of the result, a multiple of 4.
        patch_size: P; it is :attr:`stride`, too.
        norm_cfg: norm layer behind the patches.
    """

    def __init__(
        self,
        in_channels: int,
        embed_dims: int,
        patch_size: int = 4,
        norm_cfg: dict = dict(type='BN'),
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if patch_size < 1:
            raise ValueError(f'patch_size must be at least 1, got {patch_size}')
        self.stride = patch_size
        self.convs = nn.Sequential(
            nn.Conv2d(in_channels, embed_dims // 4, 3, padding=1),
            nn.Conv2d(embed_dims // 4, embed_dims // 2, 3, padding=1),
            nn.Conv2d(embed_dims // 2, embed_dims, patch_size, stride=patch_size),
            nn.GELU(),
            build_norm_layer(norm_cfg, embed_dims)[1],
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, in_channels, H, W) -> (N, C, H / P, W / P)``, H and W multiples of P."""
        return self.convs(x)
