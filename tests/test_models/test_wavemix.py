"""The contract of backbone and head: sizes, parameters, gradients, options that arrive."""

import copy
import csv
import pickle
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils._pytree import tree_map

from mmseg_wavemix.benchmark.memory import peak_memory
from mmseg_wavemix.models import StridedStem, WaveMix, WaveMixHead
from mmseg_wavemix.models.padding import cropped, padded
from tests.test_models.test_parity import build

# name of Table 6 -> (embed_dims, depth, level, ff_channels, mlp_ratio), parameters with 19 classes
TABLE6 = {
    'wavemix_128_8_l1': ((128, 8, 1, 128, 2), 2900819),
    'wavemix_128_20_l1_mul3': ((128, 20, 1, 128, 3), 7549651),
    'wavemix_256_7_l1_ff160': ((256, 7, 1, 160, 2), 7159219),
    'wavemix_256_16_l1_ff512_mul4': ((256, 16, 1, 512, 4), 47392915),
    'wavemix_256_16_l1': ((256, 16, 1, 256, 2), 22214803),
    'wavemix_256_16_l2': ((256, 16, 2, 256, 2), 35864723),
    'wavemix_256_16_l3': ((256, 16, 3, 256, 2), 49514643),
    'wavemix_256_16_l4': ((256, 16, 4, 256, 2), 63164563),
}


@pytest.mark.parametrize('name', TABLE6)
def test_parameter_counts_of_table_6(name: str) -> None:
    (channels, depth, level, ff, mul), expected = TABLE6[name]
    with torch.device('meta'):
        backbone = WaveMix(3, channels, depth, level, ff, mul)
        head = WaveMixHead(channels, num_classes=19)
    assert sum(p.numel() for m in (backbone, head) for p in m.parameters()) == expected


def test_all_39_parameter_counts(shared_data: Path) -> None:
    table = shared_data.parent / 'paper' / 'table6.csv'
    if not table.is_file():
        pytest.skip(f'no {table}')
    rows = list(csv.DictReader(table.open()))
    assert len(rows) == 39
    for row in rows:
        sizes = ('embed_dims', 'depth', 'level', 'ff_channels', 'mlp_ratio')
        channels, depth, level, ff, mul = (int(row[key]) for key in sizes)
        with torch.device('meta'):
            backbone = WaveMix(3, channels, depth, level, ff, mul)
            for classes in (19, 20):
                head = WaveMixHead(channels, num_classes=classes)
                count = sum(p.numel() for m in (backbone, head) for p in m.parameters())
                assert count == int(row[f'params_{classes}_classes']), row['config']


@pytest.mark.parametrize('size', [(8, 8), (9, 13), (33, 8), (64, 64), (101, 77), (65, 127)])
@pytest.mark.parametrize('level', [1, 4])
def test_logits_have_the_size_of_the_picture(level: int, size: tuple[int, int]) -> None:
    model = build(level, depth=1, embed_dims=8).eval()
    assert model(torch.randn(1, 3, *size)).shape == (1, 20, *size)


def test_padding_rule() -> None:
    """Padding mirrors the picture, right and below; the features are cropped."""
    backbone = WaveMix(embed_dims=16, depth=2, level=2).eval()
    x = torch.randn(1, 3, 37, 50)
    larger = F.pad(x, (0, 14, 0, 11), mode='reflect')  # to 48 x 64, multiples of 4 * 2**2
    expected = backbone(larger)[0][..., :10, :13]
    torch.testing.assert_close(backbone(x)[0], expected, atol=1e-6, rtol=0)


def test_padding_by_hand() -> None:
    x = torch.tensor([[1.0, 2, 3], [4, 5, 6]])[None, None]
    mirrored = [[1.0, 2, 3, 2], [4, 5, 6, 5], [1, 2, 3, 2]]
    assert padded(x, 1, 1)[0, 0].tolist() == mirrored
    # 2 rows have 1 to mirror, 3 columns 2: the rest is their edge
    row = [1.0, 2, 3, 2, 1, 1]
    assert padded(x, 3, 3)[0, 0].tolist() == [row, [4, 5, 6, 5, 4, 4], row, row, row]
    assert padded(x[..., :1, :1], 1, 2)[0, 0].tolist() == [[1.0] * 3] * 2
    layout = torch.channels_last
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        many = torch.randn(2, 3, 9, 9).to(dtype, memory_format=layout)
        assert padded(many, 7, 7).is_contiguous(memory_format=layout)


