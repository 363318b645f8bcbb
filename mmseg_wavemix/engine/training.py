"""From a config to a finished run: check, build, train."""

from pathlib import Path

from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, find_latest_checkpoint
from mmseg.registry import MODELS

from ..checkpoints import allow_training_state, check_weights, read_checkpoint
from ..config import building
from ..errors import InputError
from .cpu import adapt_to_cpu
from .data import check_data
from .launch import gloo_without_cuda, is_first_process
from .work_dir import check_disk, check_work_dir


def train(cfg: Config, path: Path, resume: str | None = None, amp: bool = False) -> Runner:
    """Trains as MMSegmentation's ``tools/train.py`` does, after checking all that can be known.

    Args:
        cfg: the config, with ``work_dir`` and ``launcher`` set.
        path: where it came from, for messages.
        resume: a checkpoint to go on from, ``'auto'`` for the newest one of the work directory.
        amp: turn on mixed precision.

    Returns:
        The runner, after training.

    Raises:
        InputError: config, data, checkpoint, work directory or disk do not allow the run.
    """
    checkpoint = _checkpoint_to_resume(Path(cfg.work_dir), resume)
    cfg.resume = checkpoint is not None
    if checkpoint:
        cfg.load_from = checkpoint
    if amp and cfg.optim_wrapper.type == 'OptimWrapper':
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
    adapt_to_cpu(cfg)
    if is_first_process(cfg.launcher):  # the others wait for it when the process group opens
        check_work_dir(Path(cfg.work_dir), resume=resume is not None)
        _check(cfg, path)
    allow_training_state()
    with gloo_without_cuda(cfg):
        with building(path):
            runner = Runner.from_cfg(cfg)
        runner.train()
    return runner


def _checkpoint_to_resume(work_dir: Path, resume: str | None) -> str | None:
    if resume != 'auto':
        return resume
    latest = find_latest_checkpoint(str(work_dir))
    if latest is None and any(work_dir.glob('*.pth')):
        raise InputError(
            f'{work_dir} has checkpoints but no last_checkpoint file: name one with --resume CKPT'
        )
    return latest


def _check(cfg: Config, path: Path) -> None:
    """All that can be wrong, before anything is written."""
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    with building(path):
        model = MODELS.build(cfg.model)
        build_optim_wrapper(model, cfg.optim_wrapper)
        check_data(cfg, 'train', model.num_classes)
        if cfg.get('val_dataloader'):
            check_data(cfg, 'val', model.num_classes)
    if cfg.get('load_from'):
        check_weights(model, read_checkpoint(cfg.load_from), cfg.load_from)
    check_disk(Path(cfg.work_dir), model, kept=_kept_checkpoints(cfg))


def _kept_checkpoints(cfg: Config) -> int:
    hook = cfg.default_hooks.checkpoint
    periodic = hook.get('max_keep_ckpts', -1)
    if periodic < 0:  # all of them
        periodic = cfg.train_cfg.get('max_epochs', 1) // max(hook.get('interval', 1), 1)
    return periodic + bool(hook.get('save_best'))
