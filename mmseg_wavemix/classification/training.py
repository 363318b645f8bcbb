"""From a classification config to a finished run: check, build, train."""

from pathlib import Path

from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import MODELS

from ..checkpoints import (
    check_classifier_weights,
    check_weights,
    local_file,
    read_checkpoint,
)
from ..config import building
from ..engine.cpu import adapt_to_cpu
from ..engine.model import check_checkpoint_hook
from ..engine.progress import ProgressHook
from ..engine.work_dir import check_disk, check_work_dir, checkpoint_to_resume
from ..errors import InputError


def train(
    cfg: Config, path: Path, resume: str | None = None, amp: bool = False, download: bool = False
) -> Runner:
    """Trains as mmpretrain's ``tools/train.py`` does, after checking what can be known.

    Args:
        cfg: the config, with ``work_dir`` set.
        path: where it came from.
        resume: a checkpoint to go on from, ``'auto'`` for the newest one of the work directory.
        amp: turn on mixed precision.
        download: fetch the data that are missing, where they can be fetched.

    Returns:
        The runner, after training.

    Raises:
        InputError: config, data, checkpoint, work directory or disk do not allow the run.
    """
    work_dir = Path(cfg.work_dir)
    checkpoint = checkpoint_to_resume(work_dir, resume)
    cfg.resume = checkpoint is not None
    if checkpoint:
        cfg.load_from = str(checkpoint)
    with building(path):
        if amp and cfg.optim_wrapper.get('type', 'OptimWrapper') == 'OptimWrapper':
            cfg.optim_wrapper.type = 'AmpOptimWrapper'
        adapt_to_cpu(cfg)
        init_default_scope(cfg.get('default_scope', 'mmpretrain'))
        if cfg.get('load_from'):  # all weights come from there: those to begin with may be gone
            cfg.model.backbone.init_cfg = None
        model = MODELS.build(cfg.model)
        kept = check_checkpoint_hook(cfg)
    if cfg.get('load_from'):
        cfg.load_from = str(local_file(cfg.load_from))
        content = read_checkpoint(cfg.load_from)
        check_weights(model, content, cfg.load_from)
        if checkpoint and not {'meta', 'message_hub', 'optimizer'} <= content.keys():
            raise InputError(
                f'{checkpoint} holds weights alone, nothing to resume: start from them by '
                f'--cfg-options load_from={checkpoint}'
            )
    else:
        check_classifier_weights(model)
    check_work_dir(work_dir, path, checkpoint)
    check_disk(work_dir, model, kept)
    check_folders(cfg, download)
    with building(path):
        runner = Runner.from_cfg(cfg)
        # mmengine itself would build the loops when training starts, and read the data then
        runner._train_loop = runner.build_train_loop(runner._train_loop)
        runner._val_loop = runner.build_val_loop(runner._val_loop)
    try:
        runner.train()
    finally:
        for hook in runner.hooks:
            if isinstance(hook, ProgressHook):  # an error or Ctrl-C leaves its line open
                hook.after_run(runner)
    return runner


def check_folders(cfg: Config, download: bool = False) -> None:
    """Asks for the folders of training and validation data, or for their data to be fetched.

    Raises:
        InputError: one is not there, or cannot be fetched.
    """
    for split in ('train', 'val'):
        _check_folder(cfg[f'{split}_dataloader'].dataset, cfg.get('data_hint', ''), download)


def _check_folder(dataset: ConfigDict, hint: str, download: bool) -> None:
    """Asks for the data's folder, before the run writes anything, or for its data to be fetched."""
    if download:
        if 'download' not in dataset:
            raise InputError(f'{dataset.type} cannot be fetched by --download: {hint}')
        dataset.download = True
    root = dataset.get('data_root')
    if root and not dataset.get('download') and not Path(root).is_dir():
        raise InputError(f'{root} does not exist: no data for {dataset.type}. {hint}')
