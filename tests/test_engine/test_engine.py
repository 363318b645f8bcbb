import re
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
import torch
from mmengine.config import Config, ConfigDict
from PIL import Image
from torch import nn

from mmseg_wavemix.engine import BFloat16OptimWrapper, cpu, work_dir
from mmseg_wavemix.engine.cpu import adapt_to_cpu
from mmseg_wavemix.engine.data import check_data
from mmseg_wavemix.engine.model import check_checkpoint_hook, check_model
from mmseg_wavemix.engine.work_dir import check_disk, check_work_dir, checkpoint_to_resume
from mmseg_wavemix.errors import InputError
from tests.test_models.test_parity import build

# of a checkpoint that a run can go on from
STATE = dict(state_dict=dict(w=torch.arange(500.0)), meta={}, message_hub={}, optimizer={})


def test_work_dir_with_results_is_not_reused(tmp_path: Path) -> None:
    run, config = tmp_path / 'run', tmp_path / 'config.py'
    config.touch()
    check_work_dir(run, config, checkpoint=None)
    run.mkdir()
    (run / 'notes.txt').touch()  # logs of a run that never saved anything are no obstacle
    check_work_dir(run, config, checkpoint=None)
    for epoch in (6, 7):
        torch.save(STATE, run / f'epoch_{epoch}.pth')
    (run / 'epoch_8.pth').write_bytes(b'damaged: nothing in it can be lost')
    with pytest.raises(InputError, match=r'run holds an earlier run \(epoch_8.pth\).*--resume'):
        check_work_dir(run, config, checkpoint=None)
    with pytest.raises(InputError, match='run holds an earlier run'):  # resumed from elsewhere
        check_work_dir(run, config, checkpoint=tmp_path / 'other' / 'epoch_9.pth')
    with pytest.raises(InputError, match=r'later checkpoints than epoch_6.pth \(epoch_7.pth\)'):
        check_work_dir(run, config, checkpoint=run / 'epoch_6.pth')
    check_work_dir(run, config, checkpoint=run / 'epoch_7.pth')
    (run / 'last.pth').symlink_to('epoch_7.pth')
    check_work_dir(run, config, checkpoint=run / 'last.pth')
    assert len(list(run.iterdir())) == 5
    with pytest.raises(InputError, match='notes.txt is a file'):
        check_work_dir(run / 'notes.txt', config, checkpoint=None)
    with pytest.raises(InputError, match='holds the config .*config.py itself'):
        check_work_dir(tmp_path, config, checkpoint=None)


def test_what_is_resumed(tmp_path: Path) -> None:
    assert checkpoint_to_resume(tmp_path, None) is None
    assert checkpoint_to_resume(tmp_path, 'auto') is None
    assert checkpoint_to_resume(tmp_path, 'some.pth') == Path('some.pth')
    with pytest.raises(InputError, match='empty name'):
        checkpoint_to_resume(tmp_path, '')
    names = ('epoch_3', 'epoch_10', 'epoch_10_iter_57', 'best_mIoU_epoch_12')
    for name in names:
        torch.save(STATE, tmp_path / f'{name}.pth')
    for name in ('epoch_10_iter_57', 'epoch_10', 'epoch_3'):  # the newest, then the one before
        assert checkpoint_to_resume(tmp_path, 'auto') == tmp_path / f'{name}.pth'
        (tmp_path / f'{name}.pth').unlink()
    with pytest.raises(InputError, match=r'holds no checkpoint to go on from \(none of an epoch'):
        checkpoint_to_resume(tmp_path, 'auto')
    # the folder was moved since mmengine wrote down the path
    torch.save(STATE, tmp_path / 'mine.pth')
    (tmp_path / 'last_checkpoint').write_text('/somewhere/else/mine.pth')
    assert checkpoint_to_resume(tmp_path, 'auto') == tmp_path / 'mine.pth'
    (tmp_path / 'last_checkpoint').write_bytes(b'')  # killed while mmengine wrote it
    torch.save(STATE, tmp_path / 'iter_20.pth')
    assert checkpoint_to_resume(tmp_path, 'auto') == tmp_path / 'iter_20.pth'