def test_multiples_are_not_padded() -> None:
    backbone = WaveMix(embed_dims=8, depth=1, level=3).eval()
    x = torch.randn(1, 3, 64, 96)
    (features,) = backbone(x)
    assert torch.equal(features, backbone.blocks(backbone.stem(x)))
    assert features.shape == (1, 8, 16, 24)


def test_returns_a_tuple_in_training_and_inference() -> None:
    backbone = WaveMix(embed_dims=8, depth=1, level=1)
    for mode in (True, False):
        features = backbone.train(mode)(torch.randn(2, 3, 30, 45))
        assert isinstance(features, tuple) and len(features) == 1
        assert features[0].shape == (2, 8, 8, 12)  # ceil(30 / 4), ceil(45 / 4)


def test_features_of_several_blocks() -> None:
    torch.manual_seed(0)
    backbone = WaveMix(3, 8, depth=3, level=2, out_indices=(0, -1)).eval()
    x = torch.randn(1, 3, 45, 67)
    first, last = backbone(x)
    assert first.shape == last.shape == (1, 8, 12, 17)
    shorter = copy.deepcopy(backbone)
    shorter.out_indices = [2]
    torch.testing.assert_close(shorter(x)[0], last, rtol=0, atol=0)
    shorter.blocks, shorter.out_indices = shorter.blocks[:1], [0]
    torch.testing.assert_close(shorter(x)[0], first, rtol=0, atol=0)


def test_auxiliary_heads_train_the_blocks_before_them() -> None:
    """As mmseg's segmentor attaches them, by ``in_index``."""
    model = build(1, depth=3, embed_dims=8, out_indices=(1, 2))
    auxiliary = WaveMixHead(8, num_classes=19, in_index=0)
    auxiliary(model.backbone(torch.randn(1, 3, 30, 34))).sum().backward()
    trained = [any(p.grad is not None for p in b.parameters()) for b in model.backbone.blocks]
    assert trained == [True, True, False]


@pytest.mark.parametrize('indices', [(), (3,), (-4,), (2, 0), (1, 1), (2, -1)])
def test_blocks_that_are_not_there(indices: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match='out_indices must be blocks in rising order, 0 to 2'):
        WaveMix(3, 8, depth=3, out_indices=indices)


def test_head_behind_a_plain_tuple() -> None:
    head = WaveMixHead(8, num_classes=5)
    assert head((torch.randn(1, 8, 6, 7),)).shape == (1, 5, 24, 28)


@pytest.mark.parametrize('level', [1, 2, 3, 4])
def test_every_parameter_gets_a_gradient(level: int) -> None:
    model = build(level, embed_dims=16)
    model(torch.randn(2, 3, 64, 64)).square().mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_options_reach_every_layer() -> None:
    backbone = WaveMix(
        in_channels=5,
        embed_dims=8,
        depth=2,
        level=3,
        drop_rate=0.25,
        stem=dict(type='StridedStem', strides=(2, 1)),
        norm_cfg=dict(type='GN', num_groups=2),
        act_cfg=dict(type='ReLU'),
    )
    kinds = [type(module) for module in backbone.modules()]
    assert kinds.count(nn.GroupNorm) == kinds.count(nn.ReLU) == 2 * 3
    assert nn.BatchNorm2d not in kinds and nn.GELU not in kinds
    assert {m.p for m in backbone.modules() if isinstance(m, nn.Dropout)} == {0.25}
    assert backbone(torch.randn(1, 5, 32, 32))[0].shape == (1, 8, 16, 16)


def test_stem_by_hand() -> None:
    stem = StridedStem(1, 2, strides=(2, 2))
    with torch.no_grad():
        for conv in stem.convs:
            conv.weight.fill_(1)
            conv.bias.zero_()
    # each output sums a 3x3 window around every second pixel; borders see zeros
    x = torch.ones(1, 1, 4, 4)
    assert stem(x)[0].tolist() == [[[4 + 6 + 6 + 9]]] * 2


