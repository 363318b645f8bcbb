"""From a file of the authors to one of this toolbox."""

from pathlib import Path

import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from ..config import building, load_config
from ..errors import InputError
from .authors import Converted, from_authors
from .difference import difference, shapes
from .formats import check_new_file, write_checkpoint
from .loading import read_content


def convert(source: str | Path, destination: Path, config: Path | None = None) -> Converted:
    """Converts weights of the authors' package and writes them.

    Args:
        source: path or URL of a state dict of the authors' package.
        destination: new ``.pth`` or ``.safetensors``.
        config: if given, what the weights must fit exactly.

    Raises:
        InputError: ``source`` cannot be read or is no such model, ``destination`` cannot be
            written, or the weights do not fit ``config``.
    """
    check_new_file(destination)
    cfg = load_config(config).model if config else None
    converted = from_authors(read_content(source), source)
    if cfg is not None:
        _check_fit(converted, source, cfg, config)
    write_checkpoint(destination, converted.state_dict, converted.dataset_meta)
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
