"""mmseg's segmentor, without copies of the logits that nothing needs."""

import torch
from mmseg.models import EncoderDecoder
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor

from .dilated_depthwise import guard_dilated_depthwise


@MODELS.register_module()
class LeanEncoderDecoder(EncoderDecoder):
    """``EncoderDecoder`` whose results are the head's own logits where these have the right size.

    mmseg resizes them once more, to the size that they have: of a frame of Cityscapes that is a
    second tensor of 160 MB beside the first. Weights, arguments and results are the same.

    The weights lie in memory with the channels last, and with them all features: convolutions and
    above all their gradients are computed sooner so.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.to(memory_format=torch.channels_last)
        guard_dilated_depthwise(self)

    def postprocess_result(
        self, seg_logits: Tensor, data_samples: list[SegDataSample] | None = None
    ) -> list[SegDataSample]:
        """Logits ``(N, classes, H, W)`` to samples with ``seg_logits`` and ``pred_sem_seg``."""
        size = tuple(seg_logits.shape[-2:])
        if data_samples is None or not all(_fits(sample, size) for sample in data_samples):
            return super().postprocess_result(seg_logits, data_samples)
        for sample, result in zip(data_samples, super().postprocess_result(seg_logits)):
            sample.set_data(dict(result.all_items()))
        return data_samples


def _fits(sample: SegDataSample, size: tuple[int, int]) -> bool:
    """Whether logits of this size are of the whole picture, and of nothing else."""
    meta = sample.metainfo
    padding = meta.get('img_padding_size', meta.get('padding_size', (0,)))
    return tuple(meta['ori_shape'][:2]) == size and not any(padding) and not meta.get('flip')
