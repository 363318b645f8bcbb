"""A run of seconds with every source of randomness, and all that is left of it."""

from pathlib import Path

import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from mmseg_wavemix.checkpoints import read_checkpoint

# shuffling, crops, flips, colours and dropout; four steps an epoch, a validation after each
RECIPE = """
_base_ = './tiny.py'
model = dict(backbone=dict(drop_rate=0.3))
train_dataloader = dict(
    batch_size=2, num_workers={workers},
    dataset=dict(pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='LoadAnnotations'),
        dict(type='RandomCrop', crop_size=(48, 64)),
        dict(type='RandomFlip', prob=0.5),
        dict(type='PhotoMetricDistortion'),
        dict(type='PackSegInputs'),
    ]))
val_evaluator = dict(_delete_=True, type='IoUMetric', iou_metrics=['mIoU'])
train_cfg = dict(max_epochs={epochs}, val_interval=1)
param_scheduler = [dict(type='LinearLR', start_factor=0.1, by_epoch=False, end=40)]
default_hooks = dict(logger=dict(interval=1))
"""


@HOOKS.register_module()
class LossesHook(Hook):
    """Keeps each step's loss."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: dict
    ) -> None:
        self.losses.append(float(outputs['loss'].detach()))


def write(config: Path, epochs: int = 3, workers: int = 0, more: str = '') -> Path:
    path = config.with_name('recipe.py')
    path.write_text(RECIPE.format(epochs=epochs, workers=workers) + more)
    return path


def left(work_dir: Path, epoch: int) -> dict[str, object]:
    """What a run is in the end: weights, optimizer, schedulers, counts and its best score."""
    checkpoint = read_checkpoint(work_dir / f'epoch_{epoch}.pth')
    info = checkpoint['message_hub']['runtime_info']
    flat = {f'weight {name}': value for name, value in checkpoint['state_dict'].items()}
    for number, values in checkpoint['optimizer']['state'].items():
        flat |= {f'optimizer {number} {name}': value for name, value in values.items()}
    assert any(name.endswith('running_var') for name in flat)
    (best,) = work_dir.glob('best_mIoU_*.pth')
    return flat | dict(
        groups=checkpoint['optimizer']['param_groups'],
        schedulers=checkpoint['param_schedulers'],
        place=(checkpoint['meta']['epoch'], checkpoint['meta']['iter']),
        best=(best.name, float(info['best_score']), Path(info['best_ckpt']).name),
        files=sorted(path.name for path in work_dir.glob('*.pth')),
    )


def differences(a: dict[str, object], b: dict[str, object]) -> list[str]:
    """Names of what is not the same to the bit."""
    return sorted(a.keys() ^ b.keys()) + [
        name
        for name in a.keys() & b.keys()
        if not (
            torch.equal(a[name], b[name])
            if isinstance(a[name], torch.Tensor)
            else repr(a[name]) == repr(b[name])
        )
    ]