@pytest.mark.parametrize(
    'options',
    [dict(embed_dims=6), dict(mlp_ratio=1.5)]
    + [{k: 0} for k in ('level', 'depth', 'mlp_ratio', 'ff_channels')],
)
def test_impossible_sizes(options: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        WaveMix(**options)


@pytest.mark.parametrize('strides', [(0, 2), (2,), (2, 2, 2)])
def test_impossible_strides(strides: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match='strides must be two'):
        WaveMix(stem=dict(type='StridedStem', strides=strides))


@pytest.mark.parametrize('strides', [(1, 1), (2, 1), (2, 4)])
def test_other_strides_resize_the_logits(strides: tuple[int, int]) -> None:
    model = build(level=1, embed_dims=8, stem=dict(type='StridedStem', strides=strides)).eval()
    x = torch.randn(1, 3, 40, 56)
    logits = model(x)
    assert logits.shape == (1, 20, 40, 56)
    x[..., -1, -1] += 10  # every corner of the picture counts
    assert (model(x)[..., -1, -1] - logits[..., -1, -1]).abs().max() > 0


def test_features_are_a_good_tuple() -> None:
    features = WaveMix(embed_dims=8, depth=1, level=1).eval()(torch.randn(1, 3, 30, 45))
    for other in (
        copy.copy(features),
        pickle.loads(
            pickle.dumps(
                features.__class__(tuple(f.detach() for f in features), features.image_size)
            )
        ),
    ):
        assert other.image_size == (30, 45) and torch.equal(other[0], features[0])
    doubled = tree_map(lambda x: 2 * x, features)
    assert doubled.image_size == (30, 45) and torch.equal(doubled[0], 2 * features[0])


@pytest.mark.parametrize(
    'mixer', [dict(type='HaarPyramid'), dict(type='WaveletPyramid', wave='db2')]
)
def test_compiles_whole(mixer: dict) -> None:
    model = build(level=2, embed_dims=8, depth=1, token_mixer=mixer).eval()
    compiled = torch.compile(model.forward, fullgraph=True, backend='eager')
    for size in ((32, 32), (33, 47)):
        x = torch.randn(1, 3, *size)
        torch.testing.assert_close(compiled(x), model(x))


def test_exports() -> None:
    model = build(level=2, embed_dims=8, depth=1).eval()
    x = torch.randn(1, 3, 32, 48)
    program = torch.export.export(model, (x,))
    torch.testing.assert_close(program.module()(x), model(x))


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float64])
def test_other_dtypes_and_channels_last(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    model = build(level=3, embed_dims=16).eval()
    x = torch.randn(1, 3, 64, 64)
    expected = model(x)
    other = model.to(dtype).to(memory_format=torch.channels_last)
    logits = other(x.to(dtype, memory_format=torch.channels_last))
    assert logits.dtype == dtype
    tolerance = 2e-2 if dtype == torch.bfloat16 else 1e-5
    scale = expected.abs().max()
    torch.testing.assert_close(logits.float() / scale, expected / scale, atol=tolerance, rtol=0)


@pytest.mark.parametrize('size', [(64, 64), (60, 52), (61, 49)])
def test_gradients_lie_channels_last_at_any_size(size: tuple[int, int]) -> None:
    # norms are slow where what they saw and its gradient lie differently
    torch.manual_seed(0)
    model = build(level=2, embed_dims=16).train().to(memory_format=torch.channels_last)
    strides = set()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_full_backward_hook(lambda _, __, g: strides.add(g[0].stride(1)))
    x = torch.randn(2, 3, *size).to(memory_format=torch.channels_last)
    F.cross_entropy(model(x), torch.randint(19, (2, *size))).backward()
    assert strides == {1}


@pytest.mark.parametrize('training', [False, True])
def test_cropping_takes_the_upper_left(training: bool) -> None:
    x = torch.arange(2 * 3 * 5 * 7.0).view(2, 3, 5, 7).requires_grad_()
    for size in ((5, 7), (4, 7), (3, 2)):
        part = cropped(x, size, training)
        assert torch.equal(part, x[..., : size[0], : size[1]])
        (gradient,) = torch.autograd.grad(part.square().sum(), x)
        expected = torch.zeros_like(x)
        expected[..., : size[0], : size[1]] = 2 * part.detach()
        assert torch.equal(gradient, expected)


def test_checkpointing_changes_memory_alone() -> None:
    def run(with_cp: bool) -> tuple[nn.Module, int]:
        torch.manual_seed(0)
        model = WaveMix(embed_dims=16, depth=8, level=2, drop_rate=0.5, with_cp=with_cp)
        x = torch.randn(2, 3, 64, 128)

        def step() -> None:
            torch.manual_seed(1)
            model.zero_grad()
            model(x)[0].square().mean().backward()

        return model, peak_memory(step, torch.device('cpu'), held=0)

    (plain, most), (saving, less) = run(with_cp=False), run(with_cp=True)
    assert less < 0.6 * most
    for (name, parameter), other in zip(plain.named_parameters(), saving.parameters()):
        assert torch.equal(parameter.grad, other.grad), name
    for name, value in plain.state_dict().items():  # running statistics, counted once
        assert torch.equal(value, saving.state_dict()[name]), name
