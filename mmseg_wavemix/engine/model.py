"""What building a model and its hooks does not notice by itself."""

import inspect

import torch
from mmengine.config import Config, ConfigDict
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import nn

from ..errors import InputError

TEST_OPTIONS = {'mode', 'crop_size', 'stride'}


def check_model(model: nn.Module, cfg: ConfigDict, training: bool) -> None:
    """Sends small pictures through preprocessor, model and loss, and looks at ``test_cfg``.

    Args:
        model: a segmentor. A step of training that is tried moves its running statistics.
        cfg: the config it was built from.
        training: whether it is to be trained; the losses, of auxiliary heads too, are tried then.

    Raises:
        InputError: an option of ``test_cfg`` that mmseg does not read, a missing or a wrong one.
        RuntimeError, ValueError: the parts of the model do not fit together.
    """
    check_test_cfg(cfg.get('test_cfg') or {})
    label = PixelData(data=torch.zeros(1, 64, 64, dtype=torch.long))
    # boundaries for PIDNet; two pictures for normalisation behind a global pooling
    samples = [SegDataSample(gt_sem_seg=label, gt_edge_map=label) for _ in range(2)]
    picture = torch.zeros(cfg.backbone.get('in_channels', 3), 64, 64, dtype=torch.uint8)
    mode = model.training
    with torch.no_grad():
        data = model.data_preprocessor(dict(inputs=[picture] * 2, data_samples=samples), training)
        model.eval()(data['inputs'], mode='tensor')
        if training:  # some heads of mmseg return something else in training
            model.train()(data['inputs'], data['data_samples'], mode='loss')
    model.train(mode)


def check_test_cfg(cfg: dict) -> None:
    """Checks the options of whole and sliding-window inference.

    Raises:
        InputError: an unknown option or mode; windows without a size, or with gaps between them.
    """
    for unknown in cfg.keys() - TEST_OPTIONS:
        raise InputError(f'model.test_cfg has no option {unknown}, but {sorted(TEST_OPTIONS)}')
    if cfg.get('mode', 'whole') not in ('whole', 'slide'):
        raise InputError(f'model.test_cfg.mode is {cfg["mode"]!r}: whole or slide')
    if cfg.get('mode') != 'slide':
        return
    sizes = [cfg.get('crop_size'), cfg.get('stride')]
    for name, size in zip(('crop_size', 'stride'), sizes):
        pair = isinstance(size, (tuple, list)) and len(size) == 2
        if not pair or not all(isinstance(length, int) and length > 0 for length in size):
            raise InputError(
                f'model.test_cfg.mode=slide needs crop_size and stride, height and width each, '
                f'such as {name}=512,1024: got {size}'
            )
    if any(stride > crop for crop, stride in zip(*sizes)):
        raise InputError(f'model.test_cfg: stride {sizes[1]} leaves gaps between {sizes[0]}')


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
    for name in ('interval', 'max_keep_ckpts'):
        if not isinstance(hook.get(name, -1), int):
            raise InputError(f'default_hooks.checkpoint.{name} is {hook[name]!r}: a whole number')
    periodic = hook.get('max_keep_ckpts', -1)
    if periodic < 0:  # all of them
        periodic = cfg.train_cfg.get('max_epochs', 1) // max(hook.get('interval', 1), 1)
    return periodic + bool(hook.get('save_best'))
