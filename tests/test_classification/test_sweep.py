"""The sweeps of Tables 13 and 14 and section 4.6."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip('mmpretrain', reason='classification has an environment of its own')

from mmseg_wavemix.classification.sweep import SWEEPS, check_sweep, format_sweep
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.models import TOKEN_MIXERS, UPSAMPLERS


def test_every_part_is_compared() -> None:
    mixers = {options['token_mixer']['type'] for options, _ in SWEEPS['token-mixers'].values()}
    # SingleHaar is the subject of `levels`, WaveletPyramid of `wavelets`
    assert mixers == set(TOKEN_MIXERS.module_dict) - {'SingleHaar', 'WaveletPyramid'}
    upsamplers = {options['upsampler']['type'] for options, _ in SWEEPS['upsamplers'].values()}
    assert upsamplers == set(UPSAMPLERS.module_dict) - {'InverseWavelet'}
    assert len(SWEEPS['wavelets']) == 12 and len(SWEEPS['levels']) == 4


def test_tool(tmp_path: Path, repository: Path) -> None:
    out = tmp_path / 'new' / 'levels'
    command = [sys.executable, str(repository / 'tools/sweep.py'), 'levels', '--out', str(out)]
    options = ['train_cfg.max_epochs=1', 'train_cfg.val_interval=1', 'default_hooks.switch.begin=1']
    options += ['model.backbone.depth=1', 'model.backbone.embed_dims=8', 'model.head.in_channels=8']
    done = subprocess.run(
        [*command, '--seeds', '2', '--cfg-options', *options], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads((out / 'sweep.json').read_text())
    assert [row['variant'] for row in rows] == ['level 1', 'level 2', 'level 3', 'level 4']
    # only the transposed convolution grows: (scale + 2)**2 weights from 8 channels to 8
    grown = [row['params'] - rows[0]['params'] for row in rows]
    assert grown == [64 * ((2**level + 2) ** 2 - 16) for level in (1, 2, 3, 4)]
    assert all(len(row['top1']) == 2 and 0 < min(row['top1']) for row in rows)
    assert (out / 'sweep.md').read_text() == format_sweep(rows) + '\n'
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 1 and 'exists' in again.stderr and 'Traceback' not in again.stderr


def test_faults_come_before_anything_is_written(tmp_path: Path, repository: Path) -> None:
    small = repository / 'configs/mmpretrain/wavemix_16_4_l1_digits.py'
    for name, options, message in (
        ('token-mixers', {'model.backbone.level': 2}, 'is of level 2: take level 1'),
        ('upsamplers', {'model.backbone.ff_channels': 32}, 'ff_channels must be left None'),
    ):
        with pytest.raises(InputError, match=message):
            check_sweep(name, small, options)
    command = [sys.executable, str(repository / 'tools/sweep.py'), 'levels']
    cifar = repository / 'configs/mmpretrain/wavemix_144_7_l1_cifar10.py'
    done = subprocess.run(
        [*command, '--config', str(cifar), '--out', str(tmp_path / 'out')],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 1 and 'does not exist' in done.stderr
    assert not (tmp_path / 'out').exists()
