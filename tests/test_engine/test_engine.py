import shutil
from collections import namedtuple
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from torch import nn

from mmseg_wavemix.engine import BFloat16OptimWrapper
from mmseg_wavemix.engine.cpu import adapt_to_cpu
from mmseg_wavemix.engine.data import check_data
from mmseg_wavemix.engine.work_dir import check_disk, check_work_dir
from mmseg_wavemix.errors import InputError


def test_work_dir_with_results_is_not_reused(tmp_path: Path) -> None:
    run = tmp_path / 'run'
    check_work_dir(run, resume=False)
    run.mkdir()
    (run / 'notes.txt').touch()  # logs of a run that never saved anything are no obstacle
    check_work_dir(run, resume=False)
    (run / 'epoch_7.pth').touch()
    with pytest.raises(InputError, match=r'run holds an earlier run \(epoch_7.pth\).*--resume'):
        check_work_dir(run, resume=False)
    check_work_dir(run, resume=True)
    assert sorted(path.name for path in run.iterdir()) == ['epoch_7.pth', 'notes.txt']
    with pytest.raises(InputError, match='notes.txt is a file'):
        check_work_dir(run / 'notes.txt', resume=False)


def test_disk_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Linear(1000, 1000, bias=False)  # 12 MB with AdamW's moments
    usage = namedtuple('usage', 'free')
    monkeypatch.setattr(shutil, 'disk_usage', lambda path: usage(36_000_000))
    check_disk(tmp_path / 'new' / 'run', model, kept=2)
    monkeypatch.setattr(shutil, 'disk_usage', lambda path: usage(35_999_999))
    with pytest.raises(InputError, match='36 MB free, 3 checkpoints of this model need 36 MB'):
        check_disk(tmp_path / 'new' / 'run', model, kept=2)
    assert not (tmp_path / 'new').exists()


def test_bfloat16_optim_wrapper() -> None:
    """Products are rounded to bfloat16, weights and their gradients are not."""
    torch.manual_seed(0)
    model = nn.Linear(64, 8, bias=False)
    wrapper = BFloat16OptimWrapper(optimizer=torch.optim.SGD(model.parameters(), lr=0.5))
    x = torch.randn(4, 64)
    with wrapper.optim_context(model):
        y = model(x)
    assert y.dtype == torch.bfloat16 and model(x).dtype == torch.float32
    before = model.weight.detach().clone()
    wrapper.update_params(y.float().sum())
    expected = before - 0.5 * x.bfloat16().float().sum(0)
    assert model.weight.dtype == torch.float32
    torch.testing.assert_close(model.weight.detach(), expected.expand(8, 64), atol=0.05, rtol=0)


@pytest.mark.skipif(torch.cuda.is_available(), reason='about machines without CUDA')
def test_a_gpu_recipe_without_a_gpu() -> None:
    cfg = Config(
        dict(
            model=dict(backbone=dict(norm_cfg=dict(type='SyncBN', eps=1e-3))),
            optim_wrapper=dict(type='AmpOptimWrapper', loss_scale='dynamic', dtype='float16'),
        )
    )
    adapt_to_cpu(cfg)
    assert cfg.optim_wrapper == dict(type='BFloat16OptimWrapper')
    assert cfg.model.backbone.norm_cfg == dict(type='BN', eps=1e-3)


def test_ground_truth_of_the_official_scripts_is_checked(scenes: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(scenes, tmp_path / 'data'))
    dataset = dict(
        type='CityscapesDataset',
        data_root=str(data),
        data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
        pipeline=[],
    )
    cfg = Config(
        dict(
            val_dataloader=dict(dataset=dataset),
            val_evaluator=dict(type='CityscapesOfficialMetric'),
        )
    )
    check_data(cfg, 'val', num_classes=19)
    missing = sorted((data / 'gtFine' / 'val').rglob('*_instanceIds.png'))[2]
    missing.unlink()
    with pytest.raises(InputError, match=f'Instance file not found: {missing}'):
        check_data(cfg, 'val', num_classes=19)
    cfg.val_evaluator.type = 'IoUMetric'  # which needs none
    check_data(cfg, 'val', num_classes=19)
