"""tools/study.py: trains what has no result, once."""

import json
import subprocess
import sys
from pathlib import Path


def test_a_row_and_a_table(config: Path, tmp_path: Path, repository: Path) -> None:
    study = tmp_path / 'configs/studies/tiny_study.py'
    study.parent.mkdir(parents=True)
    study.write_text(
        "title = 'Tiny'\n"
        "shared = {'train_cfg.max_epochs': 1}\n"
        f'one = dict(config={config.name!r})\n'
        "rows = {'plain': one, 'deep': dict(one, options={'model.backbone.depth': 2})}\n"
    )
    command = [sys.executable, str(repository / 'tools/study.py'), str(study), '--rows', 'plain']
    command += ['--results', str(tmp_path / 'results'), '--work-dir', str(tmp_path / 'runs')]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    file = tmp_path / 'results/plain-0.json'
    result = json.loads(file.read_text())
    assert result['options'] == {'train_cfg.max_epochs': 1}
    assert (result['epochs'], result['seed'], result['size']) == (1, 0, [64, 128])
    assert result['scores']['images'] == 4 and 0 <= result['pixel_accuracy'] <= 100
    # streaming validation after the last epoch, the official code on files: the same number
    ((epoch, miou),) = result['curve']
    assert (epoch, miou) == (1, round(result['scores']['mIoU'], 2))
    assert [line.split(' | ')[0] for line in done.stdout.splitlines() if 'pending' in line] == [
        '| deep'
    ]
    assert (tmp_path / 'results/curves.png').stat().st_size > 1000

    written = file.stat().st_mtime_ns
    again = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert again.returncode == 0 and 'seed 0: mIoU' not in again.stdout
    assert file.stat().st_mtime_ns == written


def test_a_failing_row_is_named(config: Path, tmp_path: Path, repository: Path) -> None:
    study = tmp_path / 'configs/studies/tiny_study.py'
    study.parent.mkdir(parents=True)
    study.write_text(
        "title = 'Tiny'\n"
        f"rows = {{'odd': dict(config={config.name!r}, options={{'model.backbone.depth': 0}})}}\n"
    )
    command = [sys.executable, str(repository / 'tools/study.py'), str(study)]
    command += ['--results', str(tmp_path / 'results'), '--work-dir', str(tmp_path / 'runs')]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert 'odd, seed 0: tools/train.py failed' in done.stderr and 'depth' in done.stderr
    assert 'study.log' in done.stderr and 'Traceback' not in done.stderr
