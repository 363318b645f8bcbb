"""What a run refuses before it begins, and what it never touches."""

import shutil
from pathlib import Path

import pytest
import torch
from mmengine.registry import init_default_scope

from mmseg_wavemix.config import load_config
from mmseg_wavemix.engine.training import train
from mmseg_wavemix.errors import InputError


def run(
    config: Path,
    work_dir: Path,
    options: dict | None = None,
    resume: str | None = None,
    compiled: bool = False,
):
    cfg = load_config(config, options)
    cfg.work_dir, cfg.launcher = str(work_dir), 'none'
    cfg.visualizer = dict(type='SegLocalVisualizer', name=f'visualizer of {work_dir}')
    cfg.experiment_name = work_dir.name
    try:
        return train(cfg, config, resume, compiled=compiled)
    finally:
        init_default_scope('mmseg')


def contents(folder: Path) -> dict[Path, bytes]:
    """All files but logs: this process keeps those open."""
    files = (path for path in folder.rglob('*') if path.is_file() and path.suffix != '.log')
    return {path: path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'model.backbone.depht': 2}, "unexpected keyword argument 'depht'"),
        ({'model.backbone.type': 'WaveMx'}, 'WaveMx is not in the'),
        ({'model.backbone.level': 'abc'}, 'level must be a whole number.*abc'),
        ({'model.decode_head.in_channels': 16}, 'RuntimeError'),
        ({'model.test_cfg.mode': 'slide'}, 'needs crop_size and stride'),
        ({'default_hooks.checkpoint.intervall': 2}, 'no option intervall'),
        (
            {'train_dataloader.batch_size': 9},
            '8 images in the train split do not',
        ),
        ({'train_dataloader.dataset.pipeline.0.type': 'LoadPicture'}, 'LoadPicture is not in the'),
        ({'optim_wrapper.optimizer.lrr': 1}, 'lrr'),
        ({'train_cfg.val_interval': 0}, 'val_interval is 0'),
        ({'train_dataloader.batch_size': 'abc'}, "batch_size is 'abc'"),
        ({'model.decode_head.loss_decode.class_weight': [1, 2]}, '2 entries.*19 classes'),
        ({'model.data_preprocessor.size_divisor': 'abc'}, 'TypeError'),
        ({'optim_wrapper': 'abc'}, 'AttributeError'),
        (
            {'model.init_cfg': dict(type='Pretrained', checkpoint='none.pth')},
            'model.init_cfg.checkpoint is none.pth, which does not exist: train what makes it',
        ),
        (
            {'load_from': 'none.pth'},
            'load_from is none.pth, which does not exist: train what makes',
        ),
        ({'load_from': '.'}, 'load_from is ., which is a folder'),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_bad_values_begin_nothing(
    config: Path, tmp_path: Path, options: dict, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run(config, tmp_path / 'run', options)
    if 'optim' not in next(iter(options)):  # mmengine builds the optimizer with the run
        assert not (tmp_path / 'run').exists()


@pytest.mark.parametrize(
    'option', ['train_dataloader.batch_sise', 'train_cfg.max_epoch', 'param_scheduler.0.bgin',
               'val_evaluator.outputdir'],
)  # fmt: skip
def test_unknown_keys_of_mmengine_are_named(config: Path, tmp_path: Path, option: str) -> None:
    with pytest.raises(InputError, match=option.split('.')[-1]):
        run(config, tmp_path / 'run', {option: 2})


def test_resuming_never_touches_another_run(config: Path, tmp_path: Path) -> None:
    """Copied, moved or resumed elsewhere: the first run keeps all it had."""
    first = tmp_path / 'first'
    run(config, first, {'train_cfg.max_epochs': 1})
    copy = Path(shutil.copytree(first, tmp_path / 'copy'))
    before = contents(first)

    gone = dict(type='Pretrained', checkpoint=str(tmp_path / 'gone.pth'))
    run(config, copy, {'train_cfg.max_epochs': 3, 'model.init_cfg': gone}, resume='auto')
    elsewhere = tmp_path / 'elsewhere'
    checkpoint = str(first / 'epoch_1.pth')
    run(config, elsewhere, {'train_cfg.max_epochs': 2}, resume=checkpoint)
    for folder, epoch in ((copy, 3), (elsewhere, 2)):
        assert (folder / f'epoch_{epoch}.pth').is_file()
    with pytest.raises(InputError, match='copy holds an earlier run'):
        run(config, copy, resume=checkpoint)
    with pytest.raises(InputError, match='later checkpoints than epoch_2.pth'):
        run(config, copy, resume=str(copy / 'epoch_2.pth'))
    assert contents(first) == before


def test_weights_alone_cannot_be_resumed(config: Path, tmp_path: Path) -> None:
    done = run(config, tmp_path / 'first', {'train_cfg.max_epochs': 1})
    torch.save(done.model.state_dict(), tmp_path / 'weights.pth')
    with pytest.raises(InputError, match='weights alone, nothing to resume.*load_from='):
        run(config, tmp_path / 'second', resume=str(tmp_path / 'weights.pth'))


def test_a_training_state_that_does_not_fit(config: Path, tmp_path: Path) -> None:
    first = tmp_path / 'first'
    run(config, first, {'train_cfg.max_epochs': 1})
    whole = torch.load(first / 'epoch_1.pth', weights_only=False)
    changes = dict(
        message_hub=dict(), meta=dict(), optimizer=[1], param_schedulers=[1],
    )  # fmt: skip
    contents = [{**whole, key: value} for key, value in changes.items()]
    contents += [{**whole, 'meta': {**whole['meta'], 'epoch': epoch}} for epoch in ('1', -1, None)]
    groups = [{**whole['optimizer']['param_groups'][0], 'params': [0]}]
    contents.append({**whole, 'optimizer': {**whole['optimizer'], 'param_groups': groups}})
    for number, content in enumerate(contents):
        file = tmp_path / f'{number}.pth'
        torch.save(content, file)
        with pytest.raises(InputError, match=f'{number}.pth cannot be gone on from'):
            run(config, tmp_path / f'run{number}', {'train_cfg.max_epochs': 2}, resume=str(file))
    del whole['param_schedulers']
    torch.save(whole, tmp_path / 'none.pth')
    with pytest.raises(InputError, match='none.pth holds weights alone'):
        run(config, tmp_path / 'none', resume=str(tmp_path / 'none.pth'))
