"""Against the authors' package: same weights, same logits, same gradients."""

import copy

import pytest
import torch
from mmseg.registry import MODELS
from torch import Tensor, nn

from mmseg_wavemix.models import WaveMixHead
from tests.oracle import load_oracle, oracle_state, published_model, randomise_norms


def build(level: int, depth: int = 2, num_classes: int = 20, **backbone) -> nn.Module:
    channels = backbone.setdefault('embed_dims', 32)
    return MODELS.build(
        dict(
            type='EncoderDecoder',
            data_preprocessor=dict(type='SegDataPreProcessor'),
            backbone=dict(type='WaveMix', depth=depth, level=level, **backbone),
            decode_head=dict(
                type='WaveMixHead',
                in_channels=channels,
                num_classes=num_classes,
                loss_decode=dict(type='SoftmaxFocalLoss'),
            ),
            test_cfg=dict(mode='whole'),
        )
    )


def pair(level: int, **oracle) -> tuple[nn.Module, nn.Module]:
    """This package's model and the authors', with the same weights."""
    torch.manual_seed(level)
    reference = load_oracle().WaveMix(level=level, depth=2, final_dim=32, **oracle)
    randomise_norms(reference)
    model = build(level, ff_channels=oracle['ff_channel'], mlp_ratio=oracle['mult'])
    model.load_state_dict(oracle_state(level, copy.deepcopy(reference.state_dict())))
    return model, reference


def forward(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Logits, and the gradient of their squared mean by the image."""
    x = x.clone().requires_grad_()
    logits = model(x)
    logits.square().mean().backward()
    return logits.detach(), x.grad


@pytest.mark.parametrize('training', [False, True], ids=['eval', 'train'])
@pytest.mark.parametrize('level', [1, 2, 3, 4])
def test_logits_and_gradients(level: int, training: bool) -> None:
    model, reference = pair(level, ff_channel=48, mult=3, dropout=0.0)
    check(model, reference, torch.randn(2, 3, 128, 192), level, training)


@pytest.mark.parametrize('training', [False, True], ids=['eval', 'train'])
@pytest.mark.parametrize(('level', 'patch_size'), [(1, 8), (2, 5), (3, 4), (4, 4)])
def test_patchify_stem_and_published_head(level: int, patch_size: int, training: bool) -> None:
    torch.manual_seed(level)
    reference = published_model(2, 48, level, patch_size, dropout=0.0)
    stem = dict(type='PatchifyStem', patch_size=patch_size)
    model = build(level, embed_dims=48, stem=stem)
    model.decode_head = WaveMixHead(48, channels=16, mid_channels=32, num_classes=20)
    model.load_state_dict(oracle_state(level, copy.deepcopy(reference.state_dict())))
    # the authors' head grows four times, whatever the patches; ours comes back to the picture
    side = patch_size * 2**level
    scale = nn.Upsample(scale_factor=patch_size / 4, mode='bilinear')
    check(model, nn.Sequential(reference, scale), torch.randn(2, 3, 3 * side, 4 * side), level,
          training)  # fmt: skip


def check(model: nn.Module, reference: nn.Module, x: Tensor, level: int, training: bool) -> None:
    """Same logits, same gradients of picture and weights, same running statistics."""
    logits, gradient = forward(model.train(training), x)
    expected, expected_gradient = forward(reference.train(training), x)
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)
    scale = expected_gradient.abs().max()
    torch.testing.assert_close(gradient / scale, expected_gradient / scale, atol=1e-5, rtol=0)
    # every parameter's gradient, under its other name; a bias before a norm has none but rounding
    authors = reference[0] if isinstance(reference, nn.Sequential) else reference
    theirs = oracle_state(level, {name: p.grad for name, p in authors.named_parameters()})
    assert theirs.keys() == dict(model.named_parameters()).keys()
    scale = max(grad.abs().max().item() for grad in theirs.values())
    for name, grad in theirs.items():
        ours = model.get_parameter(name).grad
        torch.testing.assert_close(ours / scale, grad / scale, atol=1e-5, rtol=0, msg=name)
    if training:  # running statistics moved alike
        for name, value in oracle_state(level, authors.state_dict()).items():
            torch.testing.assert_close(model.state_dict()[name], value, atol=1e-5, rtol=1e-5)


def test_a_wrong_weight_is_noticed() -> None:
    model, reference = pair(2, ff_channel=32, mult=2, dropout=0.0)
    with torch.no_grad():
        model.backbone.blocks[1].mixers[1][3].weight.mul_(1.01)
    x = torch.randn(1, 3, 64, 64)
    difference = model.eval()(x) - reference.eval()(x)
    assert difference.abs().max() > 1e-5


def test_dropout_stands_where_the_authors_have_it() -> None:
    model, reference = pair(3, ff_channel=32, mult=2, dropout=0.5)
    model.backbone.apply(lambda m: setattr(m, 'p', 0.5) if isinstance(m, nn.Dropout) else None)
    x = torch.randn(1, 3, 64, 64)
    torch.manual_seed(1)
    logits = model.train()(x)
    torch.manual_seed(1)
    torch.testing.assert_close(logits, reference.train()(x), atol=1e-5, rtol=0)
