"""Weights that a config begins with, as ``init_cfg`` names them."""

from pathlib import Path

from torch import nn

from ..errors import InputError


def init_cfgs(module: nn.Module) -> list[dict]:
    """What mmengine initialises a module by, one or several, as a list."""
    cfgs = getattr(module, 'init_cfg', None) or []
    return [cfgs] if isinstance(cfgs, dict) else list(cfgs)


def check_initial_weights(model: nn.Module) -> None:
    """Looks for the local files of every ``init_cfg``; mmengine would once all else has begun.

    URLs are left to mmengine.

    Raises:
        InputError: one is not there.
    """
    for name, module in model.named_modules():
        for cfg in init_cfgs(module):
            file = cfg.get('checkpoint')
            if file is not None:
                option = '.'.join(filter(None, ('model', name, 'init_cfg.checkpoint')))
                check_initial_file(option, file)


def check_initial_file(option: str, file: str | Path) -> None:
    """Looks for weights that a config begins with; a URL is taken for one that is there.

    Args:
        option: where the config names them.

    Raises:
        InputError: a local file that is not there.
    """
    if '://' in str(file) or Path(file).is_file():
        return
    fault = 'is a folder' if Path(file).is_dir() else 'does not exist'
    raise InputError(
        f'{option} is {file}, which {fault}: train what makes it first, or name other weights by '
        f'--cfg-options {option}=FILE'
    )
