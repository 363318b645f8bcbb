"""The authors' own package, ``wavemix==0.2.4`` (MIT), for tests of parity."""

import types

import pytest
from torch import nn

from mmseg_wavemix.benchmark.reference import load_reference
from mmseg_wavemix.errors import InputError


def load_oracle(module: str = 'SemSegment') -> types.ModuleType:
    """A module of the package; skips the test where the package is not installed.

    Args:
        module: ``'SemSegment'`` or ``'classification'``.
    """
    try:
        return load_reference(module)
    except InputError as error:
        pytest.skip(str(error))


def oracle_state(level: int, weights: dict) -> dict:
    """Names of this package -> names of the authors', for a segmentation model of either stem.

    Args:
        level: levels of the model.
        weights: the oracle's state dict.

    Returns:
        The same weights under this package's names: ``backbone.*`` and ``decode_head.*``.
    """
    renamed = {}
    for name, value in weights.items():
        part, _, rest = name.partition('.')
        if part == 'conv':
            new = f'backbone.stem.convs.{rest}'
        elif part in ('expand', 'pool'):
            index, kind = rest.split('.')
            new = f'decode_head.conv_seg.{kind}' if index == '2' else f'decode_head.expand.{rest}'
        else:
            block, module, tail = rest.split('.', 2)
            if module.startswith('feedforward'):
                finest_first = int(module.removeprefix('feedforward') or 1) - 1
                module = f'mixers.{finest_first}'
            new = f'backbone.blocks.{block}.{module}.{tail}'
        renamed[new] = value
    return renamed


def published_model(
    depth: int = 16, dims: int = 192, level: int = 3, patch_size: int = 4, dropout: float = 0.5
) -> nn.Module:
    """The model of the published Cityscapes weights, in their script's words, randomly initialised.

    It is the patchify classifier of level 3 whose ``pool`` has become a head for 20 classes, void
    first (``Saved_weights/cityscapes`` in the authors' repository).

    Args:
        depth: 16 as published.
        dims: 192 as published; the head's 128 and 64 channels are two and one third of it.
        level, patch_size, dropout: as published.
    """
    model = load_oracle('classification').WaveMix(
        num_classes=1000,
        depth=depth,
        mult=2,
        ff_channel=dims,
        final_dim=dims,
        dropout=dropout,
        level=level,
        initial_conv='pachify',
        patch_size=patch_size,
    )
    model.pool = nn.Sequential(
        nn.ConvTranspose2d(dims, dims * 2 // 3, 4, stride=2, padding=1),
        nn.ConvTranspose2d(dims * 2 // 3, dims // 3, 4, stride=2, padding=1),
        nn.Conv2d(dims // 3, 20, 1),
    )
    return randomise_norms(model)


def randomise_norms(model: nn.Module) -> nn.Module:
    """Gives batch norms statistics and weights as after training; fresh ones hide mistakes."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.uniform_(module.weight, 0.5, 2.0)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return model
