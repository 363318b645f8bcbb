"""Weights of the authors' own classes: converted, they give the same logits."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmseg.datasets import CityscapesDataset
from mmseg.registry import MODELS
from torch import Tensor, nn

from mmseg_wavemix.checkpoints import from_authors
from mmseg_wavemix.errors import InputError
from tests.oracle import load_oracle, published_model, randomise_norms


def segmenter(level: int, classes: int = 20, **options) -> nn.Module:
    torch.manual_seed(level)
    options = dict(depth=2, mult=3, ff_channel=24, final_dim=32, dropout=0.5) | options
    model = load_oracle().WaveMix(num_classes=classes, level=level, **options)
    return randomise_norms(model)


def classifier(level: int, stem: str, **options) -> nn.Module:
    torch.manual_seed(level)
    options = dict(depth=2, mult=2, ff_channel=24, final_dim=32, num_classes=7) | options
    model = load_oracle('classification').WaveMix(level=level, initial_conv=stem, **options)
    return randomise_norms(model)


def build(model: dict, weights: dict[str, Tensor]) -> nn.Module:
    built = MODELS.build(model)
    built.load_state_dict(weights, strict=True)
    return built.eval()


@torch.no_grad()
def check_segmentation(reference: nn.Module, x: Tensor) -> dict:
    """Same logits and same argmax over the 19 classes; the config of the model."""
    converted = from_authors(reference.state_dict(), 'SRC')
    logits = build(converted.model, converted.state_dict)(x)
    expected = reference.eval()(x)[:, 1:]
    assert logits.shape == expected.shape and logits.shape[1] == 19
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)
    # where two classes come out equal to the last bit, either is right
    best, second = expected.topk(2, dim=1).values.unbind(1)
    same = logits.argmax(1) == expected.argmax(1)
    assert (same | (best - second < 1e-5)).all() and same.float().mean() > 0.999
    assert len(expected.argmax(1).unique()) > 1  # else an argmax says nothing
    return converted.model


@pytest.mark.parametrize('level', [1, 2, 3, 4])
def test_segmentation(level: int) -> None:
    model = check_segmentation(segmenter(level), torch.randn(2, 3, 128, 192))
    assert model['backbone'] == dict(
        type='WaveMix', in_channels=3, embed_dims=32, depth=2, level=level, ff_channels=24,
        mlp_ratio=3, stem=dict(type='StridedStem', strides=(2, 2)),
    )  # fmt: skip
    head = {key: model['decode_head'][key] for key in ('mid_channels', 'channels', 'num_classes')}
    assert head == dict(mid_channels=16, channels=8, num_classes=19)


def test_published_cityscapes_model() -> None:
    """At its true size: 192/16, level 3, patches of 4."""
    torch.manual_seed(0)
    model = check_segmentation(published_model(), torch.randn(1, 3, 64, 96))
    backbone, head = model['backbone'], model['decode_head']
    assert (backbone['embed_dims'], backbone['depth'], backbone['level']) == (192, 16, 3)
    assert backbone['stem'] == dict(type='PatchifyStem', patch_size=4)
    assert (head['mid_channels'], head['channels']) == (128, 64)


def test_void_is_dropped_and_train_ids_follow() -> None:
    """A model that answers one class everywhere names it by its train id."""
    reference = published_model(depth=1, dims=12)
    for name, train_id in (('road', 0), ('sky', 10), ('bicycle', 18)):
        with torch.no_grad():
            reference.pool[2].bias.fill_(-1e3)
            reference.pool[2].bias[train_id + 1] = 1e3
            reference.pool[2].bias[0] = 1e4  # void would win
        converted = from_authors(reference.state_dict(), 'SRC')
        model = build(converted.model, converted.state_dict)
        with torch.no_grad():
            found = model(torch.randn(1, 3, 32, 32)).argmax(1).unique().tolist()
        assert found == [train_id]
        assert converted.dataset_meta['classes'][train_id] == name
    assert converted.dataset_meta['palette'] == list(CityscapesDataset.METAINFO['palette'])


def test_other_numbers_of_classes_are_kept() -> None:
    reference = segmenter(1, classes=11)
    converted = from_authors(reference.state_dict(), 'SRC')
    weight = converted.state_dict['decode_head.conv_seg.weight']
    assert torch.equal(weight, reference.expand[2].weight)
    assert converted.model['decode_head']['num_classes'] == 11
    assert converted.dataset_meta is None
    assert any('11 classes are kept as they are' in remark for remark in converted.remarks)


@pytest.mark.parametrize('stem', ['strided', 'pachify'])
@pytest.mark.parametrize('level', [1, 3])
@torch.no_grad()
def test_classification(level: int, stem: str) -> None:
    reference = classifier(level, stem, patch_size=8).eval()
    converted = from_authors(reference.state_dict(), 'SRC')
    assert converted.kind == 'classification' and converted.model['type'] == 'ImageClassifier'
    head = dict(type='LinearClsHead', in_channels=32, num_classes=7)
    assert converted.model['head'] == head
    parts = {'backbone': {}, 'head': {}}
    for name, value in converted.state_dict.items():
        part, _, rest = name.partition('.')
        parts[part][rest] = value
    backbone = build(converted.model['backbone'], parts['backbone'])
    linear = nn.Linear(32, 7)
    linear.load_state_dict({name.removeprefix('fc.'): v for name, v in parts['head'].items()})
    x = torch.randn(2, 3, 64, 128)
    logits = linear(backbone(x)[0].mean((2, 3)))  # mmpretrain's GlobalAveragePooling
    expected = reference(x)
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)
    assert torch.equal(logits.argmax(1), expected.argmax(1))
    expected_stem = 'StridedStem' if stem == 'strided' else 'PatchifyStem'
    assert converted.model['backbone']['stem']['type'] == expected_stem


def test_twenty_classes_of_a_classifier_are_no_void() -> None:
    converted = from_authors(classifier(1, 'strided', num_classes=20).state_dict(), 'SRC')
    assert converted.state_dict['head.fc.weight'].shape == (20, 32)


def test_one_channel() -> None:
    """Table 5's models see grey pictures."""
    reference = classifier(1, 'strided')
    reference.conv[0] = nn.Conv2d(1, 16, 3, 2, 1)
    converted = from_authors(reference.state_dict(), 'SRC')
    assert converted.model['backbone']['in_channels'] == 1


