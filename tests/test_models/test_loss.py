import math

import pytest
import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from mmseg_wavemix.benchmark.memory import peak_memory
from mmseg_wavemix.models import SoftmaxFocalLoss

LN3 = math.log(3)


def pixels(*probabilities: float) -> torch.Tensor:
    """Logits (1, 2, 1, W) of two classes with these probabilities of class 0."""
    p = torch.tensor(probabilities)
    return torch.stack((p.log(), (1 - p).log()))[None, :, None]


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        # two pixels of class 0 with p = 1/4 and 3/4: -ln p = 2 ln 2 and ln(4/3)
        (dict(gamma=0), (math.log(4) + math.log(4 / 3)) / 2),
        (dict(gamma=1), (0.75 * math.log(4) + 0.25 * math.log(4 / 3)) / 2),
        (dict(gamma=2), (0.5625 * math.log(4) + 0.0625 * math.log(4 / 3)) / 2),
        (dict(gamma=2, loss_weight=3), 3 * (0.5625 * math.log(4) + 0.0625 * math.log(4 / 3)) / 2),
        # alpha scales the loss of its class, the mean stays a mean over pixels
        (dict(gamma=0, alpha=[0.5, 9]), (math.log(4) + math.log(4 / 3)) / 4),
        (dict(gamma=0, alpha=0.5), (math.log(4) + math.log(4 / 3)) / 4),
    ],
)
def test_by_hand(options: dict, expected: float) -> None:
    loss = SoftmaxFocalLoss(**options)(pixels(0.25, 0.75), torch.zeros(1, 1, 2, dtype=torch.long))
    assert loss.item() == pytest.approx(expected, rel=1e-6)


def test_class_weight_is_a_weighted_mean() -> None:
    logits, label = pixels(0.25, 0.25), torch.tensor([[[0, 1]]])  # p = 1/4 and 3/4
    loss = SoftmaxFocalLoss(gamma=0, class_weight=[1, 3])(logits, label)
    expected = (1 * math.log(4) + 3 * math.log(4 / 3)) / 4
    assert loss.item() == pytest.approx(expected, rel=1e-6)


def test_pixel_weight_is_a_weighted_mean() -> None:
    logits, label = pixels(0.25, 0.75), torch.zeros(1, 1, 2, dtype=torch.long)
    loss = SoftmaxFocalLoss(gamma=0)(logits, label, weight=torch.tensor([[[0.0, 2.0]]]))
    assert loss.item() == pytest.approx(math.log(4 / 3), rel=1e-6)


@pytest.mark.parametrize('class_weight', [None, [1.0, 2.0, 0.5, 4.0, 1.5]])
def test_gamma_zero_is_cross_entropy(class_weight: list[float] | None) -> None:
    logits = torch.randn(2, 5, 7, 9, dtype=torch.float32)
    label = torch.randint(0, 5, (2, 7, 9))
    label[0, :3] = 255
    weight = class_weight and torch.tensor(class_weight)
    expected = F.cross_entropy(logits, label, weight=weight, ignore_index=255)
    loss = SoftmaxFocalLoss(gamma=0, class_weight=class_weight)(logits, label)
    torch.testing.assert_close(loss, expected)


def test_ignored_pixels_take_no_part() -> None:
    logits = torch.randn(1, 4, 2, 6, requires_grad=True)
    label = torch.randint(0, 4, (1, 2, 6))
    cropped = SoftmaxFocalLoss()(logits[..., :4], label[..., :4])
    label[..., 4:] = 255
    loss = SoftmaxFocalLoss()(logits, label)
    torch.testing.assert_close(loss, cropped)
    loss.backward()
    assert logits.grad[..., 4:].abs().max() == 0 and logits.grad[..., :4].abs().min() > 0


@pytest.mark.parametrize('ignore_index', [255, -100, 3])
def test_every_pixel_ignored(ignore_index: int) -> None:
    logits = torch.randn(1, 4, 3, 3, requires_grad=True)
    label = torch.full((1, 3, 3), ignore_index)
    loss = SoftmaxFocalLoss(class_weight=[1, 2, 3, 4], alpha=[1, 1, 1, 2])(
        logits, label, ignore_index=ignore_index
    )
    loss.backward()
    assert loss.item() == 0 and logits.grad.abs().max() == 0


