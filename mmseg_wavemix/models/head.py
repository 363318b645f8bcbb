"""WaveMix's segmentation head: back to full resolution by transposed convolutions."""

import torch
import torch.nn.functional as F
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.utils import resize
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from .padding import cropped


@MODELS.register_module()
class WaveMixHead(BaseDecodeHead):
    """Two 4x4 stride-2 transposed convolutions, then the base class's 1x1 ``conv_seg``.

    C -> C/2 -> C/4 -> classes, four times the resolution, no activation between (figure 1b).
    Behind :class:`WaveMix` the logits have exactly the size of the picture: what the stride of 4
    rounded up is cropped away; behind a stem of another stride they are resized. Behind another
    backbone they are four times its features' size.

    With nothing between them, the last transposed convolution and ``conv_seg`` are computed as one,
    whose weights are their product: the largest tensor of the network, ``channels`` maps of the
    picture's size, is then never made, nor its gradient.

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
        logits = self._logits(self.expand[0](self._transform_inputs(inputs)))
        size = getattr(inputs, 'image_size', None)  # a neck or another backbone has none
        if size is not None and size != logits.shape[-2:]:
            if all(0 <= have - want < 4 for have, want in zip(logits.shape[-2:], size)):
                logits = cropped(logits, size, self.training)
            else:
                logits = resize(logits, size, mode='bilinear', align_corners=self.align_corners)
        return logits

    def _logits(self, x: Tensor) -> Tensor:
        """Half the picture's size to the whole."""
        last = self.expand[1]
        between = self.training and self.dropout is not None
        fewer = isinstance(self.conv_seg, nn.Conv2d) and self.out_channels <= self.channels
        if between or not fewer:
            return self.cls_seg(last(x))
        return F.conv_transpose2d(x, *pointwise_folded(last, self.conv_seg), stride=2, padding=1)

    def loss_by_feat(
        self, seg_logits: Tensor, batch_data_samples: list[SegDataSample]
    ) -> dict[str, Tensor]:
        """The base class's losses and ``acc_seg``, without resizing what has the labels' size.

        mmseg resizes all the same, and sorts the classes of every pixel to find the largest.
        """
        label = self._stack_batch_gt(batch_data_samples)
        if seg_logits.shape[-2:] != label.shape[-2:]:
            seg_logits = resize(
                seg_logits, label.shape[-2:], mode='bilinear', align_corners=self.align_corners
            )
        weight = self.sampler and self.sampler.sample(seg_logits, label)
        label = label.squeeze(1)
        losses = {}
        several = isinstance(self.loss_decode, nn.ModuleList)
        for loss in self.loss_decode if several else [self.loss_decode]:
            value = loss(seg_logits, label, weight=weight, ignore_index=self.ignore_index)
            losses[loss.loss_name] = losses.get(loss.loss_name, 0) + value
        right = (seg_logits.detach().argmax(dim=1) == label).sum()
        counted = (label != self.ignore_index).sum()
        losses['acc_seg'] = 100 * right / counted.clamp_min(1)
        return losses

    def predict_by_feat(self, seg_logits: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """Logits at the picture's size: as they are, unless mmseg asks for another size."""
        meta = batch_img_metas[0]
        sliding = isinstance(meta['img_shape'], torch.Size)  # then pad_shape is the whole picture's
        size = meta['img_shape'] if sliding else meta.get('pad_shape', meta['img_shape'])
        if tuple(size[:2]) == tuple(seg_logits.shape[-2:]):
            return seg_logits
        return super().predict_by_feat(seg_logits, batch_img_metas)


def pointwise_folded(conv: nn.ConvTranspose2d, pointwise: nn.Conv2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of one transposed convolution, equal to it and the 1x1 behind it."""
    mix = pointwise.weight[:, :, 0, 0]
    weight = torch.einsum('iohw,po->iphw', conv.weight, mix)
    return weight, mix @ conv.bias + pointwise.bias
