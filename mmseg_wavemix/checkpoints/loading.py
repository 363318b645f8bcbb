"""Checkpoints that fit, from files that cannot run code."""

import re
import struct
import zipfile
from collections.abc import Callable
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
from .trust import is_trusted
from .whole import check_numbers, damaged_part

_multiarray = (np._core if hasattr(np, '_core') else np.core).multiarray  # numpy 2, numpy 1

# what torch's reader and unpickler come upon in files that are none or were changed
DAMAGED = (
    ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError,
    MemoryError, OSError, RecursionError, RuntimeError, TypeError, ValueError, struct.error,
    zipfile.BadZipFile,
)  # fmt: skip


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


def read_content(
    source: str | Path, map_location: str | torch.device | Callable | None = 'cpu'
) -> object:
    """Reads a checkpoint file as it is, by torch's restricted unpickler.

    The user alone can ask for the unrestricted one, see :mod:`.trust`.

    Args:
        source: a path or a URL, see :func:`local_file`; ``.safetensors`` or what torch has saved.
        map_location: where the tensors go, as for ``torch.load``; safetensors go onto the CPU.

    Raises:
        InputError: no such file, a damaged one, or one that holds anything but tensors and plain
            data.
    """
    path = local_file(source)
    if path.is_dir():
        raise InputError(f'checkpoint {path} is a folder: name a file in it')
    if not path.is_file():
        raise InputError(f'checkpoint {path} does not exist')
    if path.suffix == '.safetensors':
        return read_safetensors(path)
    try:
        damaged = damaged_part(path)
        if damaged:
            raise InputError(
                f'checkpoint {path} is damaged, its part {damaged} has another checksum: fetch or '
                'copy it again, or take another'
            )
        with torch.serialization.safe_globals(_TRAINING_STATE):
            return torch.load(path, map_location=map_location, weights_only=not is_trusted())
    except InputError:
        raise
    except UnpicklingError as error:
        called = re.search(r'GLOBAL ([\w.]+)', str(error))
        if called:
            raise InputError(
                f'checkpoint {path} is refused: it holds more than weights and would run '
                f'{called[1]} when it is loaded; if you trust it as you trust a program: '
                '--trust-checkpoint'
            ) from error
        raise InputError(f'checkpoint {path} cannot be read: it is damaged, or none') from error
    except DAMAGED as error:
        if 'weights_only' in str(error):  # torch's advice would be to run it
            raise InputError(
                f'checkpoint {path} is refused: it holds a program, not weights alone; save the '
                'state dict of its model'
            ) from error
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
    check_numbers(checkpoint['state_dict'], source)
    return checkpoint


@CheckpointLoader.register_scheme(prefixes=['', 'http://', 'https://'], force=True)
def load_from_weights(
    filename: str, map_location: str | torch.device | Callable | None = None
) -> dict:
    """What mmengine's own ``load_from``, ``resume`` and ``Pretrained`` read files by.

    Its own function falls back to the unrestricted unpickler by itself. Text under
    ``meta.config``, which mmengine runs as Python when it resumes and no longer writes, is left
    out.
    """
    content = read_content(filename, map_location)
    if isinstance(content, dict) and isinstance(content.get('meta'), dict) and not is_trusted():
        content['meta'].pop('config', None)
    weights = content.get('state_dict') if isinstance(content, dict) else None
    if weights is not None:  # others call them otherwise, or have no name for them
        if not _is_state_dict(weights):
            raise InputError(f'checkpoint {filename} holds no weights: its state_dict has none')
        check_numbers(weights, filename)
    return content


def check_weights(model: nn.Module, checkpoint: dict, path: str | Path) -> None:
    """Compares the names and shapes of a checkpoint's weights with the model's.

    Raises:
        InputError: they differ; mmengine would only warn, and go on with random weights.
    """
    expected, given = model.state_dict(), checkpoint['state_dict']
    missing = sorted(expected.keys() - given.keys())
    unexpected = sorted(given.keys() - expected.keys())
    different = [
        f'{name} is {_kind(given[name])}, the model has {_kind(expected[name])}'
        for name in sorted(expected.keys() & given.keys())
        if _kind(given[name]) != _kind(expected[name])
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


def _kind(weight: Tensor) -> str:
    whole = '' if weight.is_floating_point() else ' of whole numbers'
    return f'{tuple(weight.shape)}{whole}'


def _is_state_dict(value: object) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(name, str) for name in value)
        and all(isinstance(tensor, Tensor) for tensor in value.values())
    )
