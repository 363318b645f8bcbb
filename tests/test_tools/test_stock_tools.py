"""MMSegmentation's own command lines with this package's configs, through custom_imports alone."""

import os
import subprocess
import sys
from pathlib import Path

import mmseg
import pytest


def test_stock_train_and_test(config: Path, repository: Path, tmp_path: Path) -> None:
    tools = Path(mmseg.__file__).parent / '.mim' / 'tools'
    if not tools.is_dir():
        pytest.skip(f'this MMSegmentation comes without its tools: no {tools}')
    run = tmp_path / 'run'
    for args in (
        ('train.py', config, '--work-dir', run, '--cfg-options', 'train_cfg.max_epochs=1'),
        ('test.py', config, run / 'epoch_1.pth', '--work-dir', run, '--out', tmp_path / 'out',
         '--cfg-options', 'test_evaluator.type=IoUMetric'),
    ):  # fmt: skip
        result = subprocess.run(
            [sys.executable, tools / args[0], *map(str, args[1:])],
            cwd=tmp_path,
            env={**os.environ, 'PYTHONPATH': str(repository), 'OMP_NUM_THREADS': '1'},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert result.returncode == 0, result.stderr[-3000:]
        assert 'mIoU' in result.stdout + result.stderr
    assert len(list((tmp_path / 'out').glob('*.png'))) == 4
