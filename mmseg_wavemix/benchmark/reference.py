"""The authors' own package, ``wavemix==0.2.4`` (MIT), as it was meant to run.

It is fetched without its dependencies: it asks for torchvision, which segmentation does not use.
It also imports ``numpy.lib.function_base.hamming``, unused and gone in numpy 2: that is stubbed.
"""

import importlib
import sys
import types
import warnings
from unittest import mock

import numpy as np
from torch import nn

from ..errors import InputError
from ..models import StridedStem, WaveMix, WaveMixHead
from ..models.token_mixers import HaarPyramid
from ..models.upsamplers import TransposedConv


def load_reference(module: str = 'SemSegment') -> types.ModuleType:
    """A module of the authors' package.

    Args:
        module: ``'SemSegment'`` or ``'classification'``.

    Raises:
        InputError: the package, or what it needs, is not installed.
    """
    stub = types.ModuleType('numpy.lib.function_base')
    stub.hamming = np.hamming
    with mock.patch.dict(sys.modules, {'numpy.lib.function_base': stub}), warnings.catch_warnings():
        warnings.simplefilter('ignore')
        try:
            return importlib.import_module(f'wavemix.{module}')
        except ModuleNotFoundError as error:
            raise InputError(
                f"the authors' package cannot be imported ({error}): "
                'pip install -r requirements.txt && pip install --no-deps -r tests/requirements.txt'
            ) from error


def reference_of(model: nn.Module) -> nn.Module:
    """The authors' segmentation model of the same size, at random weights.

    Args:
        model: a segmentor of this package.

    Raises:
        InputError: the authors' package has no such model.
    """
    backbone, head = model.backbone, model.decode_head
    if not isinstance(backbone, WaveMix) or not isinstance(head, WaveMixHead):
        raise InputError("the reference is the authors' WaveMix: name a config of WaveMix")
    block = backbone.blocks[0]
    first, last = block.mixers[0][0], block.mixers[0][3]
    channels = block.reduction.in_channels
    plain = (
        isinstance(backbone.stem, StridedStem)
        and backbone.stem.stride == 4
        and isinstance(block.token_mixer, HaarPyramid)
        and isinstance(block.mixers[0][4], TransposedConv)
    )
    if not plain or len(block.mixers) > 4 or first.out_channels % channels:
        raise InputError("the authors' package has no such segmentation model")
    return load_reference().WaveMix(
        num_classes=head.num_classes,
        depth=len(backbone.blocks),
        mult=first.out_channels // channels,
        ff_channel=last.out_channels,
        final_dim=channels,
        level=len(block.mixers),
        stride=2,
    )
