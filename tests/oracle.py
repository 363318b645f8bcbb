"""The authors' own package, ``wavemix==0.2.4`` (MIT), as it was meant to run.

It is fetched without its dependencies: it asks for torchvision, which it does not use here. It also
imports ``numpy.lib.function_base.hamming``, unused and gone in numpy 2: that module is stubbed.
"""

import importlib
import sys
import types
from unittest import mock

import numpy as np
import pytest


def load_oracle() -> types.ModuleType:
    """The package's ``SemSegment`` module; skips the test where the package is not installed."""
    pytest.importorskip('pytorch_wavelets', reason='the oracle needs pytorch-wavelets')
    stub = types.ModuleType('numpy.lib.function_base')
    stub.hamming = np.hamming
    with mock.patch.dict(sys.modules, {'numpy.lib.function_base': stub}):
        try:
            return importlib.import_module('wavemix.SemSegment')
        except ModuleNotFoundError as error:
            if error.name and error.name.startswith('wavemix'):
                pytest.skip('pip install --no-deps wavemix==0.2.4: the oracle of this test')
            raise


def oracle_state(level: int, weights: dict) -> dict:
    """Names of this package -> names of the authors', for a strided-stem segmentation model.

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
        elif part == 'expand':
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
