"""The paper's comparisons inside the block, each a set of classifiers that differ in one part."""

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

from ..config import building, load_config
from ..errors import InputError
from ..zoo import count_parameters
from .training import check_folders, train

# options of the backbone by name of the variant, and the accuracy that the paper claims for it
WAVELETS = {  # Table 13: WaveMix-Lite-256/7 on CIFAR-10
    'db1': 91.15, 'db2': 90.72, 'db3': 89.14, 'db4': 88.0, 'db5': 86.88, 'bior1.3': 90.5,
    'bior1.5': 89.61, 'rbio1.3': 90.14, 'coif1': 89.98, 'coif2': 85.68, 'sym2': 90.24,
    'sym3': 88.87,
}  # fmt: skip
LEVELS = {1: 91.61, 2: 87.39, 3: 78.07, 4: 65.4}  # Table 14: WaveMix-Lite-144/7 on CIFAR-10
SWEEPS: dict[str, dict[str, tuple[dict, float | None]]] = {
    'wavelets': {
        wave: (dict(token_mixer=dict(type='WaveletPyramid', wave=wave)), claimed)
        for wave, claimed in WAVELETS.items()
    },
    'levels': {
        f'level {level}': (dict(level=level, token_mixer=dict(type='SingleHaar')), claimed)
        for level, claimed in LEVELS.items()
    },
    'token-mixers': {  # section 4.6 tells differences alone
        name: (dict(token_mixer=dict(type=name)), None)
        for name in (
            'HaarPyramid', 'LiftingPyramid', 'RandomFilters', 'MaxPooling', 'Fourier',
            'NoTransform',
        )
    },
    'upsamplers': {
        '-'.join(options.values()): (dict(upsampler=options), None)
        for options in (
            dict(type='TransposedConv'),
            dict(type='InverseHaar'),
            dict(type='Interpolation', mode='bilinear'),
            dict(type='Interpolation', mode='nearest'),
            dict(type='PixelShuffle'),
        )
    },
}  # fmt: skip


def check_sweep(name: str, path: Path, options: dict | None = None) -> None:
    """What can be wrong, before anything is written.

    Raises:
        InputError: the config is not of level 1, has channels that some upsamplers do not take,
            cannot be built with every variant, or its data are not there.
    """
    for backbone, _ in SWEEPS[name].values():
        cfg = load_config(path, options)
        init_default_scope(cfg.get('default_scope', 'mmpretrain'))
        if cfg.model.backbone.get('level') != 1:
            raise InputError(f'{path} is of level {cfg.model.backbone.get("level")}: take level 1')
        cfg.model.backbone.update(backbone)
        with building(path), torch.device('meta'):
            MODELS.build(cfg.model)
    check_folders(cfg)


def sweep(
    name: str, path: Path, out: Path, seeds: Sequence[int], options: dict | None = None
) -> Iterator[dict]:
    """Trains every variant of a sweep with every seed.

    Args:
        name: one of :data:`SWEEPS`.
        path: config of a classifier of level 1.
        out: new folder; each run gets a folder of its own in it.
        seeds: of initialisation, order and augmentation.
        options: as ``--cfg-options``.

    Yields:
        After each variant its row: ``variant``, ``claimed`` (by the paper, on its data), ``top1``
        (one a seed, in percent), ``params``, ``seconds_per_epoch`` (median over all steps).
    """
    for variant, (backbone, claimed) in SWEEPS[name].items():
        row = dict(variant=variant, claimed=claimed, top1=[])
        steps: list[float] = []
        for seed in seeds:
            cfg = load_config(path, options)
            # each option whole: what the config says of another type does not fit
            cfg.model.backbone.update(backbone)
            run = f'{name}-{variant.replace(" ", "")}-{seed}'
            cfg.merge_from_dict(dict(randomness=dict(seed=seed), log_level='WARNING'))
            cfg.work_dir, cfg.experiment_name = str(out / run), run
            runner = train(cfg, path)
            accuracy = runner.message_hub.get_scalar('val/accuracy/top1').current()
            row['top1'].append(round(float(accuracy), 2))
            row['params'] = count_parameters(runner.model)
            steps += runner.message_hub.get_scalar('train/time').data[0].tolist()
            batches = len(runner.train_dataloader)
        row['seconds_per_epoch'] = round(statistics.median(steps) * batches, 2)
        yield row


def format_sweep(rows: Sequence[dict]) -> str:
    """Markdown: a row a variant, its accuracy as mean and range over the seeds."""
    lines = ['| variant | top-1, % | range | parameters | s per epoch | claimed on CIFAR-10 |']
    lines.append('|---|' + '---:|' * 5)
    for row in rows:
        low, high = min(row['top1']), max(row['top1'])
        cells = [
            row['variant'],
            f'{np.mean(row["top1"]):.2f}',
            f'{low:.2f} to {high:.2f}',
            f'{row["params"]:,}',
            f'{row["seconds_per_epoch"]:.2f}',
            '' if row['claimed'] is None else f'{row["claimed"]:.2f}',
        ]
        lines.append(f'| {" | ".join(cells)} |')
    return '\n'.join(lines)
