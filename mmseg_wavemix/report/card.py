"""The model card: what is known of a run, by where it was recorded; nothing is guessed."""

import math
from collections.abc import Iterator
from pathlib import Path

from mmseg.registry import DATASETS
from torch.utils.data import Dataset

from ..config import building
from ..engine.sample_fault import leaves
from ..errors import InputError
from ..zoo import count_flops, count_parameters
from .counting import Counted
from .frames import model_on_meta
from .run import Run
from .speed import Speed

UNKNOWN = 'not recorded'
Card = dict[str, dict[str, str]]


def model_card(run: Run, counted: Counted, speed: Speed | None) -> Card:
    """The facts, by heading and name; :data:`UNKNOWN` where nothing tells."""
    provenance = run.meta.get('provenance') or {}
    size = network_size(run, counted.size)
    return {
        'Model': _model(run, size),
        f'Speed and memory here, {size[0]}x{size[1]}': _speed(speed),
        'Training': _training(run),
        'Data': _data(run, counted, provenance),
        'Scores': _protocol(run, counted),
        'Versions of the training': _versions(run, provenance),
    }


def network_size(run: Run, size: tuple[int, int]) -> tuple[int, int]:
    """Height and width that the model sees of a picture: the test pipeline may resize it.

    Args:
        run: with a test pipeline.
        size: of the picture.
    """
    dataset = run.cfg.test_dataloader.dataset
    for step in dataset.get('pipeline') or []:
        if step.type == 'Resize' and 'scale' in step and not step.get('keep_ratio', False):
            size = tuple(step.scale)[::-1]
    return size


def _model(run: Run, size: tuple[int, int]) -> dict[str, str]:
    model, cfg = model_on_meta(run), run.cfg.model
    backbone, head = cfg.get('backbone', {}), cfg.get('decode_head', {})
    widths = {
        name: backbone[name]
        for name in ('embed_dims', 'depth', 'level', 'ff_channels', 'mlp_ratio', 'drop_rate')
        if name in backbone
    }
    stem = backbone.get('stem') or {}
    details = ', '.join(f'{name} {value}' for name, value in widths.items())
    loss = head.get('loss_decode', {})
    return {
        'Backbone': f'{backbone.get("type", UNKNOWN)}{f" ({details})" if details else ""}',
        'Stem': str(stem.get('type', UNKNOWN)) if isinstance(stem, dict) else str(stem),
        'Head': f'{head.get("type", UNKNOWN)}, {model.num_classes} classes',
        'Loss': str(loss.get('type', UNKNOWN)) if isinstance(loss, dict) else 'several',
        'Parameters': f'{count_parameters(model):,}',
        'FLOPs of one picture': (
            f'{count_flops(model, size) / 1e9:,.1f} G at {size[0]}x{size[1]} (convolutions and '
            'matrix products, a multiply-add counts as two)'
        ),
    }


def _speed(speed: Speed | None) -> dict[str, str]:
    if speed is None:
        return {'Frames a second': 'not measured (--no-speed)'}
    return {
        'Frames a second': (
            f'{_three_digits(speed.fps)}, one picture at a time, fused, float32 '
            f'(median of {speed.steps} steps: {_three_digits(speed.milliseconds)} ms)'
        ),
        'Peak memory': f'{speed.memory_mb:,.0f} MB, weights and what torch allocates',
        'Machine': speed.machine,
        'Load of the machine before': _known(speed.load, '{:.1f} processes; a busy one is slower'),
    }


