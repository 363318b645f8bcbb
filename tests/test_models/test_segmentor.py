"""The lean segmentor predicts what mmseg's does, and holds the logits of a picture once."""

import copy
from functools import partial

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.models import EncoderDecoder
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import nn

from mmseg_wavemix.benchmark.memory import peak_memory

MODEL = dict(
    type='LeanEncoderDecoder',
    backbone=dict(type='WaveMix', embed_dims=8, depth=1, level=1),
    decode_head=dict(type='WaveMixHead', in_channels=8, num_classes=19),
    test_cfg=dict(mode='whole'),
)


def built(**changes) -> nn.Module:
    torch.manual_seed(0)
    return MODELS.build(ConfigDict({**copy.deepcopy(MODEL), **changes})).eval()


def samples(shape: tuple[int, int], original: tuple[int, int], **meta) -> list[SegDataSample]:
    facts = dict(img_shape=shape, pad_shape=shape, ori_shape=original, **meta)
    return [SegDataSample(metainfo=dict(facts)), SegDataSample(metainfo=dict(facts))]


@pytest.mark.parametrize(
    'shape, original, meta, test_cfg',
    [
        ((33, 50), (33, 50), {}, dict(mode='whole')),  # as it is
        ((32, 64), (64, 128), {}, dict(mode='whole')),  # from the network's size to the picture's
        ((32, 64), (32, 60), dict(padding_size=[0, 4, 0, 0]), dict(mode='whole')),
        ((32, 64), (32, 64), dict(flip=True, flip_direction='horizontal'), dict(mode='whole')),
        ((40, 70), (40, 70), {}, dict(mode='slide', crop_size=(32, 32), stride=(20, 20))),
    ],
)
@torch.inference_mode()
def test_as_mmseg(shape: tuple, original: tuple, meta: dict, test_cfg: dict) -> None:
    x = torch.randn(2, 3, *shape)
    lean = built(test_cfg=test_cfg)
    stock = built(type='EncoderDecoder', test_cfg=test_cfg)
    assert type(stock) is EncoderDecoder
    got = lean.predict(x, samples(shape, original, **meta))
    expected = stock.predict(x, samples(shape, original, **meta))
    for one, other in zip(got, expected):
        assert one.seg_logits.data.shape == (19, *original)
        torch.testing.assert_close(one.seg_logits.data, other.seg_logits.data, atol=1e-6, rtol=0)
        assert torch.equal(one.pred_sem_seg.data, other.pred_sem_seg.data)
        assert one.metainfo == other.metainfo
    bare = lean.predict(x)  # without samples, as mmseg allows
    assert len(bare) == 2 and bare[0].pred_sem_seg.data.shape == (1, *shape)


@torch.inference_mode()
def test_logits_are_held_once() -> None:
    size = (256, 512)
    x = torch.randn(1, 3, *size)
    logits = 19 * size[0] * size[1] * 4
    peaks = {}
    for kind in ('LeanEncoderDecoder', 'EncoderDecoder'):
        predict = partial(built(type=kind).predict, x, samples(size, size)[:1])
        peaks[kind] = peak_memory(predict, torch.device('cpu'), held=0)
    # besides: the head's input to its last convolution, and labels of 8 bytes a pixel
    assert logits < peaks['LeanEncoderDecoder'] < 1.5 * logits
    assert peaks['EncoderDecoder'] > peaks['LeanEncoderDecoder'] + 0.9 * logits


@pytest.mark.parametrize('classes, channels', [(19, 32), (19, 8), (1, 8)])
@pytest.mark.parametrize('dropout', [0.0, 0.5])
def test_the_folded_head(classes: int, channels: int, dropout: float) -> None:
    """Its logits and gradients are those of the layers one by one."""
    torch.manual_seed(0)
    head = MODELS.build(
        dict(
            type='WaveMixHead',
            in_channels=16,
            channels=channels,
            num_classes=max(2, classes),
            out_channels=classes,
            threshold=0.3 if classes == 1 else None,
            dropout_ratio=dropout,
        )
    ).double()
    x = torch.randn(2, 16, 5, 7, dtype=torch.double, requires_grad=True)

    def plain() -> torch.Tensor:
        return head.cls_seg(head.expand(x))

    def gradients(logits: torch.Tensor) -> list[torch.Tensor]:
        return torch.autograd.grad((logits**2).sum(), [x, *head.parameters()])

    for training in (False, True):
        head.train(training)
        torch.manual_seed(1)  # of the dropout
        got = head((x,))
        torch.manual_seed(1)
        expected = plain()
        torch.testing.assert_close(got, expected, atol=1e-12, rtol=0)
        for one, other in zip(gradients(got), gradients(expected)):
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize('stride', [1, 2])  # labels of the logits' size, and larger ones
@pytest.mark.parametrize('sampled, several', [(False, False), (True, False), (False, True)])
def test_losses_as_mmseg(stride: int, sampled: bool, several: bool) -> None:
    focal = dict(type='SoftmaxFocalLoss')
    head = MODELS.build(
        dict(
            type='WaveMixHead',
            in_channels=8,
            num_classes=5,
            loss_decode=[focal, focal, dict(type='DiceLoss')] if several else focal,
            sampler=dict(type='OHEMPixelSampler', min_kept=50, thresh=0.9) if sampled else None,
        )
    )
    torch.manual_seed(0)
    logits = torch.randn(2, 5, 12, 16)
    labels = torch.randint(0, 5, (2, 1, stride * 12, stride * 16))
    labels[labels.roll(1) == 0] = 255
    data = [SegDataSample(gt_sem_seg=PixelData(data=label)) for label in labels]
    got = head.loss_by_feat(logits, data)
    expected = BaseDecodeHead.loss_by_feat(head, logits, data)
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(got[name], value.squeeze(), atol=1e-5, rtol=1e-6)
    nothing = [SegDataSample(gt_sem_seg=PixelData(data=torch.full_like(labels[0], 255)))] * 2
    if not several:  # mmseg's dice of nothing is its own affair
        assert head.loss_by_feat(logits, nothing)['acc_seg'] == 0
