"""ClassifierWeights: exactly what fits, and a message about the rest."""

from pathlib import Path

import pytest
import torch
from mmengine.logging import MMLogger
from mmseg.registry import MODELS
from torch import nn

from mmseg_wavemix.checkpoints import check_classifier_weights, from_authors, write_checkpoint
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.models import WaveMix
from tests.oracle import load_oracle, randomise_norms

STEM = dict(type='PatchifyStem', patch_size=4)
SIZES = dict(embed_dims=16, depth=2, level=2)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A classifier as mmpretrain saves it: backbone, neck, head."""
    torch.manual_seed(0)
    backbone = randomise_norms(WaveMix(**SIZES, stem=STEM))
    weights = {f'backbone.{name}': value for name, value in backbone.state_dict().items()}
    weights |= {'head.fc.weight': torch.randn(10, 16), 'head.fc.bias': torch.randn(10)}
    torch.save(dict(state_dict=weights, meta=dict(epoch=3)), tmp_path / 'classifier.pth')
    return tmp_path / 'classifier.pth'


def build(checkpoint: Path | str, skip: list[str] | None = None, **options) -> nn.Module:
    """A segmentor whose backbone begins with ``checkpoint``; not initialised yet."""
    init_cfg = dict(type='ClassifierWeights', checkpoint=str(checkpoint))
    if skip is not None:
        init_cfg['skip'] = skip
    backbone = dict(type='WaveMix', init_cfg=init_cfg) | SIZES | dict(stem=STEM) | options
    channels = backbone['embed_dims']
    head = dict(type='WaveMixHead', in_channels=channels, num_classes=19)
    return MODELS.build(dict(type='EncoderDecoder', backbone=backbone, decode_head=head))


def message(monkeypatch, model: nn.Module) -> str:
    """Initialises the model; the one message about its weights."""
    lines = []
    logger = MMLogger.get_current_instance()
    monkeypatch.setattr(logger, 'handle', lambda record: lines.append(record.getMessage()))
    model.init_weights()
    (line,) = [line for line in lines if 'begins with the weights of' in line]
    return line


def saved(path: Path) -> dict[str, torch.Tensor]:
    return torch.load(path, weights_only=True)['state_dict']


def test_loads_all_and_says_so(checkpoint: Path, monkeypatch) -> None:
    model = build(checkpoint)
    head = {name: value.clone() for name, value in model.decode_head.state_dict().items()}
    line = message(monkeypatch, model)
    weights = saved(checkpoint)
    for name, value in model.backbone.state_dict().items():
        assert torch.equal(value, weights[f'backbone.{name}']), name
    for name, value in model.decode_head.state_dict().items():
        assert torch.equal(value, head[name])
    parameters = sum(parameter.numel() for parameter in model.backbone.parameters())
    assert line == (
        f'WaveMix begins with the weights of {checkpoint}: {len(model.backbone.state_dict())} '
        f'loaded ({parameters:,} parameters) into stem, blocks.0, blocks.1; '
        '0 of the model not loaded: none; '
        '2 of the file not used: head.fc.weight, head.fc.bias'
    )


def test_skip(checkpoint: Path, monkeypatch) -> None:
    model = build(checkpoint, skip=['stem'], stem=dict(type='StridedStem'))
    stem = {name: value.clone() for name, value in model.backbone.stem.state_dict().items()}
    line = message(monkeypatch, model)
    for name, value in model.backbone.stem.state_dict().items():
        assert torch.equal(value, stem[name])
    weights = saved(checkpoint)
    for name, value in model.backbone.blocks.state_dict().items():
        assert torch.equal(value, weights[f'backbone.blocks.{name}'])
    assert (
        '4 of the model not loaded: stem.convs.0.weight, stem.convs.0.bias, '
        'stem.convs.1.weight, stem.convs.1.bias; 13 of the file not used: '
    ) in line
    assert 'backbone.stem.convs.0.weight' in line


def test_skip_of_everything(checkpoint: Path) -> None:
    with pytest.raises(InputError, match='leaves nothing to load'):
        build(checkpoint, skip=['stem', 'blocks']).init_weights()


def test_other_initializers_do_not_write_over_it(checkpoint: Path) -> None:
    """Neither those of the backbone's parts nor those beside it, if they come first."""
    constant = dict(type='Constant', layer='Conv2d', val=7.0)
    model = build(checkpoint, stem=dict(**STEM, init_cfg=constant))
    model.backbone.init_cfg = [constant, model.backbone.init_cfg]
    model.init_weights()
    weights = saved(checkpoint)
    for name, value in model.backbone.state_dict().items():
        assert torch.equal(value, weights[f'backbone.{name}']), name
    # a part that is skipped is initialised as it says itself
    model = build(checkpoint, skip=['stem'], stem=dict(**STEM, init_cfg=constant))
    model.init_weights()
    assert model.backbone.stem.convs[0].weight.eq(7).all()
    model = build(checkpoint)
    classifier = model.backbone.init_cfg
    pretrained = dict(type='Pretrained', checkpoint='other.pth')  # mmengine's comes last anyway
    for cfgs in ([classifier, constant], [pretrained, classifier]):
        model.backbone.init_cfg = cfgs
        with pytest.raises(InputError, match='(Constant|Pretrained) would write over the weights'):
            model.init_weights()


