"""From a file of the authors, or of a run of this toolbox, to one that can be handed on."""

import re
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from ..config import building, load_config
from ..errors import InputError
from .authors import Converted, from_authors, unwrap
from .difference import difference, shapes
from .formats import check_new_file, write_checkpoint
from .half import halved
from .loading import read_checkpoint, read_content
from .recorded import plain_config, trained_on, without_paths

FROM_META = ('epoch', 'iter', 'seed', 'time', 'experiment_name', 'mmengine_version')


@dataclass(frozen=True)
class Exported:
    """What :func:`export` wrote, or :func:`.average.average`.

    Attributes:
        weights: how many.
        provenance: what is known of them, see :func:`write_checkpoint`.
    """

    weights: int
    provenance: dict


def export(source: str | Path, destination: Path, half: bool = False) -> Exported:
    """Writes the weights of one of this toolbox's checkpoints, without the state of its training.

    Args:
        source: path or URL of a checkpoint of mmengine.
        destination: new ``.pth`` or ``.safetensors``.
        half: as float16, see :func:`halved`.

    Raises:
        InputError: ``source`` cannot be read, ``destination`` cannot be written, or float16 does
            not keep the weights.
    """
    check_new_file(destination)
    content = read_checkpoint(source)
    weights = halved(content['state_dict'], source) if half else content['state_dict']
    meta = meta_of(content)
    provenance = provenance_of(source, meta)
    write_checkpoint(destination, weights, plain_meta(meta), provenance)
    return Exported(len(weights), provenance)


def meta_of(checkpoint: dict) -> dict:
    """What a checkpoint tells of itself; empty in files of others."""
    meta = checkpoint.get('meta')
    return meta if isinstance(meta, dict) else {}


def provenance_of(source: str | Path, meta: dict) -> dict:
    """What a checkpoint's ``meta`` tells of where its weights come from, as data."""
    provenance = dict(source=Path(str(source)).name) | _of_config(meta)
    provenance |= {key: meta[key] for key in FROM_META if key in meta}
    if isinstance(meta.get('provenance'), dict):  # of ProvenanceHook: metric, versions, data
        provenance |= meta['provenance']
    return provenance


def _of_config(meta: dict) -> dict:
    """What a checkpoint tells of the config that trained it, nothing of the machine's folders."""
    told = {}
    if isinstance(meta.get('cfg'), str):
        told['config'] = without_paths(meta['cfg'])
        told['trained_on'] = trained_on(plain_config(meta['cfg']))
    if 'experiment_name' in meta:  # mmengine's: the config's name and the time
        told['config_name'] = re.sub(r'_\d{8}_\d{6}$', '', str(meta['experiment_name']))
    return told


def is_own(source: str | Path) -> bool:
    """Whether a file has this toolbox's names, and is for :func:`export`.

    Raises:
        InputError: it cannot be read.
    """
    return any(str(name).startswith('backbone.') for name in unwrap(read_content(source)))


def plain_meta(meta: dict) -> dict | None:
    """Classes and palette of mmseg's ``dataset_meta``, which holds more, as JSON can say them."""
    dataset_meta, keys = meta.get('dataset_meta'), ('classes', 'palette')
    if not isinstance(dataset_meta, dict) or not all(dataset_meta.get(key) for key in keys):
        return None
    classes, palette = (dataset_meta[key] for key in keys)
    return dict(classes=list(classes), palette=[[int(v) for v in color] for color in palette])


def convert(
    source: str | Path, destination: Path, config: Path | None = None, half: bool = False
) -> Converted:
    """Converts weights of the authors' package and writes them.

    Args:
        source: path or URL of a state dict of the authors' package.
        destination: new ``.pth`` or ``.safetensors``.
        config: if given, what the weights must fit exactly.
        half: as float16, see :func:`halved`.

    Raises:
        InputError: ``source`` cannot be read or is no such model, ``destination`` cannot be
            written, the weights do not fit ``config``, or float16 does not keep them.
    """
    check_new_file(destination)
    cfg = load_config(config).model if config else None
    converted = from_authors(read_content(source), source)
    if cfg is not None:
        _check_fit(converted, source, cfg, config)
    weights = halved(converted.state_dict, source) if half else converted.state_dict
    provenance = dict(
        source=Path(str(source)).name,
        config=Config(dict(model=converted.model)).pretty_text,
        remarks=list(converted.remarks),
    )
    write_checkpoint(destination, weights, converted.dataset_meta, provenance)
    return converted


def _check_fit(converted: Converted, source: str | Path, model: dict, config: Path) -> None:
    """Refuses weights that are not exactly those of a config's model."""
    init_default_scope('mmseg')
    given = shapes(converted.state_dict)
    segmentation = 'decode_head' in model
    if segmentation != (converted.kind == 'segmentation'):
        hint = (
            "initialise its backbone by init_cfg=dict(type='ClassifierWeights', ...)"
            if segmentation
            else 'name a segmentation config'
        )
        raise InputError(f'{source} is for {converted.kind}, config {config} is not: {hint}')
    with building(config), torch.device('meta'):
        if segmentation:
            expected = shapes(MODELS.build(model).state_dict())
        else:  # mmpretrain need not be installed: of its head only the linear layer is looked at
            backbone = shapes(MODELS.build(model.backbone).state_dict())
            expected = {f'backbone.{name}': shape for name, shape in backbone.items()}
            head = torch.Size((model.head.num_classes, model.head.in_channels))
            expected |= {'head.fc.weight': head, 'head.fc.bias': head[:1]}
    faults = difference(expected, given)
    if faults:
        raise InputError(
            f'{source} does not fit config {config} ({converted.remarks[0]}): {faults}'
        )
