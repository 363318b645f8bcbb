"""The model zoo: the metafile, the numbers of it that can be recomputed, and the README's table.

``configs/metafile.yml`` (OpenMMLab's form, read by MIM through ``model-index.yml``) is the one
truth. Parameters and FLOPs in it are checked against what the configs build, on torch's meta
device: no weights, no memory, no arithmetic.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import torch
import yaml
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from .errors import InputError

METAFILE = Path('configs/metafile.yml')
BEGIN = '<!-- model zoo: from configs/metafile.yml by tools/model_zoo.py, do not edit -->'
END = '<!-- end of the model zoo -->'
SCORES = {'mIoU': 'mIoU', 'top-1': 'Top 1 Accuracy'}  # as the table and as the metafile say it


def build_on_meta(config: Path, num_classes: int | None = None) -> nn.Module:
    """The segmentor of a config, in inference mode and without memory for its weights.

    Args:
        config: a config file.
        num_classes: instead of the config's own.
    """
    cfg = Config.fromfile(config)
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    if num_classes is not None:
        cfg.model.decode_head.num_classes = num_classes
    with torch.device('meta'):
        return MODELS.build(cfg.model).eval()


def count_parameters(model: nn.Module) -> int:
    """Number of learnable values; BatchNorm's statistics and fixed filters are none."""
    return sum(parameter.numel() for parameter in model.parameters())


def count_flops(model: nn.Module, size: Sequence[int]) -> int:
    """Floating-point operations of backbone and head on one picture, in inference.

    Convolutions and matrix products only, two operations a multiply-add, as torch's
    ``FlopCounterMode`` counts; norms, activations, additions and interpolation are left out.

    Args:
        model: a segmentor on the meta device.
        size: height and width of the picture.
    """
    in_channels = next(model.backbone.parameters()).shape[1]
    picture = torch.empty(1, in_channels, *size, device='meta')
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(picture, mode='tensor')
    return counter.get_total_flops()


def training_size(cfg: Config) -> tuple[int, int] | None:
    """Height and width that the training pipeline of a config leaves a picture with; None: its own.

    The last of ``Resize`` and ``RandomCrop`` decides.
    """
    size = None
    for step in cfg.train_dataloader.dataset.pipeline:
        if step.type == 'Resize':
            size = tuple(step.scale[::-1])
        elif step.type == 'RandomCrop':
            size = tuple(step.crop_size)
    return size


def read_metafile(path: Path) -> list[dict]:
    """The entries under ``Models``.

    Raises:
        InputError: the file is missing or no YAML, or an entry lacks what the table needs.
    """
    try:
        models = yaml.safe_load(path.read_text(encoding='utf-8'))['Models']
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise InputError(f'{path} is no metafile with a list Models ({error})') from error
    for model in models:
        missing = {'Name', 'Config', 'Metadata', 'Claimed', 'Results'} - model.keys()
        missing |= {'Input Size', 'Parameters', 'FLOPs'} - model.get('Metadata', {}).keys()
        if missing:
            raise InputError(
                f'{path}: {model.get("Name", model)} has no {", ".join(sorted(missing))}: add it'
            )
    return models


def format_table(models: Sequence[dict]) -> str:
    """Entries of a metafile as Markdown: one table a data set, in the metafile's order.

    The first result of an entry counts, by the first of :data:`SCORES` that it has. Columns
    without any value are left out.
    """
    tables = []
    for dataset in dict.fromkeys(model['Results'][0]['Dataset'] for model in models):
        rows = [model for model in models if model['Results'][0]['Dataset'] == dataset]
        columns = list(zip(*map(_row, rows)))
        score = next(
            name for name, key in SCORES.items() if key in rows[0]['Results'][0]['Metrics']
        )
        titles = ['config', 'input', 'parameters', 'GFLOPs']
        titles += [f'{score}, {kind}' for kind in ('claimed', 'converted', 'measured')] + [
            'weights'
        ]
        columns = [
            (title, '---' if title in ('config', 'weights') else '---:', *cells)
            for title, cells in zip(titles, columns)
            if any(cells)
        ]
        table = '\n'.join('| ' + ' | '.join(line) + ' |' for line in zip(*columns))
        tables.append(f'**{dataset}**\n\n{table}')
    return '\n\n'.join(tables)


def format_notes(models: Sequence[dict]) -> str:
    """The remarks of a metafile, one an entry that has one, as a Markdown list."""
    return '\n'.join(f'* {model["Name"]}: {model["Note"]}' for model in models if 'Note' in model)


def _row(model: dict) -> list[str]:
    facts, metrics = model['Metadata'], model['Results'][0]['Metrics']
    key = next(key for key in SCORES.values() if key in metrics)
    claimed, converted = model['Claimed'].get(key), model.get('Converted', {}).get(key)
    scores = (claimed, converted, metrics[key])
    weights = model.get('Weights')
    return [
        f'[{model["Name"]}]({model["Config"]})' + (' \\*' if 'Note' in model else ''),
        'x'.join(map(str, facts['Input Size'])),
        f'{facts["Parameters"] / 1e6:.2f} M',
        f'{facts["FLOPs"] / 1e9:,.1f}',
        *('' if score is None else str(score) for score in scores),
        f'[download]({weights})' if weights else '',
    ]


def zoo_block(models: Sequence[dict]) -> str:
    """What stands between the markers of the README: the table, folded, and how to read it."""
    return f"""\
<details>
<summary>All {len(models)} models: size, what is claimed, what was measured</summary>

*Claimed* is what the paper or its authors say; *converted* what the authors' own weights score
here, officially and at full size; *measured* what a model trained here scores, in the same way.
*Pending* says that nobody has done it yet. Parameters are for the classes of the data set (19 for
Cityscapes), GFLOPs for one picture at the size that training sees: convolutions and matrix
products, a multiply-add counts as two. \\* has a note below. Where each number comes from stands in
`{METAFILE}`, from which `python tools/model_zoo.py` writes this table.

{format_table(models)}

{format_notes(models)}

</details>
"""


def replace_block(text: str, block: str) -> str:
    """A README with what stands between its two markers replaced.

    Raises:
        InputError: not exactly one pair of markers.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise InputError(f'the README needs the line {BEGIN} once, and after it {END} once')
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    return f'{head}{BEGIN}\n{block}{END}{tail}'


def write_block(root: str | os.PathLike, check: bool = False) -> bool:
    """Bring the README of a repository up to date with its metafile.

    Args:
        root: the repository.
        check: only compare.

    Returns:
        Whether the README was up to date already.

    Raises:
        InputError: see :func:`read_metafile` and :func:`replace_block`.
    """
    readme = Path(root) / 'README.md'
    text = readme.read_text(encoding='utf-8')
    current = replace_block(text, zoo_block(read_metafile(Path(root) / METAFILE)))
    if current != text and not check:
        readme.write_text(current, encoding='utf-8')
    return current == text
