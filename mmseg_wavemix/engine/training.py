"""From a config to a finished run: check, build, train."""

import logging
from collections.abc import Sequence
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.registry import MODELS

from ..checkpoints import (
    allow_training_state,
    check_classifier_weights,
    check_initial_file,
    check_initial_weights,
    check_weights,
    local_file,
    read_checkpoint,
)
from ..config import building
from ..doctor import check_gpu, check_installation, gpu_devices, installed
from ..errors import InputError
from .cpu import adapt_to_cpu
from .data import check_data
from .faults import explained
from .interruption import InterruptionHook
from .launch import gloo_without_cuda, is_first_process
from .model import check_checkpoint_hook, check_model
from .progress import ProgressHook
from .resuming import ResumingRunner
from .trackers import add_trackers
from .work_dir import check_disk, check_work_dir, checkpoint_to_resume


def train(
    cfg: Config,
    path: Path,
    resume: str | None = None,
    amp: bool = False,
    compiled: bool = False,
    trackers: Sequence[str] = (),
) -> Runner:
    """Trains as MMSegmentation's ``tools/train.py`` does, after checking all that can be known.

    Args:
        cfg: the config, with ``work_dir`` and ``launcher`` set.
        path: where it came from.
        resume: a checkpoint to go on from, ``'auto'`` for the newest one of the work directory.
        amp: turn on mixed precision.
        compiled: run the blocks through ``torch.compile``.
        trackers: follow the run there, too: ``'wandb'``, ``'mlflow'``.

    Returns:
        The runner, after training.

    Raises:
        InputError: config, data, checkpoint, work directory or disk do not allow the run; or it
            was ended by a full disk, a damaged file, a killed worker or a loss that is no number.
        Interrupted: it was told to stop, and has saved where it was.
    """
    if cfg.get('default_scope') == 'mmpretrain':
        raise InputError(f'config {path} is of a classifier: use tools/train_classifier.py')
    checkpoint = checkpoint_to_resume(Path(cfg.work_dir), resume)
    cfg.resume = checkpoint is not None
    if checkpoint:
        cfg.load_from = str(checkpoint)
    if cfg.get('load_from'):
        check_initial_file('load_from', cfg.load_from)
        cfg.load_from = str(local_file(cfg.load_from))
    with building(path):
        if amp and cfg.optim_wrapper.get('type', 'OptimWrapper') == 'OptimWrapper':
            cfg.optim_wrapper.type = 'AmpOptimWrapper'
        adapt_to_cpu(cfg)
        if compiled:
            cfg.custom_hooks = [*cfg.get('custom_hooks', []), dict(type='CompiledBlocksHook')]
        if cfg.get('load_from'):  # all weights come from there: those to begin with may be gone
            cfg.model.get('backbone', {})['init_cfg'] = None
            if 'init_cfg' in cfg.model:
                cfg.model.init_cfg = None
    add_trackers(cfg, trackers)
    if is_first_process(cfg.launcher):  # the others wait for it when the process group opens
        _check(cfg, path, checkpoint)
    allow_training_state()
    with gloo_without_cuda(cfg):
        with building(path):
            runner = _build(cfg)
        try:
            with explained(Path(cfg.work_dir)):
                runner.train()
        finally:
            for hook in runner.hooks:
                if isinstance(hook, (InterruptionHook, ProgressHook)):
                    hook.after_run(runner)
    return runner


def _check(cfg: Config, path: Path, checkpoint: Path | None) -> None:
    """What can be wrong, as far as it can be known before a run is begun."""
    for fault in (
        *check_installation(installed()),
        *check_gpu(torch.version.cuda, torch.cuda.is_available(), gpu_devices()),
    ):
        if fault.serious:  # it may go well all the same
            print_log(str(fault), logger='current', level=logging.WARNING)
    work_dir = Path(cfg.work_dir)
    check_work_dir(work_dir, path, checkpoint)
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    with building(path):
        model = MODELS.build(cfg.model)
        check_model(model, cfg.model, training=True)
        kept = check_checkpoint_hook(cfg)
        if cfg.train_cfg.get('val_interval', 1) < 1:
            raise InputError(f'train_cfg.val_interval is {cfg.train_cfg.val_interval}: 1 or more')
        check_classifier_weights(model)
    check_initial_weights(model)
    if cfg.get('load_from'):
        content = read_checkpoint(cfg.load_from)
        check_weights(model, content, cfg.load_from)
        needed = {'meta', 'message_hub', 'optimizer'}
        needed |= {'param_schedulers'} if cfg.get('param_scheduler') else set()
        if checkpoint and not needed <= content.keys():
            raise InputError(
                f'{checkpoint} holds weights alone, nothing to resume: start from them by '
                f'--cfg-options load_from={checkpoint}'
            )
    check_disk(work_dir, model, kept)
    check_data(cfg, path, 'train', model.num_classes)
    if cfg.get('val_dataloader'):
        check_data(cfg, path, 'val', model.num_classes)


def _build(cfg: Config) -> Runner:
    """A runner with all its parts; mmengine itself would build them when training starts."""
    runner = ResumingRunner.from_cfg(cfg)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    scaled = (runner.auto_scale_lr or {}).get('enable')  # mmengine scales before it builds these
    if runner.param_schedulers is not None and not scaled:
        runner.param_schedulers = runner.build_param_scheduler(runner.param_schedulers)
    if runner._val_loop is not None:
        runner._val_loop = runner.build_val_loop(runner._val_loop)
    return runner
