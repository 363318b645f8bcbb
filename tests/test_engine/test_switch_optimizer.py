"""AdamW, then SGD, and runs that were stopped on the way."""

from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor
from torch.optim import SGD, AdamW

from mmseg_wavemix.checkpoints import read_checkpoint
from mmseg_wavemix.config import load_config
from mmseg_wavemix.engine import BFloat16OptimWrapper, EpochSeedHook, SwitchOptimizerHook, cpu
from mmseg_wavemix.errors import InputError
from tests.test_engine.test_training import run

# every source of randomness: shuffling, crops, flips, colours and dropout
RECIPE = """
_base_ = './tiny.py'
model = dict(backbone=dict(drop_rate=0.3))
train_dataloader = dict(
    num_workers={workers},
    dataset=dict(pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='LoadAnnotations'),
        dict(type='RandomCrop', crop_size=(48, 64)),
        dict(type='RandomFlip', prob=0.5),
        dict(type='PhotoMetricDistortion'),
        dict(type='PackSegInputs'),
    ]))
param_scheduler = [dict(type='LinearLR', start_factor=0.1, by_epoch=False, end=40)]
default_hooks = dict(
    checkpoint=dict(max_keep_ckpts=-1),
    switch=dict(type='SwitchOptimizerHook', {switch}))
"""
WITHOUT_VALIDATION = """
train_cfg = dict(max_epochs=4)
val_cfg = val_dataloader = val_evaluator = None
default_hooks['checkpoint']['save_best'] = None
"""
# mIoU after each epoch: the second is the best before patience ends, the sixth comes too late
PLATEAU = """
train_cfg = dict(max_epochs=6, val_interval=1)
val_evaluator = dict(_delete_=True, type='IoUMetric', iou_metrics=['mIoU'])
custom_hooks = [
    dict(type='EpochSeedHook'),
    dict(type='GivenScoresHook', scores=[30, 40, float('nan'), 40, 35, 50])]
"""


@HOOKS.register_module()
class GivenScoresHook(Hook):
    """Replaces the validation's mIoU by a given one."""

    priority = 'HIGHEST'

    def __init__(self, scores: list[float]) -> None:
        self.scores = scores
        self.validated: list[int] = []

    def after_val_epoch(self, runner: Runner, metrics: dict) -> None:
        metrics['mIoU'] = self.scores[runner.epoch - 1]
        self.validated.append(runner.epoch)


@HOOKS.register_module()
class StepsHook(Hook):
    """Keeps what each optimizer step was given, and the weights it left behind."""

    def __init__(self) -> None:
        self.steps: list[tuple[type, float, list[Tensor], list[Tensor], list[Tensor]]] = []
        self.wrappers: set[OptimWrapper] = set()

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict) -> None:
        optimizer = runner.optim_wrapper.optimizer
        self.before = [weight.detach().clone() for weight in runner.model.parameters()]
        self.wrappers.add(runner.optim_wrapper)
        self.handle = optimizer.register_step_pre_hook(self._keep_gradients)
        self.kind, self.lr = type(optimizer), optimizer.param_groups[0]['lr']

    def _keep_gradients(self, optimizer: torch.optim.Optimizer, *_) -> None:
        (group,) = optimizer.param_groups
        self.gradients = [weight.grad.clone() for weight in group['params']]

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: dict
    ) -> None:
        self.handle.remove()
        after = [weight.detach().clone() for weight in runner.model.parameters()]
        self.steps.append((self.kind, self.lr, self.before, self.gradients, after))


def write(config: Path, text: str, workers: int = 0, switch: str = 'begin=2') -> Path:
    path = config.with_name('switch.py')
    path.write_text(RECIPE.format(workers=workers, switch=switch) + text)
    return path


def hook_of(runner: Runner, kind: type[Hook]) -> Hook:
    (hook,) = (hook for hook in runner.hooks if isinstance(hook, kind))
    return hook


def tensors(runner: Runner) -> dict[str, Tensor]:
    """Weights, statistics of the normalisation, and all that the optimizer remembers."""
    state = {name: tensor.clone() for name, tensor in runner.model.state_dict().items()}
    for number, values in runner.optim_wrapper.optimizer.state_dict()['state'].items():
        state |= {f'{number}.{name}': value for name, value in values.items()}
    assert any(name.endswith('running_var') for name in state)
    return state


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize('workers', [0, 2])
def test_resumed_runs_are_the_same_to_the_bit(config: Path, tmp_path: Path, workers: int) -> None:
    """Before, at and after the switch."""
    path = write(config, WITHOUT_VALIDATION, workers)
    never_stopped = tensors(run(path, tmp_path / 'whole'))
    for epoch in (1, 2, 3):
        checkpoint = tmp_path / 'whole' / f'epoch_{epoch}.pth'
        record = read_checkpoint(checkpoint)['switch_optimizer']
        assert record['switched_at'] == (2 if epoch == 3 else None)
        resumed = run(path, tmp_path / f'from_{epoch}', resume=str(checkpoint))
        assert isinstance(resumed.optim_wrapper.optimizer, SGD) and resumed.epoch == 4
        assert same(tensors(resumed), never_stopped)


