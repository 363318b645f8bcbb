"""Options of inference: the same labels, sooner."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmseg.datasets import CityscapesDataset
from mmseg.registry import MODELS

from mmseg_wavemix.checkpoints.formats import write_checkpoint
from mmseg_wavemix.deployment.fuse import FusedBlock
from mmseg_wavemix.deployment.ready import default_dtype, make_ready
from tests.oracle import randomise_norms


@pytest.fixture
def checkpoint(config: Path, tmp_path: Path) -> Path:
    torch.manual_seed(0)
    model = randomise_norms(MODELS.build(Config.fromfile(config).model))
    path = tmp_path / 'weights.pth'
    write_checkpoint(path, model.state_dict(), dict(CityscapesDataset.METAINFO))
    return path


@pytest.mark.parametrize(
    'options, least',
    [
        (dict(), 1.0),
        (dict(fused=False), 1.0),
        (dict(dtype='bf16'), 0.9),  # random weights: classes lie close together
        (dict(execution='compiled'), 1.0),
        (dict(fused=False, dtype='bf16'), 0.9),
    ],
)
@torch.inference_mode()
def test_labels(config: Path, options: dict, least: float) -> None:
    torch.manual_seed(0)
    model = randomise_norms(MODELS.build(Config.fromfile(config).model)).eval()
    x = torch.randn(1, 3, 50, 70)
    expected = model.predict(x)[0].pred_sem_seg.data
    make_ready(model, **options)
    assert any(isinstance(m, FusedBlock) for m in model.modules()) == options.get('fused', True)
    logits = model.predict(x)[0].seg_logits.data
    assert logits.dtype == (torch.bfloat16 if options.get('dtype') == 'bf16' else torch.float32)
    assert (logits.argmax(0, keepdim=True) == expected).float().mean() >= least


def test_default_dtype(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda: True)
    assert default_dtype(torch.device('cpu')) == 'fp32'
    assert default_dtype(torch.device('cuda')) == 'bf16'
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda: False)
    assert default_dtype(torch.device('cuda')) == 'fp32'


def test_the_test_tool(config: Path, checkpoint: Path, tmp_path: Path, repository: Path) -> None:
    scores = {}
    for name, options in {
        'fused': [],
        'plain': ['--no-fuse'],
        'bf16': ['--dtype', 'bf16'],
        'tta': ['--tta'],
        'plain-tta': ['--tta', '--no-fuse'],
    }.items():
        file = tmp_path / f'{name}.json'
        done = subprocess.run(
            [sys.executable, str(repository / 'tools/test.py'), str(config), str(checkpoint)]
            + ['--work-dir', str(tmp_path / name), '--json', str(file), *options],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert ('fused for inference' in done.stdout + done.stderr) == ('plain' not in name)
        scores[name] = json.loads(file.read_text())['mIoU']
    assert scores['fused'] == pytest.approx(scores['plain'], abs=0.02)
    assert scores['tta'] == pytest.approx(scores['plain-tta'], abs=0.02)
    assert scores['bf16'] != scores['plain'] and scores['bf16'] == pytest.approx(
        scores['plain'], abs=2
    )
