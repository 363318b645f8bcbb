"""Memory of one picture, where it can be worked out."""

import subprocess
import sys
from pathlib import Path

import torch

from mmseg_wavemix.benchmark.per_picture import format_memory, memory_per_picture
from tests.conftest import REPOSITORY

SMALL = REPOSITORY / 'configs/wavemix_64_6_l3_synthetic.py'


def test_more_than_what_must_lie_there() -> None:
    (row,) = memory_per_picture([SMALL], 'fp32', torch.device('cpu'))
    pixels = 256 * 256
    assert row['size'] == [256, 256]
    logits, picture, weights = 19 * pixels * 4, 3 * pixels * 4, row['params'] * 4
    assert row['infer_mb'] * 2**20 > logits + picture + weights
    assert row['infer_mb'] * 2**20 < 5 * (logits + picture + weights)
    # weights, gradients and two moments, logits and their gradient
    assert row['train_mb'] * 2**20 > 4 * weights + 2 * logits + picture
    assert row['train_mb'] > row['infer_mb']
    (half,) = memory_per_picture([SMALL], 'bf16', torch.device('cpu'), training=False)
    assert half['train_mb'] is None and half['infer_mb'] < 0.75 * row['infer_mb']


def test_table() -> None:
    row = dict(name='a', params=1_203_219, size=[256, 512], infer_mb=30, train_mb=1234)
    assert format_memory([row]).splitlines()[-1] == '| a | 1.20 M | 256x512 | 30 | 1,234 |'


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    there = tmp_path / 'there.json'
    there.write_text('')
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / 'tools/memory.py'), str(SMALL), '--json', str(there)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and 'exists and is not overwritten' in done.stderr
