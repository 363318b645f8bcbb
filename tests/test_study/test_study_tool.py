"""tools/study.py: trains what has no result, once."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.study.plan import read_study
from mmseg_wavemix.study.runs import Training, run_training


def write_study(folder: Path, config: Path, rows: str) -> Path:
    """A study of ``one``, which is the config, and of what ``rows`` makes of it."""
    study = folder / 'configs/studies/tiny_study.py'
    study.parent.mkdir(parents=True)
    study.write_text(f"title = 'Tiny'\none = dict(config={config.name!r})\n{rows}")
    return study


def command_for(study: Path, tmp_path: Path, repository: Path) -> list[str]:
    """The tool, with results and work directories in the test's folder."""
    command = [sys.executable, str(repository / 'tools/study.py'), str(study)]
    return [*command, '--results', f'{tmp_path}/results', '--work-dir', f'{tmp_path}/runs']


def test_a_row_and_a_table(config: Path, tmp_path: Path, repository: Path) -> None:
    study = write_study(
        tmp_path,
        config,
        "shared = {'train_cfg.max_epochs': 1}\n"
        "rows = {'plain': one, 'deep': dict(one, options={'model.backbone.depth': 2})}\n",
    )
    command = [*command_for(study, tmp_path, repository), '--rows', 'plain']
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    file = tmp_path / 'results/plain-0.json'
    result = json.loads(file.read_text())
    assert result['options'] == {'train_cfg.max_epochs': 1}
    assert (result['epochs'], result['seed'], result['size']) == (1, 0, [64, 128])
    assert len(result['scored_sha256']) == len(result['trained']['data_sha256']) == 64
    assert result['scored_sha256'] != result['trained']['data_sha256']
    assert result['trained']['versions']['mmseg_wavemix'] == result['machine']['mmseg_wavemix']
    assert result['scores']['images'] == 4 and 0 <= result['pixel_accuracy'] <= 100
    # streaming validation after the last epoch, the official code on files: the same number
    ((epoch, miou),) = result['curve']
    assert (epoch, miou) == (1, round(result['scores']['mIoU'], 2))
    assert [line.split(' | ')[0] for line in done.stdout.splitlines() if 'pending' in line] == [
        '| deep'
    ]
    assert (tmp_path / 'results/curves.png').stat().st_size > 1000

    # a test that was interrupted is begun anew
    runs = tmp_path / 'runs/plain-0'
    for lost in (file, runs / 'scores.json', next((runs / 'predictions').rglob('*.png'))):
        lost.unlink()
    again = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    same = json.loads(file.read_text())
    assert {**result, 'machine': 0} == {**same, 'machine': 0}

    # what has a result stays, and that is told
    written = file.read_bytes()
    once_more = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert '1 of 1 trainings have results in' in once_more.stdout, once_more.stderr
    assert file.read_bytes() == written

    # nobody else trains it at the same time
    (row,) = read_study(study).select(['plain'])
    with FileLock(tmp_path / 'runs/.plain-0.lock'):
        with pytest.raises(InputError, match='another process trains in'):
            run_training(Training(row, 0, runs, tmp_path / 'none.json'))

    # another config does not go on with this one's work
    other = replace(row, options={**row.options, 'randomness.diff': 1})
    with pytest.raises(InputError, match='was begun by another config'):
        Training(other, 0, runs, tmp_path / 'none.json').read_config()

    # what was scored on other labels is not put beside it, and not trained before that is told
    scenes = shutil.copytree(os.environ['SYNTHETIC_DATASET'], tmp_path / 'scenes')
    for label in (scenes / 'gtFine/val').rglob('*_gtFine_label*Ids.png'):
        Image.fromarray(np.zeros_like(Image.open(label))).save(label)
    refused = subprocess.run(
        [*command, '--seeds', '1'], capture_output=True, text=True, cwd=tmp_path,
        env=dict(os.environ, SYNTHETIC_DATASET=str(scenes)),
    )  # fmt: skip
    assert refused.returncode == 1 and 'are not what plain-0.json was scored on' in refused.stderr
    assert not (tmp_path / 'runs/plain-1').exists()

    written = file.stat().st_mtime_ns
    again = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert again.returncode == 0 and 'seed 0: mIoU' not in again.stdout
    assert file.stat().st_mtime_ns == written


def test_a_failing_row_is_named(config: Path, tmp_path: Path, repository: Path) -> None:
    study = write_study(
        tmp_path,
        config,
        "rows = {'odd': dict(one, options={'model.backbone.depth': 0}),\n"
        "    'mute': dict(one, options={'optim_wrapper.optimizer.type': 'None'})}\n",
    )
    command = command_for(study, tmp_path, repository)
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert 'odd, seed 0: ' in done.stderr and 'depth' in done.stderr
    # what train.py said, not the last line of its log
    assert 'mute, seed 0: tools/train.py failed, see' in done.stderr and 'None' in done.stderr
    assert '2 of 2 trainings failed' in done.stderr
    assert 'Traceback' not in done.stderr


def test_what_cannot_be_compiled_is_told_first(
    config: Path, tmp_path: Path, repository: Path
) -> None:
    study = write_study(
        tmp_path,
        config,
        'stages = dict(num_stages=1, strides=(1,), dilations=(1,), out_indices=(0,))\n'
        "peer = dict(_delete_=True, type='ResNet', depth=18, base_channels=8, **stages)\n"
        "rows = {'plain': one, 'peer': dict(one, options={'model.backbone': peer})}\n",
    )
    command = [*command_for(study, tmp_path, repository), '--compile']
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert 'row peer: the model has no WaveMix blocks to compile' in done.stderr
    assert not (tmp_path / 'runs').exists()

    # and it is train.py that compiles
    (row,) = read_study(study).select(['peer'])
    training = Training(row, 0, tmp_path / 'runs/peer-0', tmp_path / 'none.json', compiled=True)
    with pytest.raises(InputError, match='train.py failed, see .* no WaveMix blocks to compile'):
        run_training(training)