@pytest.mark.parametrize('gamma', [0, 0.5, 1, 2, 5])
@pytest.mark.parametrize('size', [1e2, 65504, 1e29])
def test_extreme_logits(gamma: float, size: float) -> None:
    logits = (torch.tensor([[1.0, -1], [-1, 1], [0, 0]]).T[None, :, None] * size).requires_grad_()
    loss = SoftmaxFocalLoss(gamma=gamma)(logits, torch.zeros(1, 1, 3, dtype=torch.long))
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(logits.grad).all()
    # sure and right costs nothing, sure and wrong costs the distance, undecided costs ln 2
    expected = (0 + 2 * size + math.log(2) * 0.5**gamma) / 3
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_logits_at_the_limits_of_float32() -> None:
    logits = (torch.tensor([[1.0, -1], [-1, 1]]).T[None, :, None] * 3e38).requires_grad_()
    loss = SoftmaxFocalLoss()(logits, torch.zeros(1, 1, 2, dtype=torch.long))
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(logits.grad).all()


@pytest.mark.filterwarnings('ignore:Input #0')  # the loss itself is float32
def test_gradient_by_finite_differences() -> None:
    logits = torch.randn(1, 3, 2, 2, dtype=torch.float32, requires_grad=True)
    label = torch.tensor([[[0, 1], [2, 255]]])
    loss = SoftmaxFocalLoss(gamma=2, alpha=[1, 2, 3], class_weight=[3, 2, 1])
    torch.autograd.gradcheck(
        lambda x: loss(x, label), logits, eps=1e-2, atol=1e-3, rtol=1e-2, raise_exception=True
    )


def test_float32_inside_autocast() -> None:
    logits = torch.randn(1, 19, 8, 8)
    label = torch.randint(0, 19, (1, 8, 8))
    expected = SoftmaxFocalLoss()(logits.bfloat16().float(), label)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = SoftmaxFocalLoss()(logits.bfloat16(), label)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, expected, rtol=0, atol=0)


@pytest.mark.parametrize(('dtype', 'most'), [(torch.float32, 1.5), (torch.bfloat16, 2.5)])
def test_memory(dtype: torch.dtype, most: float) -> None:
    """Besides the logits: their gradient, in half precision a picture in float32, little else."""
    logits = torch.randn(4, 19, 64, 128, dtype=dtype, requires_grad=True)
    label = torch.randint(0, 19, (4, 64, 128))
    peak = peak_memory(lambda: torch.autograd.grad(SoftmaxFocalLoss()(logits, label), logits),
                       torch.device('cpu'), held=0)  # fmt: skip
    assert peak < most * logits.nbytes


def test_wrong_number_of_classes() -> None:
    loss = SoftmaxFocalLoss(class_weight=[1, 2, 3])
    with pytest.raises(ValueError, match='3 entries.*4 classes'):
        loss(torch.zeros(1, 4, 2, 2), torch.zeros(1, 2, 2, dtype=torch.long))
    with pytest.raises(ValueError, match='gamma'):
        SoftmaxFocalLoss(gamma=-1)


def test_leaves_checkpoints_alone_and_follows_the_device() -> None:
    loss = MODELS.build(dict(type='SoftmaxFocalLoss', class_weight=[1, 2], alpha=[1, 2]))
    assert not loss.state_dict()
    assert {buffer.device.type for buffer in loss.to('meta').buffers()} == {'meta'}


def test_unreduced() -> None:
    logits, label = pixels(0.25, 0.75, 0.5), torch.tensor([[[0, 0, 255]]])
    loss = SoftmaxFocalLoss(gamma=1, loss_weight=2)(logits, label, reduction_override='none')
    expected = [2 * 0.75 * math.log(4), 2 * 0.25 * math.log(4 / 3), 0]
    torch.testing.assert_close(loss.flatten(), torch.tensor(expected))
    with pytest.raises(ValueError, match='reduction_override'):
        SoftmaxFocalLoss()(logits, label, reduction_override='sum')


def test_behind_the_ohem_sampler() -> None:
    """mmseg's sampler keeps the hardest pixels: the mean over them is the loss."""
    from mmseg_wavemix.models import WaveMixHead

    torch.manual_seed(0)
    head = WaveMixHead(
        4,
        num_classes=3,
        sampler=dict(type='OHEMPixelSampler', min_kept=5),
        loss_decode=dict(type='SoftmaxFocalLoss'),
    )
    logits, label = torch.randn(1, 3, 4, 4), torch.randint(0, 3, (1, 1, 4, 4))
    sample = SegDataSample(gt_sem_seg=PixelData(data=label[0]))
    loss = head.loss_by_feat(logits, [sample])['loss_focal']
    each = SoftmaxFocalLoss()(logits, label[:, 0], reduction_override='none')
    torch.testing.assert_close(loss, each.flatten().topk(5).values.mean())
