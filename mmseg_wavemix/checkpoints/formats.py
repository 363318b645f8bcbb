"""Checkpoints on disk: .pth as mmengine writes them, .safetensors with the same in plain text."""

import hashlib
import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..errors import InputError
from .whole import check_sidecar

SUFFIXES = ('.pth', '.safetensors')
# of what is known of weights, the part that is short enough to go with them wherever they go
SHORT = ('config_name', 'trained_on', 'epoch', 'iter', 'seed', 'time', 'experiment_name',
         'data_sha256', 'versions', 'averaged')  # fmt: skip


def read_safetensors(path: Path) -> dict:
    """Reads weights, and what :func:`write_checkpoint` puts beside them: classes, provenance.

    Returns:
        ``{'state_dict': ..., 'meta': ...}``, on the CPU; ``meta`` has ``dataset_meta`` and
        ``provenance`` where they are known, and is empty in files of others.

    Raises:
        InputError: the file is damaged, in another format, or not the one of its sidecar.
    """
    try:
        with safe_open(path, framework='pt') as file:
            state_dict = {name: file.get_tensor(name) for name in file.keys()}
            metadata = file.metadata() or {}
        known = {key: metadata[key] for key in ('dataset_meta', 'provenance') if key in metadata}
        meta = {key: json.loads(text) for key, text in known.items()}
        if not all(isinstance(value, dict) for value in meta.values()):
            raise ValueError(f'{" or ".join(meta)} in its header is no JSON object')
    except (SafetensorError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f'checkpoint {path} cannot be read ({reason}): it is damaged') from error
    check_sidecar(path, sidecar_of(path), (meta.get('dataset_meta') or {}).get('classes'))
    return dict(state_dict=state_dict, meta=meta)


def sidecar_of(path: Path) -> Path:
    """Where :func:`write_checkpoint` tells of a ``.safetensors`` file: the same name, ``.json``."""
    return path.with_suffix('.json')


def check_new_file(path: Path) -> None:
    """Checks that a checkpoint can be written to ``path``.

    Raises:
        InputError: the file or its sidecar exists, its folder does not, or its suffix is not one
            of SUFFIXES.
    """
    if path.suffix not in SUFFIXES:
        raise InputError(f'{path} ends in {path.suffix!r}: name it {" or ".join(SUFFIXES)}')
    for file in (path, sidecar_of(path)) if path.suffix == '.safetensors' else (path,):
        if os.path.lexists(file):
            raise InputError(f'{file} exists and is not overwritten: name a new file')
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError(f'{path.parent} is no folder that can be written to: make it first')


def write_checkpoint(
    path: Path,
    state_dict: dict[str, Tensor],
    dataset_meta: dict | None = None,
    provenance: dict | None = None,
) -> None:
    """Writes a checkpoint that this toolbox reads, as the suffix of ``path`` says.

    Args:
        path: a new file, see :func:`check_new_file`.
        state_dict: weights.
        dataset_meta: ``classes`` and RGB ``palette`` of what the model was trained on.
        provenance: plain data on where the weights come from: config, metric, versions, data. It
            goes into ``meta`` of a ``.pth``; beside a ``.safetensors`` it goes into a JSON file of
            the same name, with the classes and the file's own SHA-256, and the part of it named in
            ``SHORT`` also into the file's header.

    Raises:
        InputError: see :func:`check_new_file`.
    """
    check_new_file(path)
    # a slice would take its whole storage along
    state_dict = {name: value.detach().cpu().clone() for name, value in state_dict.items()}
    try:
        with open(path, 'xb') as file:
            if path.suffix == '.safetensors':
                content = _safetensors(state_dict, dataset_meta, provenance)
                file.write(content)
                _write_sidecar(sidecar_of(path), content, dataset_meta, provenance)
            else:
                meta = dict(dataset_meta=dataset_meta) if dataset_meta else {}
                meta |= dict(provenance=provenance) if provenance else {}
                torch.save(dict(meta=meta, state_dict=state_dict), file)
    except (OSError, RuntimeError) as error:  # torch has a type of its own for a full disk
        if not isinstance(error, FileExistsError):
            path.unlink(missing_ok=True)
            if path.suffix == '.safetensors':
                sidecar_of(path).unlink(missing_ok=True)
        reason = str(error).splitlines()[0]
        raise InputError(
            f'{path} cannot be written ({reason}): make room, or name another'
        ) from error


def _write_sidecar(
    path: Path, content: bytes, dataset_meta: dict | None, provenance: dict | None
) -> None:
    known = dict(sha256=hashlib.sha256(content).hexdigest())
    known |= dict(classes=(dataset_meta or {}).get('classes'), **(provenance or {}))
    # what JSON has no type for is told in words, such as a tensor in somebody's config
    text = json.dumps(known, indent=2, default=str) + '\n'
    with open(path, 'x') as file:
        file.write(text)


def _safetensors(
    state_dict: dict[str, Tensor], dataset_meta: dict | None, provenance: dict | None
) -> bytes:
    metadata = {'format': 'pt'}
    if dataset_meta:
        metadata['dataset_meta'] = json.dumps(dataset_meta)
    short = {key: provenance[key] for key in SHORT if key in provenance} if provenance else {}
    if short:
        metadata['provenance'] = json.dumps(short, default=str)
    return _in_order(
        save({name: value.contiguous() for name, value in state_dict.items()}, metadata)
    )


def _in_order(content: bytes) -> bytes:
    """A file's bytes with its metadata sorted: safetensors writes them in another order each time,
    and the same weights should have the same SHA-256.
    """
    end = 8 + int.from_bytes(content[:8], 'little')
    header = json.loads(content[8:end])
    header['__metadata__'] = dict(sorted(header['__metadata__'].items()))
    text = json.dumps(header, separators=(',', ':'), ensure_ascii=False).encode()
    text += b' ' * (-len(text) % 8)  # tensors begin at multiples of 8
    return len(text).to_bytes(8, 'little') + text + content[end:]
