"""Where the shipped model lies, and whether it is whole."""

import hashlib
import json
from pathlib import Path

from ..checkpoints.formats import sidecar_of
from ..checkpoints.model_files import ModelFiles
from ..console import root
from ..errors import InputError

FOLDER = Path(__file__).resolve().parent
CARD = FOLDER / 'card.md'
REMEDY = (
    'install the toolbox again (in a clone: git checkout -- mmseg_wavemix/shipped configs), or '
    'name a model of yours by --config and --checkpoint'
)


def shipped_model(folder: Path = FOLDER) -> ModelFiles:
    """The shipped model, in a clone or an installed package.

    Raises:
        InputError: a file of it is missing, or is not what was shipped.
    """
    found = sorted(folder.glob('*.safetensors'))
    if len(found) != 1:
        count = f'{len(found)} models' if found else 'no model'
        raise InputError(f'{folder} holds {count} instead of the shipped one: {REMEDY}')
    (weights,) = found
    config = root() / 'configs' / f'{weights.stem}.py'
    for file in (config, sidecar_of(weights)):
        if not file.is_file():
            raise InputError(f'{file}, of the shipped model, does not exist: {REMEDY}')
    content = hashlib.sha256(weights.read_bytes()).hexdigest()
    if content != told_by_sidecar(weights).get('sha256'):
        raise InputError(
            f'{weights}, the shipped model, is damaged (its SHA-256 is {content[:12]}...): {REMEDY}'
        )
    return ModelFiles(config, weights)


def told_by_sidecar(weights: Path) -> dict:
    """The JSON beside the weights.

    Raises:
        InputError: it is none.
    """
    try:
        told = json.loads(sidecar_of(weights).read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise InputError(f'{sidecar_of(weights)} is damaged ({error}): {REMEDY}') from error
    if not isinstance(told, dict):
        raise InputError(f'{sidecar_of(weights)} is damaged (no JSON object): {REMEDY}')
    return told


def model_or_shipped(config: Path | None, checkpoint: str | Path | None) -> ModelFiles:
    """The model of a command line: the one that ``--config`` and ``--checkpoint`` name, or the
    shipped one where neither is given.

    Raises:
        InputError: only one of the two is given; see also :func:`shipped_model`.
    """
    if config is None and checkpoint is None:
        return shipped_model()
    if config is None or checkpoint is None:
        given, lacking = ('--config', '--checkpoint')[:: 1 if checkpoint is None else -1]
        raise InputError(
            f'{given} {config or checkpoint} alone is no model: give {lacking} too, or neither of '
            'the two for the shipped model'
        )
    return ModelFiles(config, checkpoint)
