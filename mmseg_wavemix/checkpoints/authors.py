"""The weights of the authors' package ``wavemix`` (0.2.4) under this toolbox's names.

Three kinds of state dict exist; their blocks are the same:

* ``wavemix.SemSegment.WaveMix``: ``conv``, ``layers``, ``expand``;
* ``wavemix.classification.WaveMix``: ``conv``, ``layers``, ``pool.2``, a linear layer;
* the published Cityscapes model, the classifier with a segmentation head in ``pool``.

What such a model is, is read off the shapes; then it is built here, and each weight must be found
once under the name that it has there. The fixed wavelet transforms have no weights.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.registry import DefaultScope
from mmseg.datasets import CityscapesDataset
from mmseg.registry import MODELS
from torch import Tensor

from ..errors import InputError
from .difference import difference, shapes

WRAPPERS = ('state_dict', 'model_state_dict', 'model')
# "void" is the first; the authors' training script counts the others in the order of trainIds
CITYSCAPES_AND_VOID = 20


@dataclass(frozen=True)
class Converted:
    """Weights of the authors under this toolbox's names.

    Attributes:
        kind: ``'segmentation'`` or ``'classification'``.
        model: config of the model they belong to: mmseg's ``EncoderDecoder``, or mmpretrain's
            ``ImageClassifier``.
        state_dict: the weights.
        dataset_meta: class names and palette, where they are known.
        remarks: what a user should know, in sentences.
    """

    kind: str
    model: dict
    state_dict: dict[str, Tensor]
    dataset_meta: dict | None
    remarks: tuple[str, ...]


def unwrap(content: object) -> dict[str, Tensor]:
    """The state dict in what a file held: bare or wrapped, without ``module.`` before the names.

    Returns:
        Names and tensors; empty if there are none.
    """
    for wrapper in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
            break
    if not isinstance(content, Mapping) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in content.items()
    ):
        return {}
    if all(name.startswith('module.') for name in content):  # torch.nn.DataParallel
        content = {name.removeprefix('module.'): value for name, value in content.items()}
    return dict(content)


def is_authors(weights: Mapping[str, Tensor]) -> bool:
    """Whether these are names of the authors' package."""
    return any(re.match(r'layers\.\d+\.(reduction|feedforward\d?)\.', name) for name in weights)


def from_authors(content: object, source: str | Path) -> Converted:
    """Converts a state dict of the authors' package.

    Args:
        content: what the file held, see :func:`read_content`.
        source: where it came from, for messages.

    Raises:
        InputError: weights of another model: with the names that are missing, that this model does
            not have, or that have another shape.
    """
    weights = unwrap(content)
    if not is_authors(weights):
        ours = any(name.startswith('backbone.blocks.') for name in weights)
        raise InputError(
            f'{source} has the names of this toolbox already: use it as it is'
            if ours
            else f"{source} holds no weights of the authors' package: expected a state dict of "
            'wavemix.SemSegment.WaveMix or wavemix.classification.WaveMix'
        )
    sizes = _Sizes(weights, source)
    backbone = _backbone(sizes)
    head = 'expand' if any(name.startswith('expand.') for name in weights) else 'pool'
    if head == 'pool' and len(sizes.shape('pool.2.weight')) == 2:  # linear
        model = _classifier(backbone, num_classes=sizes('pool.2.weight', 0, ndim=2))
    else:
        model = _segmentor(backbone, sizes, head)
    expected = _shapes_of(model, source)
    level = backbone['level']
    names = {_authors_name(name, level, head): name for name in expected}
    faults = difference({theirs: expected[name] for theirs, name in names.items()}, shapes(weights))
    if faults:
        raise InputError(f"{source} is no {_summary(model)} of the authors' package: {faults}")
    return _converted(model, {name: weights[theirs] for theirs, name in names.items()})


class _Sizes:
    """Sizes of the weights that tell what the model is."""

    def __init__(self, weights: Mapping[str, Tensor], source: str | Path) -> None:
        self.weights, self.source = weights, source

    def __call__(self, name: str, axis: int, ndim: int = 4) -> int:
        shape = self.shape(name)
        if len(shape) != ndim or not shape.numel():
            raise InputError(
                f"{self.source} is no WaveMix of the authors' package: {name} is {tuple(shape)}, "
                f'expected {ndim} dimensions'
            )
        return shape[axis]

    def shape(self, name: str) -> torch.Size:
        if name not in self.weights:
            raise InputError(f"{self.source} is no WaveMix of the authors' package: no {name}")
        return self.weights[name].shape


def _backbone(sizes: _Sizes) -> dict:
    """The backbone's config, as far as shapes tell it."""
    names = [name.split('.') for name in sizes.weights]
    blocks = {parts[1] for parts in names if parts[0] == 'layers'}
    mixers = {parts[2] for parts in names if parts[:2] == ['layers', '0']} - {'reduction'}
    finest = 'feedforward1' if len(mixers) > 1 else 'feedforward'
    embed_dims = sizes('layers.0.reduction.weight', 1)
    hidden_channels = sizes(f'layers.0.{finest}.0.weight', 0)
    if hidden_channels % embed_dims:
        raise InputError(
            f"{sizes.source} is no WaveMix of the authors' package: layers.0.{finest}.0.weight has "
            f'{hidden_channels} channels, no multiple of {embed_dims}'
        )
    if any(parts[0] == 'conv' and parts[1] in ('2', '4') for parts in names):
        stem = dict(type='PatchifyStem', patch_size=sizes('conv.2.weight', 2))
    else:
        stem = dict(type='StridedStem', strides=(2, 2))
    return dict(
        type='WaveMix',
        in_channels=sizes('conv.0.weight', 1),
        embed_dims=embed_dims,
        depth=len(blocks),
        level=len(mixers),
        ff_channels=sizes(f'layers.0.{finest}.4.weight', 0),
        mlp_ratio=hidden_channels // embed_dims,
        stem=stem,
    )


