"""Peak memory of one picture, config by config, at the size that each is trained at."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from ..config import load_config
from ..zoo import training_size
from .contenders import from_config
from .memory import peak_memory
from .steps import InferenceStep, TrainingStep, check_dtypes

CITYSCAPES = (1024, 2048)  # height and width of its pictures


def memory_per_picture(
    paths: Sequence[Path], dtype: str, device: torch.device, training: bool = True
) -> Iterator[dict]:
    """Measures one config after the other, so that none lies in memory beside another.

    Args:
        paths: of segmentation configs; those that neither resize nor crop are for Cityscapes.
        dtype: a name of :data:`mmseg_wavemix.deployment.ready.DTYPES`.
        device: where.
        training: measure a step of training, too.

    Yields:
        ``name``, ``params``, ``size`` (height, width), ``dtype``, ``device``, and peaks in MB,
        2**20 bytes each: ``infer_mb`` (fused: weights, picture, features, logits, labels) and
        ``train_mb`` (weights, gradients, AdamW's moments, activations; None if not asked for).
    """
    check_dtypes(device, [dtype])
    for path in paths:
        size = training_size(load_config(path)) or CITYSCAPES
        plain, *others = from_config(path, size, ('plain', 'fused'))
        fused = others[0] if others else plain
        steps = {'infer': (InferenceStep, fused)}
        if training:
            steps['train'] = (TrainingStep, plain)
        peaks = {}
        for kind, (make, contender) in steps.items():
            step = make(contender, size, 1, device, dtype)
            peaks[kind] = round(peak_memory(step, device, step.held) / 2**20)
            del step
        yield dict(
            name=path.stem,
            params=plain.params,
            size=list(size),
            dtype=dtype,
            device=device.type,
            infer_mb=peaks['infer'],
            train_mb=peaks.get('train'),
        )


def format_memory(rows: Sequence[dict]) -> str:
    """Markdown: a line a config."""
    lines = [
        '| config | params | size | inference, MB | training, MB |',
        '|---|---:|---:|---:|---:|',
    ]
    for row in rows:
        size = 'x'.join(map(str, row['size']))
        train = '' if row['train_mb'] is None else f'{row["train_mb"]:,}'
        cells = [row['name'], f'{row["params"] / 1e6:.2f} M', size, f'{row["infer_mb"]:,}', train]
        lines.append(f'| {" | ".join(cells)} |')
    return '\n'.join(lines)
