"""The models that the page offers, and what it tells of them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import nn

from ..benchmark.contenders import flops_of
from ..checkpoints.loading import read_checkpoint
from ..checkpoints.model_files import ModelFiles
from ..deployment.ready import make_ready
from ..evaluation.label_ids import ids_in_files
from ..inference import load_model
from ..shipped import CARD, largest_side, shipped_model
from ..shipped import facts as facts_of_shipped
from .segmenting import NETWORK_PIXELS

REPOSITORY = Path(__file__).resolve().parents[2]
FLOPS_SIZE = (512, 1024)  # height and width that the card's FLOPs are counted for


class OfferedModel(NamedTuple):
    """A model ready to segment.

    Args:
        name: what the page calls it.
        model: see :func:`mmseg_wavemix.inference.load_model`.
        label_ids: ``(num_classes,)`` uint8: what each class is written as.
        official: whether ``label_ids`` are Cityscapes' or just the classes' numbers.
        facts: lines of the model card; no path of the server.
        network_pixels: of larger pictures it sees so many, see :func:`segment_picture`.
    """

    name: str
    model: nn.Module
    label_ids: np.ndarray
    official: bool
    facts: dict[str, str]
    network_pixels: int = NETWORK_PIXELS

    @property
    def classes(self) -> list[str]:
        """A name for each class."""
        return list(self.model.dataset_meta['classes'])

    @property
    def palette(self) -> list[list[int]]:
        """An RGB colour for each class."""
        return [list(color) for color in self.model.dataset_meta['palette']]


def default_models(root: Path = REPOSITORY) -> list[ModelFiles]:
    """The models there are without being named: the shipped one, and what ``make demo`` made last.

    Raises:
        InputError: the shipped one is damaged.
    """
    runs = sorted(root.glob('work_dirs/demo-*/last.pth'))
    trained = [ModelFiles(root / 'configs/wavemix_64_6_l3_synthetic.py', run) for run in runs[-1:]]
    return [shipped_model(), *trained]


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
    shipped = Path(str(files.checkpoint)).resolve().parent == CARD.parent
    facts = {
        'Config': files.config.name,
        'Checkpoint': Path(str(files.checkpoint)).name,
        'Parameters': f'{parameters / 1e6:.2f} million',
        'Operations': f'{flops_of(model, FLOPS_SIZE) / 1e9:.1f} GFLOPs for '
        f'{FLOPS_SIZE[1]}x{FLOPS_SIZE[0]} pixels, fused for inference',
        'Classes': f'{len(classes)}: {", ".join(classes)}',
        'Label files': 'Cityscapes label ids' if official else 'numbers of the classes, from 0',
        **(facts_of_shipped() if shipped else {}),
        **told_by(read_checkpoint(files.checkpoint)),
    }
    side = largest_side() if shipped else None
    pixels = side * side * 3 // 4 if side else NETWORK_PIXELS  # as a camera's pictures are shaped
    return OfferedModel(name, model, label_ids, official, facts, pixels)


def told_by(checkpoint: dict) -> dict[str, str]:
    """What a checkpoint says of its training; most say a part of it, bare weights nothing."""
    meta = checkpoint.get('meta') or {}
    known = meta.get('provenance') or {}
    versions = known.get('versions') or {}
    known = {**known, **meta}  # handed on, all of it is provenance
    data = str(known.get('trained_on') or '')
    if known.get('data_sha256'):
        data = f'{data}, SHA-256 {known["data_sha256"][:16]}…'.lstrip(', ')
    told = {
        'Trained': ', '.join(
            f'{known[key]} {unit}'
            for key, unit in (('epoch', 'epochs'), ('iter', 'iterations'))
            if key in known
        ),
        'Average of': ', '.join(
            str(one.get('config_name') or one.get('source')) for one in known.get('averaged') or ()
        ),
        'Run': str(known.get('experiment_name', '')),
        'Seed': str(known.get('seed', '')),
        'Saved': str(known.get('time', '')),
        'Training data': data,
        'Versions': ', '.join(
            f'{package} {versions[package]}'
            for package in ('torch', 'onedl-mmsegmentation', 'mmsegmentation', 'mmseg_wavemix')
            if package in versions
        ),
    }
    return {key: value for key, value in told.items() if value} or {
        'Training': 'the checkpoint tells nothing of it'
    }
