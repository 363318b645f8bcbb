"""WaveMix's segmentation head: back to full resolution by transposed convolutions."""

from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.utils import resize
from mmseg.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class WaveMixHead(BaseDecodeHead):
    """Two 4x4 stride-2 transposed convolutions, then the base class's 1x1 ``conv_seg``.

    C -> C/2 -> C/4 -> classes, four times the resolution, no activation between (figure 1b).
    Behind :class:`WaveMix` the logits have exactly the size of the picture: what the stride of 4
    rounded up is cropped away; behind a stem of another stride they are resized. Behind another
    backbone they are four times its features' size.

    Args:
        in_channels: channels C of the backbone.
        channels: channels before ``conv_seg``; ``None`` means C/4.
        mid_channels: channels between the two transposed convolutions; ``None`` means C/2.
        dropout_ratio: channel dropout before ``conv_seg``.
        loss_decode: one loss or several; the paper's by default.
        init_cfg: mmengine initialisation; ``None`` keeps torch's own, as the authors do.
        **kwargs: the arguments of ``BaseDecodeHead``.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int | None = None,
        mid_channels: int | None = None,
        *,
        dropout_ratio: float = 0.0,
        loss_decode: dict | list[dict] = dict(type='SoftmaxFocalLoss'),
        init_cfg: dict | list[dict] | None = None,
        **kwargs,
    ) -> None:
        super().__init__(
            in_channels,
            in_channels // 4 if channels is None else channels,
            dropout_ratio=dropout_ratio,
            loss_decode=loss_decode,
            init_cfg=init_cfg,
            **kwargs,
        )
        mid_channels = self.in_channels // 2 if mid_channels is None else mid_channels
        self.expand = nn.Sequential(
            nn.ConvTranspose2d(self.in_channels, mid_channels, 4, stride=2, padding=1),
            nn.ConvTranspose2d(mid_channels, self.channels, 4, stride=2, padding=1),
        )

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """``((N, C, h, w),) -> (N, num_classes, H, W)``: logits at the picture's size."""
        logits = self.cls_seg(self.expand(self._transform_inputs(inputs)))
        size = getattr(inputs, 'image_size', None)  # a neck or another backbone has none
        if size is not None and size != logits.shape[-2:]:
            if all(0 <= have - want < 4 for have, want in zip(logits.shape[-2:], size)):
                logits = logits[..., : size[0], : size[1]]
            else:
                logits = resize(logits, size, mode='bilinear', align_corners=self.align_corners)
        return logits
