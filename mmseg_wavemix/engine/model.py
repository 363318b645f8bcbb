"""What building a model and its hooks does not notice by itself."""

import inspect

import torch
from mmengine.config import Config, ConfigDict
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from torch import nn

from ..errors import InputError

TEST_OPTIONS = {'mode', 'crop_size', 'stride'}


def check_model(model: nn.Module, cfg: ConfigDict) -> None:
    """Sends a small picture through the model, and looks at its options for inference.

    Raises:
        InputError: an option of ``test_cfg`` that mmseg does not read, or a missing one.
        RuntimeError: the parts of the model do not fit together.
    """
    test_cfg = cfg.get('test_cfg') or {}
    for unknown in test_cfg.keys() - TEST_OPTIONS:
        raise InputError(f'model.test_cfg has no option {unknown}, but {sorted(TEST_OPTIONS)}')
    if test_cfg.get('mode') == 'slide' and not {'crop_size', 'stride'} <= test_cfg.keys():
        raise InputError('model.test_cfg.mode=slide needs crop_size and stride, such as 512,1024')
    mode = model.training
    with torch.no_grad():
        model.eval()(torch.zeros(1, cfg.backbone.get('in_channels', 3), 64, 64), mode='tensor')
    model.train(mode)


def check_checkpoint_hook(cfg: Config) -> int:
    """Checks the options of ``default_hooks.checkpoint``, which the hook itself first reads at the
    first checkpoint.

    Returns:
        How many checkpoints will lie in the work directory at once.

    Raises:
        InputError: an unknown option.
    """
    hook = dict(cfg.get('default_hooks', {}).get('checkpoint') or {})
    known = {'type', 'priority'}
    for function in (CheckpointHook.__init__, Runner.save_checkpoint):
        known |= set(inspect.signature(function).parameters)
    for unknown in hook.keys() - known:
        raise InputError(f'default_hooks.checkpoint has no option {unknown}')
    periodic = hook.get('max_keep_ckpts', -1)
    if periodic < 0:  # all of them
        periodic = cfg.train_cfg.get('max_epochs', 1) // max(hook.get('interval', 1), 1)
    return periodic + bool(hook.get('save_best'))