def test_damaged_checkpoints_are_passed_over_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    monkeypatch.setattr(work_dir, 'print_log', lambda text, **_: said.append(text))
    for epoch in range(1, 7):
        torch.save(STATE, tmp_path / f'epoch_{epoch}.pth')
    whole = (tmp_path / 'epoch_6.pth').read_bytes()
    (tmp_path / 'epoch_6.pth').write_bytes(whole[:-100])
    changed = bytearray(whole)
    changed[whole.find(torch.arange(300.0, 310).numpy().tobytes())] ^= 1  # torch reads this
    (tmp_path / 'epoch_5.pth').write_bytes(changed)
    assert torch.load(tmp_path / 'epoch_5.pth')['state_dict'].keys() == {'w'}
    (tmp_path / 'epoch_4.pth').write_bytes(b'')
    torch.save(dict(state_dict=STATE['state_dict'], meta={}), tmp_path / 'epoch_3.pth')
    assert checkpoint_to_resume(tmp_path, 'auto') == tmp_path / 'epoch_2.pth'
    reasons = ('6.pth: cannot be read', '5.pth: is damaged, its part', '4.pth: cannot be read',
               '3.pth: it has no message_hub, optimizer', 'resumed from .*2.pth')  # fmt: skip
    assert len(said) == len(reasons)
    for text, reason in zip(said, reasons):
        assert re.search(reason, text)
    for epoch in (1, 2):
        (tmp_path / f'epoch_{epoch}.pth').write_bytes(b'')
    with pytest.raises(InputError, match='no checkpoint to go on from .epoch_6.pth: cannot.*1.pth'):
        checkpoint_to_resume(tmp_path, 'auto')


@pytest.mark.parametrize(
    ('test_cfg', 'message'),
    [
        (dict(mod='slide'), 'no option mod'),
        (dict(mode='slide'), 'needs crop_size and stride'),
        (dict(mode='slid'), 'whole or slide'),
        (dict(mode='slide', crop_size=32, stride=24), 'got 32'),
        (dict(mode='slide', crop_size=(32, 32), stride=(0, 0)), 'got .0, 0.'),
        (dict(mode='slide', crop_size=(32, 32), stride=(64, 64)), 'leaves gaps'),
        (dict(mode='slide', crop_size=(64, 64), stride=(32, 32)), None),
    ],
)
def test_options_for_inference(test_cfg: dict, message: str | None) -> None:
    cfg = ConfigDict(backbone=dict(in_channels=3), test_cfg=test_cfg)
    model = build(level=1, depth=1, embed_dims=8)
    if message is None:
        check_model(model, cfg, training=False)
    else:
        with pytest.raises(InputError, match=message):
            check_model(model, cfg, training=False)


def test_checkpoint_options() -> None:
    cfg = Config(dict(default_hooks=dict(checkpoint=dict(type='CheckpointHook', intervall=2))))
    with pytest.raises(InputError, match='default_hooks.checkpoint has no option intervall'):
        check_checkpoint_hook(cfg)
    cfg.default_hooks.checkpoint = dict(type='CheckpointHook', max_keep_ckpts=2, save_best='mIoU')
    assert check_checkpoint_hook(cfg) == 3
    cfg.default_hooks.checkpoint = dict(type='CheckpointHook', interval=5)
    cfg.train_cfg = dict(max_epochs=40)
    assert check_checkpoint_hook(cfg) == 8


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
@pytest.mark.parametrize('native', [True, False])
def test_a_gpu_recipe_without_a_gpu(native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu, 'computes_bfloat16', lambda: native)
    cfg = Config(
        dict(
            model=dict(
                backbone=dict(
                    norm_cfg=dict(type='SyncBN', eps=1e-3),
                    stem=dict(type='PatchifyStem', norm_cfg=dict(type='SyncBN')),
                ),
                auxiliary_head=[dict(norm_cfg=dict(type='GN')), dict(norm_cfg=dict(type='SyncBN'))],
            ),
            optim_wrapper=dict(type='AmpOptimWrapper', loss_scale='dynamic', dtype='float16'),
        )
    )
    adapt_to_cpu(cfg)
    assert cfg.optim_wrapper == dict(type='BFloat16OptimWrapper' if native else 'OptimWrapper')
    assert cfg.model.backbone.norm_cfg == dict(type='BN', eps=1e-3)
    assert cfg.model.backbone.stem.norm_cfg.type == 'BN'
    assert [head.norm_cfg.type for head in cfg.model.auxiliary_head] == ['GN', 'BN']


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
    check_data(cfg, Path('c.py'), 'val', num_classes=19)
    missing = sorted((data / 'gtFine' / 'val').rglob('*_instanceIds.png'))[2]
    missing.unlink()
    with pytest.raises(InputError, match=f'Instance file not found: {missing}'):
        check_data(cfg, Path('c.py'), 'val', num_classes=19)
    Image.new('L', (64, 32)).save(missing)
    with pytest.raises(InputError, match=f'{missing} is 64x32, its image is 128x64'):
        check_data(cfg, Path('c.py'), 'val', num_classes=19)
    missing.write_bytes(b'damaged')
    with pytest.raises(InputError, match=f'{missing} cannot be read'):
        check_data(cfg, Path('c.py'), 'val', num_classes=19)
    cfg.val_evaluator = [cfg.val_evaluator]
    with pytest.raises(InputError, match=f'{missing} cannot be read'):
        check_data(cfg, Path('c.py'), 'val', num_classes=19)
    cfg.val_evaluator[0].type = 'IoUMetric'  # which needs none
    check_data(cfg, Path('c.py'), 'val', num_classes=19)