def forget_optimizer(hook: SwitchOptimizerHook, runner: Runner, checkpoint: dict) -> None:
    """What a hook would do that switches again, from scratch, after the resumption."""
    del checkpoint['optimizer']


@pytest.mark.parametrize(
    ('epoch', 'kind', 'method', 'broken'),
    [
        (3, SwitchOptimizerHook, 'after_load_checkpoint', forget_optimizer),
        (1, EpochSeedHook, 'before_train_epoch', lambda *args: None),
    ],
    ids=['momentum', 'random state'],
)
def test_the_comparison_notices_what_is_not_restored(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epoch, kind, method, broken
) -> None:
    path = write(config, WITHOUT_VALIDATION)
    never_stopped = tensors(run(path, tmp_path / 'whole'))
    monkeypatch.setattr(kind, method, broken)
    checkpoint = str(tmp_path / 'whole' / f'epoch_{epoch}.pth')
    assert not same(tensors(run(path, tmp_path / 'resumed', resume=checkpoint)), never_stopped)


def test_runs_that_switch_at_a_plateau(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints 3, 4 and 5 were written before their validation, 1 and 2 again after it."""
    path = write(config, PLATEAU, switch='patience=3')
    whole = run(path, tmp_path / 'whole')
    assert hook_of(whole, GivenScoresHook).validated == [1, 2, 3, 4, 5, 6]
    assert hook_of(whole, SwitchOptimizerHook).switched_at == 5
    never_stopped = tensors(whole)
    validated = {1: [2, 3, 4, 5, 6], 3: [3, 4, 5, 6], 5: [5, 6]}
    for epoch, expected in validated.items():
        checkpoint = str(tmp_path / 'whole' / f'epoch_{epoch}.pth')
        resumed = run(path, tmp_path / f'from_{epoch}', resume=checkpoint)
        assert hook_of(resumed, GivenScoresHook).validated == expected
        assert hook_of(resumed, SwitchOptimizerHook).switched_at == 5
        assert same(tensors(resumed), never_stopped)

    monkeypatch.setattr(SwitchOptimizerHook, '_missed_validation', lambda *args: False)
    checkpoint = str(tmp_path / 'whole' / 'epoch_4.pth')
    late = run(path, tmp_path / 'late', resume=checkpoint)
    assert hook_of(late, SwitchOptimizerHook).switched_at is None  # best again before it came
    assert not same(tensors(late), never_stopped)


def test_after_a_switch_at_a_plateau_nothing_is_counted(config: Path, tmp_path: Path) -> None:
    path = write(config, PLATEAU.replace('max_epochs=6', 'max_epochs=5'), switch='patience=1')
    whole = run(path, tmp_path / 'whole')
    for epoch in (3, 4, 5):
        record = read_checkpoint(tmp_path / 'whole' / f'epoch_{epoch}.pth')['switch_optimizer']
        assert (record['best'], record['validated']) == (40.0, 2 if epoch == 3 else 3)
        assert record['switched_at'] == (None if epoch == 3 else 3)
    checkpoint = str(tmp_path / 'whole' / 'epoch_4.pth')
    resumed = run(path, tmp_path / 'from_4', resume=checkpoint)
    assert hook_of(resumed, GivenScoresHook).validated == [5]
    assert same(tensors(resumed), tensors(whole))


def test_steps_of_the_second_optimizer_by_hand(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Velocity v = 0.9 v + gradient from v = 0, weight -= 0.05 v; schedulers had their end."""
    monkeypatch.setattr(cpu, 'computes_bfloat16', lambda: True)
    text = WITHOUT_VALIDATION + "\ncustom_hooks = [dict(type='StepsHook')]\n"
    text += "optim_wrapper = dict(type='BFloat16OptimWrapper')\n"
    switch = "begin=2, optimizer=dict(type='SGD', lr=0.05, momentum=0.9)"
    runner = run(write(config, text, switch=switch), tmp_path / 'run')
    steps = hook_of(runner, StepsHook).steps
    assert [step[0] for step in steps] == 4 * [AdamW] + 4 * [SGD]
    rates = [step[1] for step in steps]
    assert rates[0] < rates[1] < rates[2] < rates[3] and rates[4:] == 4 * [0.05]
    velocity = [torch.zeros_like(weight) for weight in steps[0][2]]
    for _, _, before, gradients, after in steps[4:]:
        velocity = [0.9 * v + gradient for v, gradient in zip(velocity, gradients)]
        expected = [weight - 0.05 * v for weight, v in zip(before, velocity)]
        torch.testing.assert_close(after, expected, atol=1e-7, rtol=1e-6)
    assert any((a - b).abs().max() > 1e-3 for a, b in zip(steps[4][2], steps[4][4]))

    (wrapper,) = hook_of(runner, StepsHook).wrappers  # one and the same all the time
    assert wrapper is runner.optim_wrapper and isinstance(wrapper, BFloat16OptimWrapper)
    assert runner.param_schedulers == []
    log = next((tmp_path / 'run').rglob('*.log')).read_text()
    line = 'SGD (lr 0.05, momentum 0.9, weight_decay 0) replaces AdamW after 2 epochs, and the'
    assert log.count(line) == 1


def test_the_wrapper_stays_and_its_options_hold(config: Path, tmp_path: Path) -> None:
    text = WITHOUT_VALIDATION.replace('max_epochs=4', 'max_epochs=2') + (
        'optim_wrapper = dict(clip_grad=dict(max_norm=0.01), paramwise_cfg=dict(\n'
        "    norm_decay_mult=0.0, custom_keys={'decode_head': dict(lr_mult=10.0)}))\n"
        "optim_wrapper['optimizer'] = dict(weight_decay=0.1)\n"
    )
    switch = "begin=1, optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0.2)"
    path = write(config, text, switch=switch)
    runner = run(path, tmp_path / 'run')
    assert runner.optim_wrapper.clip_grad_kwargs == dict(max_norm=0.01)
    groups = {id(g['params'][0]): g for g in runner.optim_wrapper.optimizer.param_groups}
    for name, weight in runner.model.named_parameters():
        group = groups[id(weight)]
        head, norm = name.startswith('decode_head'), name.split('.')[-2] == '5'
        assert group['lr'] == pytest.approx(1.0 if head else 0.1)
        assert group['weight_decay'] == (0.0 if norm else 0.2)
    assert runner.optim_wrapper.base_param_settings['momentum'] == 0.9
    checkpoint = str(tmp_path / 'run' / 'epoch_2.pth')
    resumed = run(path, tmp_path / 'more', {'train_cfg.max_epochs': 3}, resume=checkpoint)
    longer = run(path, tmp_path / 'whole', {'train_cfg.max_epochs': 3})
    assert same(tensors(resumed), tensors(longer))


def test_rate_is_scaled_to_the_batch_as_the_first_optimizers_is(
    config: Path, tmp_path: Path
) -> None:
    cfg = load_config(write(config, WITHOUT_VALIDATION, switch='begin=1'))
    cfg.work_dir, cfg.experiment_name = str(tmp_path / 'run'), tmp_path.name
    cfg.train_cfg.max_epochs = 2
    cfg.auto_scale_lr = dict(enable=True, base_batch_size=8)  # the batch is 4
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.optim_wrapper.get_lr() == dict(lr=[0.5e-3])


def test_weights_that_are_loaded_start_with_the_first_optimizer(
    config: Path, tmp_path: Path
) -> None:
    path = write(config, WITHOUT_VALIDATION, switch='begin=1')
    run(path, tmp_path / 'first', {'train_cfg.max_epochs': 2})
    options = {'load_from': str(tmp_path / 'first' / 'epoch_2.pth'), 'train_cfg.max_epochs': 1}
    second = run(path, tmp_path / 'second', options)
    assert isinstance(second.optim_wrapper.optimizer, AdamW)
    assert hook_of(second, SwitchOptimizerHook).switched_at is None
    log = next((tmp_path / 'second').rglob('*.log')).read_text()
    assert 'never switched: the switch is to come after 1 epochs, the run has 1' in log


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({}, 'begin=None and patience=None: set one'),
        (dict(begin=1, patience=1), 'begin=1 and patience=1: set one'),
        (dict(begin=0), 'begin is 0: a whole number, 1 or more'),
        (dict(patience=2.5), 'patience is 2.5: a whole number'),
    ],
)
def test_bad_options(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SwitchOptimizerHook(**options)


@pytest.mark.parametrize(
    ('switch', 'message'),
    [
        ("begin=1, optimizer=dict(type='SGD', lrr=1)", 'lrr.*name a class of torch.optim'),
        ("begin=1, optimizer=dict(type='SDG', lr=1)", 'SDG.*name a class of torch.optim'),
        ('patience=1', 'no val_dataloader: set begin'),
    ],
)
def test_faults_are_found_before_the_first_epoch(
    config: Path, tmp_path: Path, switch: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run(write(config, WITHOUT_VALIDATION, switch=switch), tmp_path / 'run')
    assert not list((tmp_path / 'run').glob('*.pth'))


def test_scores_without_the_metric() -> None:
    with pytest.raises(InputError, match=r"watches mIoU, and validation gave \['accuracy'\]"):
        SwitchOptimizerHook(patience=1).after_val_epoch(None, {'accuracy': 1.0})


def test_a_validation_is_missed_only_where_one_was_due(config: Path, tmp_path: Path) -> None:
    """Every second epoch, each from the fifth on."""
    path = write(config, PLATEAU, switch='patience=9')
    options = {'train_cfg.val_interval': 2, 'train_cfg.dynamic_intervals': [(5, 1)]}
    whole = run(path, tmp_path / 'whole', options)
    validated = hook_of(whole, GivenScoresHook).validated
    for epoch in (3, 4, 5):
        checkpoint = str(tmp_path / 'whole' / f'epoch_{epoch}.pth')
        resumed = run(path, tmp_path / f'from_{epoch}', options, resume=checkpoint)
        later = [number for number in validated if number > epoch]
        missed = [epoch] if epoch in validated else []
        assert hook_of(resumed, GivenScoresHook).validated == missed + later