@pytest.mark.parametrize('stem', ['strided', 'pachify'])
@torch.no_grad()
def test_weights_of_the_authors(tmp_path: Path, stem: str) -> None:
    torch.manual_seed(0)
    reference = load_oracle('classification').WaveMix(
        level=2, depth=2, final_dim=16, ff_channel=16, initial_conv=stem, num_classes=5
    )
    randomise_norms(reference)
    path = tmp_path / 'authors.pth'
    torch.save(reference.state_dict(), path)
    model = build(path, stem=STEM if stem == 'pachify' else dict(type='StridedStem'))
    model.init_weights()
    x = torch.randn(1, 3, 64, 96)
    features = reference.eval().conv(x)
    for layer in reference.layers:
        features = layer(features) + features
    torch.testing.assert_close(model.backbone.eval()(x)[0], features, atol=1e-5, rtol=0)


def test_converted_and_safetensors(tmp_path: Path, checkpoint: Path) -> None:
    reference = load_oracle('classification').WaveMix(
        level=2, depth=2, final_dim=16, ff_channel=16, num_classes=5
    )
    converted = from_authors(reference.state_dict(), 'SRC')
    path = tmp_path / 'converted.safetensors'
    write_checkpoint(path, converted.state_dict)
    model = build(path.as_uri())
    model.init_weights()
    assert torch.equal(model.backbone.stem.convs[0].weight, reference.conv[0].weight)


@pytest.mark.parametrize(
    ('options', 'text'),
    [
        (dict(depth=3), 'missing: blocks.2'),
        (dict(depth=1), 'unknown: blocks.1'),
        (dict(embed_dims=32), r'of another shape: blocks.0.mixers.0.0.bias is \(32,\) instead of'),
        (dict(level=3), 'missing: blocks.0.mixers.2'),
        (dict(stem=dict(type='StridedStem')), 'stem.*name the parts that differ in init_cfg'),
        (dict(stem={**STEM, 'patch_size': 8}), r'1 of another shape: stem.convs.2.weight is'),
        (dict(skip=['stam']), "skip names 'stam', which WaveMix does not have"),
        (dict(skip=['ste']), "skip names 'ste'"),
        (dict(skip=['stem'], depth=1), 'unknown: blocks.1'),
    ],
)
def test_mismatches(checkpoint: Path, options: dict, text: str) -> None:
    model = build(checkpoint, **options)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for run in (lambda: check_classifier_weights(model), model.init_weights):
        with pytest.raises(InputError, match=text):
            run()
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


def test_files_without_a_backbone(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 3).state_dict(), tmp_path / 'other.pth')
    for name, text in (('other.pth', r'holds no backbone.\* but bias, weight'),
                       ('none.pth', 'none.pth does not exist')):  # fmt: skip
        with pytest.raises(InputError, match=text):
            build(tmp_path / name).init_weights()


def test_the_check_changes_nothing(checkpoint: Path) -> None:
    model = build(checkpoint)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    check_classifier_weights(model)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
