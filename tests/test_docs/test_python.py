"""Programs and configs of README and docs are run and built."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

from mmseg_wavemix.config import load_config
from tests.test_docs.conftest import filled
from tests.test_docs.pages import PYTHON, Block

CONFIGS = [block for block in PYTHON if 'import ' not in block.code]
PROGRAMS = [block for block in PYTHON if 'import ' in block.code]


@pytest.mark.parametrize('block', CONFIGS, ids=str)
def test_configs(block: Block, workspace: Path) -> None:
    """A config that inherits stands as it is; a part of one is put on the default model."""
    inherits = '_base_' in block.code or 'EncoderDecoder' in block.code
    base = '' if inherits else "_base_ = './wavemix_64_6_l3_synthetic.py'\n"
    path = workspace / (block.named or 'configs/of_the_page.py')
    path.write_text(base + block.code)
    cfg = load_config(path) if '_base_' in path.read_text() else Config.fromfile(path)
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    assert type(model.backbone).__name__ == 'WaveMix'
    if block.named:
        assert 'lines' in (Path('docs') / Path(block.page).name).read_text().splitlines()[0]
        assert len(block.code.splitlines()) <= 15


@pytest.mark.parametrize('block', PROGRAMS, ids=str)
def test_programs(block: Block, workspace: Path) -> None:
    names = {}
    exec(compile(filled(block.code), str(block), 'exec'), names)
    if 'logits' in names:
        assert names['logits'].shape == (2, 19, 250, 500)
        assert all(p.grad is not None for p in names['net'].parameters())
    elif 'result' in names:
        assert names['result'].pred_sem_seg.data.shape == (1, 64, 128)
        assert list(Path('out').rglob('*.png'))
    elif 'classes' in names:
        assert names['classes'].shape == (64, 128) and len(names['names']) == 19
    else:  # fused and plain agree
        picture = torch.randn(1, 3, 64, 128)
        plain, fused = (names[name](picture, mode='tensor') for name in ('model', 'fused'))
        torch.testing.assert_close(fused, plain, atol=1e-5, rtol=1e-4)
