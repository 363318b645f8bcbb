"""Torchvision beside any torch, in a fresh process: what is imported first matters."""

import subprocess
import sys
from pathlib import Path

import pytest

NEEDED = 'classification needs mmpretrain: make classification'
pytest.importorskip('mmseg_wavemix.classification', reason=NEEDED)

PROGRAM = """
import mmseg_wavemix
from mmseg_wavemix import torchvision_ops
import torchvision.transforms
from torchvision.extension import _has_ops
assert bool(torchvision_ops._declared) != _has_ops()  # only where the extension does not load
assert not torchvision_ops.declare_torchvision_operators()  # once is enough
import mmengine.utils.dl_utils
assert mmengine.utils.dl_utils.collect_env()['TorchVision'] == torchvision.__version__
"""


def test_torchvision_imports_after_the_package(repository: Path) -> None:
    result = subprocess.run(
        [sys.executable, '-c', PROGRAM], cwd=repository, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr[-2000:]
