"""Checkpoints that fit, from files that cannot run code."""

import re
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from mmengine.logging.history_buffer import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor, nn

from ..errors import InputError
from .authors import is_authors, unwrap
from .formats import read_safetensors
from .sources import local_file

_multiarray = (np._core if hasattr(np, '_core') else np.core).multiarray  # numpy 2, numpy 1


def _getattr_of_history(owner: type, name: str) -> object:
    """``getattr`` for the one class that a checkpoint needs it for."""
    if owner is not HistoryBuffer or name.startswith('_'):
        raise UnpicklingError(f'GLOBAL getattr of {owner}')
    return getattr(owner, name)


# what mmengine puts into a training checkpoint besides tensors: learning curves
_TRAINING_STATE = [
    HistoryBuffer,
    (_getattr_of_history, 'builtins.getattr'),
    _multiarray._reconstruct,
    _multiarray.scalar,
    np.ndarray,
    np.dtype,
    *(type(np.dtype(kind)) for kind in ('float32', 'float64', 'int64', 'uint32', 'bool')),
]


def allow_training_state() -> None:
    """Lets torch's restricted unpickler read mmengine's checkpoints, for the whole process.

    OpenMMLab's own mmengine cannot resume under torch >= 2.6 without.
    """
    torch.serialization.add_safe_globals(_TRAINING_STATE)


def read_content(source: str | Path) -> object:
    """Reads a checkpoint file as it is, onto the CPU, by torch's restricted unpickler.

    Args:
        source: a path or a URL, see :func:`local_file`; ``.safetensors`` or what torch has saved.

    Raises:
        InputError: no such file, a damaged one, or one that holds anything but tensors and plain
            data.
    """
    path = local_file(source)
    if not path.is_file():
        raise InputError(f'checkpoint {path} does not exist')
    if path.suffix == '.safetensors':
        return read_safetensors(path)
    try:
        with torch.serialization.safe_globals(_TRAINING_STATE):
            return torch.load(path, map_location='cpu', weights_only=True)
    except UnpicklingError as error:
        called = re.search(r'GLOBAL ([\w.]+)', str(error))
        if called:
            raise InputError(
                f'checkpoint {path} is refused: it holds more than weights and would run '
                f'{called[1]} when it is loaded'
            ) from error
        raise InputError(f'checkpoint {path} cannot be read: it is damaged, or none') from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f'checkpoint {path} cannot be read ({reason}): it is damaged') from error


def read_checkpoint(source: str | Path) -> dict:
    """Reads a checkpoint, see :func:`read_content`.

    Returns:
        The checkpoint as written by mmengine; a bare state dict comes back as
        ``{'state_dict': ...}``.

    Raises:
        InputError: the file cannot be read safely, is no checkpoint, or is one of the authors'.
    """
    checkpoint = read_content(source)
    if is_authors(unwrap(checkpoint)):
        raise InputError(
            f"checkpoint {source} has the names of the authors' package: convert it by "
            f'python tools/convert_checkpoint.py {source} NEW.pth'
        )
    if isinstance(checkpoint, dict) and 'state_dict' not in checkpoint:
        checkpoint = {'state_dict': checkpoint}
    if not isinstance(checkpoint, dict) or not _is_state_dict(checkpoint['state_dict']):
        raise InputError(f'checkpoint {source} holds no weights: expected a state dict of tensors')
    return checkpoint


@CheckpointLoader.register_scheme(prefixes=[r'.*\.safetensors$', r'https?://.*\.safetensors$'])
def load_from_safetensors(filename: str, map_location: str | torch.device | None = None) -> dict:
    """Lets mmengine's own ``load_from`` and ``Pretrained`` read this format, too."""
    return read_checkpoint(filename)


def check_weights(model: nn.Module, checkpoint: dict, path: str | Path) -> None:
    """Compares the names and shapes of a checkpoint's weights with the model's.

    Raises:
        InputError: they differ; mmengine would only warn, and go on with random weights.
    """
    expected, given = model.state_dict(), checkpoint['state_dict']
    missing = sorted(expected.keys() - given.keys())
    unexpected = sorted(given.keys() - expected.keys())
    different = [
        f'{name} is {tuple(given[name].shape)}, the model has {tuple(expected[name].shape)}'
        for name in sorted(expected.keys() & given.keys())
        if given[name].shape != expected[name].shape
    ]
    if missing or unexpected or different:
        faults = [f'{len(names)} {kind}, such as {names[0]}' for kind, names in (
            ('weights missing', missing),
            ('unknown', unexpected),
            ('of another shape', different),
        ) if names]  # fmt: skip
        raise InputError(
            f'checkpoint {path} belongs to another model ({"; ".join(faults)}): '
            'use the config it was trained with'
        )


def load_weights(model: nn.Module, path: str | Path) -> dict:
    """Puts the weights of a checkpoint into a model that they fit exactly.

    Returns:
        The whole checkpoint, see :func:`read_checkpoint`.

    Raises:
        InputError: the file cannot be read safely, or belongs to another model.
    """
    checkpoint = read_checkpoint(path)
    check_weights(model, checkpoint, path)
    model.load_state_dict(checkpoint['state_dict'])
    return checkpoint


def _is_state_dict(value: object) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(tensor, Tensor) for tensor in value.values())
    )
