"""The models that the page offers, and what it tells of them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import nn

from ..benchmark.contenders import flops_of
from ..checkpoints.loading import read_checkpoint
from ..deployment.ready import make_ready
from ..errors import InputError
from ..evaluation.label_ids import ids_in_files
from ..inference import load_model

REPOSITORY = Path(__file__).resolve().parents[2]

# A model that the toolbox ships is offered by a line here.
SHIPPED: tuple['ModelFiles', ...] = ()

FLOPS_SIZE = (512, 1024)  # height and width that the card's FLOPs are counted for


class ModelFiles(NamedTuple):
    """A config and a checkpoint that belong together."""

    config: Path
    checkpoint: str | Path


class OfferedModel(NamedTuple):
    """A model ready to segment.

    Args:
        name: what the page calls it.
        model: see :func:`mmseg_wavemix.inference.load_model`.
        label_ids: ``(num_classes,)`` uint8: what each class is written as.
        official: whether ``label_ids`` are Cityscapes' or just the classes' numbers.
        facts: lines of the model card; no path of the server.
    """

    name: str
    model: nn.Module
    label_ids: np.ndarray
    official: bool
    facts: dict[str, str]

    @property
    def classes(self) -> list[str]:
        """A name for each class."""
        return list(self.model.dataset_meta['classes'])

    @property
    def palette(self) -> list[list[int]]:
        """An RGB colour for each class."""
        return [list(color) for color in self.model.dataset_meta['palette']]


def default_models(root: Path = REPOSITORY) -> list[ModelFiles]:
    """The models there are without being named: those shipped, and what ``make demo`` last made.

    Raises:
        InputError: there is none.
    """
    runs = sorted(root.glob('work_dirs/demo-*/last.pth'))
    trained = [ModelFiles(root / 'configs/wavemix_64_6_l3_synthetic.py', run) for run in runs[-1:]]
    if not (SHIPPED or trained):
        raise InputError(
            'no model to offer: give --model CONFIG CHECKPOINT, or train one in minutes by '
            '`make demo`, which is then found by itself'
        )
    return [*SHIPPED, *trained]


def offer(files: list[ModelFiles], device: str | None = None) -> dict[str, OfferedModel]:
    """Loads models, fused, under names that tell them apart.

    Returns:
        By name, in the given order.

    Raises:
        InputError: a config or checkpoint that cannot be used.
    """
    offered: dict[str, OfferedModel] = {}
    for config, checkpoint in files:
        name = Path(config).stem
        while name in offered:
            # the same config trained twice; a third of that name gets a number
            name = f'{Path(config).stem} ({Path(checkpoint).stem}, {len(offered) + 1})'
        offered[name] = _load(name, ModelFiles(Path(config), checkpoint), device)
    return offered


def _load(name: str, files: ModelFiles, device: str | None) -> OfferedModel:
    model = load_model(files.config, files.checkpoint, device)
    parameters = sum(p.numel() for p in model.parameters())
    make_ready(model)
    classes = list(model.dataset_meta['classes'])
    label_ids, official = ids_in_files(classes)
    facts = {
        'Config': files.config.name,
        'Checkpoint': Path(str(files.checkpoint)).name,
        'Parameters': f'{parameters / 1e6:.2f} million',
        'Operations': f'{flops_of(model, FLOPS_SIZE) / 1e9:.1f} GFLOPs for '
        f'{FLOPS_SIZE[1]}x{FLOPS_SIZE[0]} pixels, fused for inference',
        'Classes': f'{len(classes)}: {", ".join(classes)}',
        'Label files': 'Cityscapes label ids' if official else 'numbers of the classes, from 0',
        **told_by(read_checkpoint(files.checkpoint)),
    }
    return OfferedModel(name, model, label_ids, official, facts)


def told_by(checkpoint: dict) -> dict[str, str]:
    """What a checkpoint says of its training; most say a part of it, bare weights nothing."""
    meta = checkpoint.get('meta') or {}
    provenance = meta.get('provenance') or {}
    versions = provenance.get('versions') or {}
    told = {
        'Trained': ', '.join(
            f'{meta[key]} {unit}'
            for key, unit in (('epoch', 'epochs'), ('iter', 'iterations'))
            if key in meta
        ),
        'Run': str(meta.get('experiment_name', '')),
        'Seed': str(meta.get('seed', '')),
        'Saved': str(meta.get('time', '')),
        'Training data': f'SHA-256 {provenance["data_sha256"][:16]}…'
        if provenance.get('data_sha256')
        else '',
        'Versions': ', '.join(
            f'{package} {versions[package]}'
            for package in ('torch', 'onedl-mmsegmentation', 'mmsegmentation', 'mmseg_wavemix')
            if package in versions
        ),
    }
    return {key: value for key, value in told.items() if value} or {
        'Training': 'the checkpoint tells nothing of it'
    }
