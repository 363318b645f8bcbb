"""Whether a file is what was written: checksums, and weights that are numbers."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..errors import InputError

FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def damaged_part(path: Path) -> str | None:
    """The first part of a file by torch whose checksum is wrong; torch reads it all the same.

    Files of torch before 1.6 have no checksums: ``None``.

    Raises:
        zipfile.BadZipFile, OSError, ...: it is no archive any more.
    """
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        return archive.testzip()


def check_sidecar(path: Path, sidecar: Path, classes: list[str] | None) -> None:
    """Compares a ``.safetensors`` file with what its sidecar, if there is one, says of it.

    Args:
        path: the file.
        sidecar: may be missing, or be somebody else's JSON.
        classes: those that the file itself names.

    Raises:
        InputError: they differ, or the sidecar cannot be read.
    """
    if not sidecar.is_file():
        return
    try:
        known = json.loads(sidecar.read_text())
    except (OSError, ValueError) as error:
        raise InputError(
            f'{sidecar}, the sidecar of {path}, cannot be read ({error}): restore it, or move it '
            'away'
        ) from error
    if not isinstance(known, dict) or 'sha256' not in known:
        return
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != known['sha256']:
        raise InputError(
            f'checkpoint {path} is damaged, or not the one of its sidecar {sidecar}: its SHA-256 '
            f'is {found[:12]}..., not {str(known["sha256"])[:12]}...'
        )
    if known.get('classes') is not None and known['classes'] != classes:
        raise InputError(
            f'{sidecar} names other classes than checkpoint {path} itself: restore it, or move it '
            'away'
        )


def check_numbers(state_dict: Mapping[str, Tensor], source: str | Path) -> None:
    """Checks that weights are dense and finite.

    torch loads others without a word, and leaves the model's own values where it cannot.

    Raises:
        InputError: one is not.
    """
    for name, value in state_dict.items():
        fault = _fault_of(value)
        if fault:
            raise InputError(f'checkpoint {source} is refused: its weight {name} {fault}')


def _fault_of(value: Tensor) -> str | None:
    if value.is_meta:
        return 'has a shape and no values'
    if value.is_quantized or value.layout != torch.strided:
        return f'is {"quantised" if value.is_quantized else "sparse"}: save it dense'
    if value.dtype not in FLOATS:
        whole = not (value.is_complex() or value.is_floating_point())
        return None if whole else f'is {value.dtype}: save it as float32'
    return None if torch.isfinite(value).all() else 'is not finite: the training had failed'