@pytest.mark.parametrize(
    'wrap',
    [
        lambda weights: weights,
        lambda weights: dict(state_dict=weights, epoch=3),
        lambda weights: dict(model=weights, optimizer=dict(lr=1.0)),
        lambda weights: dict(model_state_dict=weights),
        lambda weights: dict(model={f'module.{name}': v for name, v in weights.items()}),
    ],
    ids=['bare', 'state_dict', 'model', 'model_state_dict', 'DataParallel'],
)
def test_wrappings(wrap: Callable[[dict], dict]) -> None:
    weights = segmenter(2).state_dict()
    expected, found = (from_authors(c, 'SRC').state_dict for c in (weights, wrap(weights)))
    assert expected.keys() == found.keys() and len(found) == len(weights)
    assert all(torch.equal(expected[name], found[name]) for name in found)


def change(weights: dict, drop: str, add: str) -> dict:
    weights = dict(weights)
    if drop:
        del weights[drop]
    if add:
        weights[add] = torch.zeros(1)
    return weights


@pytest.mark.parametrize(
    ('drop', 'add', 'message'),
    [
        ('layers.1.feedforward2.5.running_mean', '',
         r'1 missing: layers\.1\.feedforward2\.5\.running_mean$'),
        ('', 'xf1.h0_col', r'1 unknown: xf1\.h0_col$'),
        ('conv.1.bias', 'conv.7.bias', r'1 missing: conv\.1\.bias; 1 unknown: conv\.7\.bias$'),
        ('layers.0.reduction.weight', '', 'no layers.0.reduction.weight'),
        ('layers.0.feedforward1.0.weight', '', 'no layers.0.feedforward1.0.weight'),
        ('conv.0.weight', '', 'no conv.0.weight'),
        ('expand.0.weight', '', 'no expand.0.weight'),
        ('expand.2.bias', '', r'1 missing: expand\.2\.bias'),
        ('', 'layers.7.reduction.weight', '1 unknown: layers.7.reduction.weight'),
        ('', 'backbone.blocks.0.reduction.bias', 'unknown: backbone.blocks.0'),
    ],
)  # fmt: skip
def test_other_names_are_refused(drop: str, add: str, message: str) -> None:
    with pytest.raises(InputError, match=f'^SRC is no WaveMix.*{message}'):
        from_authors(change(segmenter(2).state_dict(), drop, add), 'SRC')


@pytest.mark.parametrize(
    ('name', 'shape', 'message'),
    [
        ('layers.1.reduction.weight', (8, 16, 1, 1), r'is \(8, 16, 1, 1\) instead of \(8, 32'),
        ('expand.2.bias', (19,), r'expand\.2\.bias is \(19,\) instead of \(20,\)'),
        ('layers.0.reduction.weight', (8, 32), 'expected 4 dimensions'),
        ('layers.0.reduction.weight', (8, 30, 1, 1), 'no multiple of 30'),
        ('layers.0.reduction.weight', (8, 0, 1, 1), 'expected 4 dimensions'),
        ('layers.0.reduction.weight', (8, 6, 1, 1), 'embed_dims must be a positive multiple of 4'),
        ('layers.0.feedforward1.0.weight', (100, 48, 1, 1), 'no multiple of 32'),
    ],
)
def test_other_shapes_are_refused(name: str, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(InputError, match=f'^SRC is no WaveMix.*{message}'):
        from_authors({**segmenter(2).state_dict(), name: torch.zeros(shape)}, 'SRC')


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ({}, 'no weights of the authors'),
        ([torch.zeros(1)], 'no weights of the authors'),
        (dict(model='resnet'), 'no weights of the authors'),
        ({'conv1.weight': torch.zeros(64, 3, 7, 7), 'layer1.0.conv1.weight': torch.zeros(1)},
         'no weights of the authors'),
        ({'backbone.blocks.0.reduction.weight': torch.zeros(1)}, "this toolbox already"),
    ],
)  # fmt: skip
def test_other_files_are_refused(content: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_authors(content, Path('SRC'))


def test_a_permuted_weight_is_noticed() -> None:
    """The comparison with the authors can fail."""
    reference = segmenter(2)
    converted = from_authors(reference.state_dict(), 'SRC')
    name = 'backbone.blocks.1.mixers.0.4.weight'
    converted.state_dict[name] = converted.state_dict[name].flip(0)
    model = build(converted.model, converted.state_dict)
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        difference = model(x) - reference.eval()(x)[:, 1:]
    assert difference.abs().max() > 1e-3
