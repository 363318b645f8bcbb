"""Checkpoints on disk: .pth as mmengine writes them, .safetensors with the same in plain text."""

import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..errors import InputError

SUFFIXES = ('.pth', '.safetensors')


def read_safetensors(path: Path) -> dict:
    """Reads weights, and the class names that :func:`write_checkpoint` puts beside them.

    Returns:
        ``{'state_dict': ..., 'meta': ...}``, on the CPU; ``meta`` is empty in files of others.

    Raises:
        InputError: the file is damaged, or in another format.
    """
    try:
        with safe_open(path, framework='pt') as file:
            state_dict = {name: file.get_tensor(name) for name in file.keys()}
            text = (file.metadata() or {}).get('dataset_meta')
        return dict(state_dict=state_dict, meta=dict(dataset_meta=json.loads(text)) if text else {})
    except (SafetensorError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f'checkpoint {path} cannot be read ({reason}): it is damaged') from error


def check_new_file(path: Path) -> None:
    """Checks that a checkpoint can be written to ``path``.

    Raises:
        InputError: the file exists, its folder does not, or its suffix is not one of SUFFIXES.
    """
    if path.suffix not in SUFFIXES:
        raise InputError(f'{path} ends in {path.suffix!r}: name it {" or ".join(SUFFIXES)}')
    if os.path.lexists(path):
        raise InputError(f'{path} exists and is not overwritten: name a new file')
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError(f'{path.parent} is no folder that can be written to: make it first')


def write_checkpoint(
    path: Path, state_dict: dict[str, Tensor], dataset_meta: dict | None = None
) -> None:
    """Writes a checkpoint that this toolbox reads, as the suffix of ``path`` says.

    Args:
        path: a new file, see :func:`check_new_file`.
        state_dict: weights.
        dataset_meta: ``classes`` and RGB ``palette`` of what the model was trained on.

    Raises:
        InputError: see :func:`check_new_file`.
    """
    check_new_file(path)
    # a slice would take its whole storage along
    state_dict = {name: value.detach().cpu().clone() for name, value in state_dict.items()}
    try:
        with open(path, 'xb') as file:
            if path.suffix == '.safetensors':
                file.write(_safetensors(state_dict, dataset_meta))
            else:
                meta = dict(dataset_meta=dataset_meta) if dataset_meta else {}
                torch.save(dict(meta=meta, state_dict=state_dict), file)
    except (OSError, RuntimeError) as error:  # torch has a type of its own for a full disk
        if not isinstance(error, FileExistsError):
            path.unlink(missing_ok=True)
        reason = str(error).splitlines()[0]
        raise InputError(
            f'{path} cannot be written ({reason}): make room, or name another'
        ) from error


def _safetensors(state_dict: dict[str, Tensor], dataset_meta: dict | None) -> bytes:
    metadata = {'format': 'pt'}
    if dataset_meta:
        metadata['dataset_meta'] = json.dumps(dataset_meta)
    return save({name: value.contiguous() for name, value in state_dict.items()}, metadata)
