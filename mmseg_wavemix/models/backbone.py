"""WaveMix: a stem and a stack of equal blocks."""

from collections.abc import Sequence

import torch.utils._pytree as pytree
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from .block import WaveMixBlock
from .checkpointing import checkpointed
from .padding import cropped, padded


class Features(tuple):
    """A tuple of feature maps that remembers the size of the picture they were made from.

    A decode head that climbs back by fixed factors needs it to return exactly the picture's size.

    Attributes:
        image_size: ``(H, W)`` of the picture, before padding.
    """

    image_size: tuple[int, int]

    def __new__(cls, features: tuple[Tensor, ...], image_size: tuple[int, int]) -> 'Features':
        self = super().__new__(cls, features)
        self.image_size = image_size
        return self

    def __getnewargs__(self) -> tuple[tuple[Tensor, ...], tuple[int, int]]:
        return tuple(self), self.image_size


# so that torch.export and tree_map see the feature maps inside
pytree.register_pytree_node(
    Features,
    lambda features: (list(features), features.image_size),
    Features,
    serialized_type_name='mmseg_wavemix.Features',
)


@MODELS.register_module()
class WaveMix(BaseModule):
    """WaveMix backbone, `arXiv 2205.14375 <https://arxiv.org/abs/2205.14375>`_.

    **Any size.** The picture is padded at the right and at the bottom, mirrored at its last column
    and row, to the next multiple of ``stem.stride * 2 ** level``; the features are cropped to
    ``ceil(H / stride), ceil(W / stride)``. Sizes that are multiples already are not touched,
    unless a wavelet with long filters needs more pixels.

    Args:
        in_channels: channels of the image.
        embed_dims: channels C of every block, a multiple of 4.
        depth: number of blocks.
        level: levels of the wavelet transform; 1 is WaveMix-Lite.
        ff_channels: channels between MLP and transposed convolution; ``None`` means C, as in every
            model of Table 6 whose name has no ``ff``. Upsamplers without weights need ``None``.
        mlp_ratio: hidden width of the MLPs in units of C.
        drop_rate: dropout inside the MLPs.
        stem: config of the stem, built with this backbone's ``in_channels`` and ``embed_dims``.
        token_mixer: what the blocks split features by, one of ``TOKEN_MIXERS``.
        upsampler: what they climb back by, one of ``UPSAMPLERS``.
        norm_cfg: norm layer of the blocks.
        act_cfg: activation of the blocks.
        out_indices: blocks whose features are returned, in rising order; negative ones count from
            the end. The decode head takes the last of them, auxiliary heads others by ``in_index``.
        with_cp: train with less memory, for the time of another forward pass: of each block only
            the input is kept, and the rest computed again for its gradient.
        init_cfg: mmengine initialisation; ``None`` keeps torch's own, as the authors do.

    Raises:
        ValueError: a size that no WaveMix can have, or a block that it does not have.
    """

    def __init__(
        self,
        in_channels: int = 3,
        embed_dims: int = 256,
        depth: int = 16,
        level: int = 4,
        ff_channels: int | None = None,
        mlp_ratio: int = 2,
        drop_rate: float = 0.0,
        stem: dict = dict(type='StridedStem'),
        token_mixer: dict = dict(type='HaarPyramid'),
        upsampler: dict = dict(type='TransposedConv'),
        norm_cfg: dict = dict(type='BN'),
        act_cfg: dict = dict(type='GELU'),
        out_indices: Sequence[int] = (-1,),
        with_cp: bool = False,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if embed_dims < 4 or embed_dims % 4:
            raise ValueError(f'embed_dims must be a positive multiple of 4, got {embed_dims}')
        sizes = dict(depth=depth, level=level, ff_channels=ff_channels, mlp_ratio=mlp_ratio)
        for name, size in sizes.items():
            if size is not None and (not isinstance(size, int) or size < 1):
                raise ValueError(f'{name} must be a whole number of at least 1, got {size}')
        self.out_indices = [index % depth for index in out_indices]
        inside = all(-depth <= index < depth for index in out_indices)
        if not inside or not out_indices or self.out_indices != sorted(set(self.out_indices)):
            raise ValueError(
                f'out_indices must be blocks in rising order, 0 to {depth - 1}, got {out_indices}'
            )
        # mmseg's scope: in an mmpretrain run the stems would be looked for among its own models
        self.stem = MODELS.build(
            dict(stem, in_channels=in_channels, embed_dims=embed_dims, _scope_='mmseg')
        )
        self.blocks = nn.Sequential(
            *(
                WaveMixBlock(
                    embed_dims=embed_dims,
                    level=level,
                    ff_channels=ff_channels,
                    mlp_ratio=mlp_ratio,
                    drop_rate=drop_rate,
                    token_mixer=token_mixer,
                    upsampler=upsampler,
                    norm_cfg=norm_cfg,
                    act_cfg=act_cfg,
                )
                for _ in range(depth)
            )
        )
        self.with_cp = with_cp
        block = self.blocks[0]
        self.size_divisor = self.stem.stride * block.token_mixer.scales[-1]
        self.min_size = self._padded(self.stem.stride * block.min_size)

    def forward(self, x: Tensor) -> Features:
        """``(N, in_channels, H, W) -> ((N, C, ceil(H / stride), ceil(W / stride)), ...)``."""
        height, width = x.shape[-2:]
        bottom, right = (max(self._padded(n), self.min_size) - n for n in (height, width))
        if bottom or right:
            x = padded(x, bottom, right)
        x = self.stem(x)
        features = []
        for index, block in enumerate(self.blocks):
            x = checkpointed(block, x) if self.with_cp and self.training else block(x)
            if index in self.out_indices:
                features.append(x)
        if bottom or right:
            size = tuple(-(-length // self.stem.stride) for length in (height, width))
            features = [cropped(x, size, self.training) for x in features]
        return Features(tuple(features), (height, width))

    def _padded(self, length: int) -> int:
        return -(-length // self.size_divisor) * self.size_divisor