def _segmentor(backbone: dict, sizes: _Sizes, head: str) -> dict:
    return dict(
        type='EncoderDecoder',
        data_preprocessor=dict(
            type='SegDataPreProcessor',
            mean=[123.675, 116.28, 103.53],  # ImageNet's, as in the authors' training script
            std=[58.395, 57.12, 57.375],
            bgr_to_rgb=True,
            pad_val=0,
            seg_pad_val=255,
            size_divisor=1,
        ),
        backbone=backbone,
        decode_head=dict(
            type='WaveMixHead',
            in_channels=backbone['embed_dims'],
            mid_channels=sizes(f'{head}.0.weight', 1),
            channels=sizes(f'{head}.1.weight', 1),
            num_classes=sizes(f'{head}.2.weight', 0),
            loss_decode=dict(type='SoftmaxFocalLoss', gamma=2.0),
        ),
        train_cfg=dict(),
        test_cfg=dict(mode='whole'),
    )


def _classifier(backbone: dict, num_classes: int) -> dict:
    return dict(
        type='ImageClassifier',
        backbone=dict(backbone, type='mmseg.WaveMix'),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(
            type='LinearClsHead', in_channels=backbone['embed_dims'], num_classes=num_classes
        ),
    )


def _shapes_of(model: dict, source: str | Path) -> dict[str, torch.Size]:
    """Names and shapes of a model's weights, from the model itself, without its memory."""
    try:
        with torch.device('meta'), DefaultScope.overwrite_default_scope('mmseg'):
            if model['type'] == 'EncoderDecoder':
                return shapes(MODELS.build(model).state_dict())
            found = shapes(MODELS.build(model['backbone']).state_dict())
    except ValueError as error:
        raise InputError(f'{source} is no WaveMix that can be built: {error}') from error
    # mmpretrain need not be installed for its linear layer
    head = model['head']
    return {
        **{f'backbone.{name}': shape for name, shape in found.items()},
        'head.fc.weight': torch.Size((head['num_classes'], head['in_channels'])),
        'head.fc.bias': torch.Size((head['num_classes'],)),
    }


def _authors_name(name: str, level: int, head: str) -> str:
    """What the authors' package calls a weight of this toolbox's model."""
    mixer = re.fullmatch(r'backbone\.blocks\.(\d+)\.mixers\.(\d+)\.(.+)', name)
    if mixer:
        block, index, rest = mixer.groups()
        number = '' if level == 1 else int(index) + 1
        return f'layers.{block}.feedforward{number}.{rest}'
    for ours, theirs in (
        ('backbone.stem.convs.', 'conv.'),
        ('backbone.blocks.', 'layers.'),
        ('decode_head.expand.', f'{head}.'),
        ('decode_head.conv_seg.', f'{head}.2.'),
        ('head.fc.', f'{head}.2.'),
    ):
        if name.startswith(ours):
            return theirs + name.removeprefix(ours)
    return name


def _summary(model: dict) -> str:
    backbone = model['backbone']
    kind = 'classifier' if model['type'] == 'ImageClassifier' else 'segmentation model'
    return (
        f'WaveMix-{backbone["embed_dims"]}/{backbone["depth"]} {kind}, level {backbone["level"]}, '
        f'{backbone["stem"]["type"]}'
    )


def _converted(model: dict, weights: dict[str, Tensor]) -> Converted:
    """Drops the void channel, and tells what was found and what cannot be known."""
    remarks = [f'found: {_summary(model)}']
    dataset_meta = None
    if model['type'] == 'EncoderDecoder':
        kind, head = 'segmentation', model['decode_head']
        if head['num_classes'] == CITYSCAPES_AND_VOID:
            head['num_classes'] -= 1
            for name in ('decode_head.conv_seg.weight', 'decode_head.conv_seg.bias'):
                weights[name] = weights[name][1:].clone()
            meta = CityscapesDataset.METAINFO
            dataset_meta = {key: list(meta[key]) for key in ('classes', 'palette')}
            remarks.append("20 classes: void, the first, is dropped; 19 remain, Cityscapes' own")
        else:
            remarks.append(
                f'{head["num_classes"]} classes are kept as they are; their names are not in the '
                'file, the config has to tell them'
            )
    else:
        kind = 'classification'
        remarks.append(f'{model["head"]["num_classes"]} classes')
    if model['backbone']['stem']['type'] == 'StridedStem':
        remarks.append("the stem's strides are not in the weights: (2, 2) is the authors' default")
    remarks.append('the dropout rate is not in the weights: set backbone.drop_rate to train on')
    return Converted(kind, model, weights, dataset_meta, tuple(remarks))