def _training(run: Run) -> dict[str, str]:
    cfg, curves, meta = run.cfg, run.curves, run.meta
    optimizer = (cfg.get('optim_wrapper') or {}).get('optimizer') or {}
    wrapper = (cfg.get('optim_wrapper') or {}).get('type', 'OptimWrapper')
    plan = cfg.get('train_cfg') or {}
    length = plan.get('max_epochs') or plan.get('max_iters')
    unit = 'epochs' if plan.get('max_epochs') else 'iterations'
    best = curves.best('mIoU')
    seed = run.facts.get('seed', meta.get('seed', (cfg.get('randomness') or {}).get('seed')))
    weights = run.checkpoint.name if run.checkpoint else UNKNOWN
    if 'epoch' in meta:
        weights += f', after epoch {meta["epoch"]}'
    begun = cfg.get('load_from') or (cfg.model.get('backbone') or {}).get('init_cfg')
    return {
        'Planned length': f'{length} {unit}' if length else UNKNOWN,
        'Logged': _known(curves.iterations, '{:,} iterations'),
        'Best mIoU while training': (
            f'{best[1]:.2f} at {curves.unit} {best[0]:g}, validation split' if best else UNKNOWN
        ),
        'Optimizer': f'{optimizer.get("type", UNKNOWN)}, lr {optimizer.get("lr", UNKNOWN)}',
        'Precision': _precision(wrapper),
        'Batch': _known((cfg.get('train_dataloader') or {}).get('batch_size'), '{} a process'),
        'Begun from': str(begun) if begun else 'random weights',
        'Seed': _known(seed, '{}'),
        'Time of all training steps': _known(curves.seconds, _duration),
        'Peak memory of training': _known(curves.memory_mb, '{:,.0f} MB'),
        'GPU': next((v for k, v in run.facts.items() if k.startswith('GPU')), _no_gpu(run)),
        'Checkpoint of the run': weights,
    }


def _no_gpu(run: Run) -> str:
    return 'none named in the log' if run.facts else UNKNOWN


def _precision(wrapper: str) -> str:
    known = {'OptimWrapper': 'float32', 'BFloat16OptimWrapper': 'mixed, bfloat16'}
    known['AmpOptimWrapper'] = 'mixed (AMP)'
    return known.get(wrapper, wrapper)


def _known(value: object, form: object) -> str:
    if value is None:
        return UNKNOWN
    return form(value) if callable(form) else form.format(value)


def _three_digits(value: float) -> str:
    return f'{float(f"{value:.3g}"):,g}'


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return f'about {math.ceil(seconds)} s'
    return f'about {minutes:.0f} min' if minutes < 120 else f'about {minutes / 60:.1f} h'


def _data(run: Run, counted: Counted, provenance: dict) -> dict[str, str]:
    height, width = counted.size
    return {
        'Training': _split(run, 'train'),
        'Scored here': f'{_split(run, "test")}; {height}x{width} pixels',
        'SHA-256 of the training data': provenance.get('data_sha256', UNKNOWN),
    }


def _split(run: Run, split: str) -> str:
    """Type, folder and number of pictures; the number only where the data are at hand."""
    loader = run.cfg.get(f'{split}_dataloader') or {}
    config = loader.get('dataset')
    if not config:
        return UNKNOWN
    try:
        with building(run.config):
            parts = list(leaves(DATASETS.build({**config, 'lazy_init': True, 'pipeline': []})))
    except InputError:
        return str(config.get('type', UNKNOWN))
    return '; '.join(_leaf(part) for part in parts)


def _leaf(dataset: Dataset) -> str:
    folder = Path((getattr(dataset, 'data_prefix', None) or {}).get('img_path') or '')
    pictures = len(list(_pictures(folder, dataset.img_suffix))) if folder.is_dir() else UNKNOWN
    return f'{type(dataset).__name__} {folder}, {pictures} images'


def _pictures(folder: Path, suffix: str) -> Iterator[Path]:
    return (path for path in folder.rglob(f'*{suffix}') if path.is_file())


def _protocol(run: Run, counted: Counted) -> dict[str, str]:
    mode = (run.cfg.model.get('test_cfg') or {}).get('mode', 'whole')
    return {
        'Images': str(counted.scores['images']),
        'Code': "cityscapesscripts, by this toolbox's mmseg_wavemix.evaluation",
        'Inference': 'sliding windows' if mode == 'slide' else 'whole picture',
        'Predictions': str(run.predictions) if run.predictions else 'made for this page',
        'Checkpoint tested': run.tested or UNKNOWN,
    }


def _versions(run: Run, provenance: dict) -> dict[str, str]:
    versions = provenance.get('versions') or {
        name: run.facts[name] for name in ('Python', 'PyTorch', 'MMEngine') if name in run.facts
    }
    return versions or {'Packages': UNKNOWN}
