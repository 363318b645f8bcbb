"""Fused models compute what they were made from, with less."""

import logging

import pytest
import torch
from mmengine.logging import MMLogger
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mmseg_wavemix.deployment import fuse
from mmseg_wavemix.deployment.fuse import FusedStem
from mmseg_wavemix.models import StridedStem
from tests.oracle import load_oracle, oracle_state, randomise_norms
from tests.test_models.test_parity import build


def trained(level: int, **backbone) -> nn.Module:
    """A model whose norms have statistics of their own: fresh ones would hide one left out."""
    torch.manual_seed(level)
    model = build(level, **backbone)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.uniform_(module.weight, 0.5, 2.0)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return model.eval()


VARIANTS = [
    dict(),
    dict(ff_channels=48, mlp_ratio=3, drop_rate=0.5),
    dict(stem=dict(type='PatchifyStem', patch_size=5)),
    dict(stem=dict(type='StridedStem', strides=(2, 1))),
    dict(token_mixer=dict(type='SingleHaar')),
    dict(token_mixer=dict(type='LiftingPyramid')),
    dict(upsampler=dict(type='InverseHaar')),
    dict(norm_cfg=dict(type='GN', num_groups=2)),
]


@pytest.mark.parametrize('level', [1, 2, 3, 4])
@pytest.mark.parametrize('variant', VARIANTS, ids=str)
def test_same_logits(variant: dict, level: int) -> None:
    model = trained(level, **variant)
    fused = fuse(model)
    for size in ((64, 96), (37, 50)):
        x = torch.randn(2, 3, *size)
        with torch.no_grad():
            expected, logits = model(x), fused(x)
        assert logits.shape == expected.shape
        assert (logits - expected).abs().max() <= 2e-6 * expected.abs().max()


def test_float64_leaves_no_doubt() -> None:
    model = trained(3).double()
    x = torch.randn(1, 3, 64, 96, dtype=torch.float64)
    torch.testing.assert_close(fuse(model)(x), model(x), atol=1e-13, rtol=1e-12)


def test_borders_of_the_fused_stem() -> None:
    stem = StridedStem(3, 8).double()
    nn.init.constant_(stem.convs[0].bias, 5)
    x = torch.randn(1, 3, 16, 24, dtype=torch.float64)
    torch.testing.assert_close(FusedStem(stem)(x), stem(x))


def test_no_sub_band_no_norm_no_concatenation_is_left() -> None:
    fused = fuse(trained(4))
    kinds = [type(module).__name__ for module in fused.modules()]
    assert kinds.count('FusedBlock') == 2 and kinds.count('FusedStem') == 1
    assert not {'BatchNorm2d', 'WaveMixBlock', 'HaarPyramid'} & set(kinds)


def flops(model: nn.Module, x: torch.Tensor) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(x)
    return counter.get_total_flops()


def test_it_computes_less() -> None:
    model = trained(4, embed_dims=64)
    x = torch.randn(1, 3, 64, 64)
    assert flops(fuse(model), x) < flops(model, x)


def test_the_original_is_untouched() -> None:
    model = trained(2).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fused = fuse(model)
    assert model.training and not fused.training
    assert all(p.requires_grad for p in model.parameters())
    assert not any(p.requires_grad for p in fused.parameters())
    with torch.no_grad():
        for parameter in fused.parameters():
            parameter.zero_()
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_it_says_what_it_left_alone() -> None:
    logger = MMLogger.get_current_instance()
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger.addHandler(handler)
    try:
        fuse(trained(1, stem=dict(type='PatchifyStem'), token_mixer=dict(type='Fourier')))
        fuse(nn.Linear(2, 2))
    finally:
        logger.removeHandler(handler)
    assert [line for line in lines if 'fused' in line] == [
        'fused for inference: 1 head, 2 norms; left alone: 2 Fourier, 1 PatchifyStem',
        'fused for inference: nothing',
    ]


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float64])
def test_dtype_layout_and_export(dtype: torch.dtype) -> None:
    model = trained(3)
    fused = fuse(model).to(dtype).to(memory_format=torch.channels_last)
    x = torch.randn(1, 3, 64, 64)
    logits = fused(x.to(dtype, memory_format=torch.channels_last))
    expected = model(x)
    tolerance = 3e-2 if dtype == torch.bfloat16 else 1e-5
    assert logits.dtype == dtype
    assert (logits - expected).abs().max() <= tolerance * expected.abs().max()
    if dtype == torch.float64:
        x = x.double()
        program = torch.export.export(fused, (x,))
        torch.testing.assert_close(program.module()(x), fused(x))


def test_the_papers_model_fused_is_the_authors() -> None:
    """WaveMix-256/16, level 4, whole: the one whose speed is told against the authors'."""
    torch.manual_seed(0)
    reference = load_oracle().WaveMix(
        num_classes=19, depth=16, mult=2, ff_channel=256, final_dim=256, level=4, stride=2
    )
    randomise_norms(reference)
    model = build(4, depth=16, embed_dims=256, num_classes=19)
    model.load_state_dict(oracle_state(4, reference.state_dict()))
    x = torch.randn(1, 3, 256, 512)
    with torch.no_grad():
        expected, logits = reference.eval()(x), fuse(model)(x)
    assert (logits - expected).abs().max() <= 1e-5 * expected.abs().max()
