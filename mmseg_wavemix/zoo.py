"""The model zoo: the metafiles, the numbers of them that can be recomputed, the tables of its page.

``configs/metafile.yml`` and, for the classifiers, ``configs/mmpretrain/metafile.yml`` (OpenMMLab's
form, read by MIM through ``model-index.yml``) are the one truth. Parameters and FLOPs in them are
checked against what the configs build, on torch's meta device: no weights, no memory, no
arithmetic.
"""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import yaml
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from .errors import InputError

PAGE = Path('docs/model_zoo.md')
END = '<!-- end of the model zoo -->'
SCORES = {'mIoU': 'mIoU', 'top-1': 'Top 1 Accuracy'}  # as the tables and as the metafiles say it
LEFT = ('config', 'data', 'claimed in', 'weights')  # columns of words, not of numbers


@dataclass(frozen=True)
class Zoo:
    """A metafile and how the page shows it.

    Args:
        metafile: relative to the repository.
        heading: before the table; ``{n}`` is the number of models.
        introduction: how to read the table.
        by_data: a table a data set; otherwise all in one, with columns for data and source.
    """

    metafile: Path
    heading: str
    introduction: str
    by_data: bool

    @property
    def begin(self) -> str:
        """The page's line before the table; :data:`END` comes after it."""
        return f'<!-- model zoo: from {self.metafile} by tools/model_zoo.py, do not edit -->'


SEGMENTATION = Zoo(
    Path('configs/metafile.yml'),
    'All {n} models: size, what is claimed, what was measured',
    """\
*Claimed* is what the paper or its authors say; *converted* what the authors' own weights score
here, officially and at full size; *measured* what a model trained here scores, in the same way.
*Pending* says that nobody has done it yet. Parameters are for the classes of the data set (19 for
Cityscapes), GFLOPs for one picture at the size that training sees: convolutions and matrix
products, a multiply-add counts as two. \\* has a note below. Where each number comes from stands in
`configs/metafile.yml`, from which `python tools/model_zoo.py` writes this table.""",
    by_data=True,
)
CLASSIFICATION = Zoo(
    Path('configs/mmpretrain/metafile.yml'),
    'All {n} classifiers: data, size, what is claimed, what was measured',
    """\
Top-1 accuracy in percent: *claimed* by the paper, *converted* from the authors' own weights,
*measured* with a model trained here; *pending* says that nobody has done it yet. The claims of
Table 5 are marks that were passed. GFLOPs are for one picture of the input size: convolutions and
matrix products, a multiply-add counts as two. \\* has a note below. `python tools/model_zoo.py`
writes this table from `configs/mmpretrain/metafile.yml`.""",
    by_data=False,
)
ZOOS = (SEGMENTATION, CLASSIFICATION)


def build_on_meta(config: Path, num_classes: int | None = None) -> nn.Module:
    """The model of a config, in inference mode and without memory for its weights.

    Args:
        config: a config file; that of a classifier needs mmpretrain.
        num_classes: instead of the config's own; for a segmentor.
    """
    cfg = Config.fromfile(config)
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    if num_classes is not None:
        cfg.model.decode_head.num_classes = num_classes
    with torch.device('meta'):
        return MODELS.build(cfg.model).eval()


def count_parameters(model: nn.Module) -> int:
    """Number of learnable values that inference uses.

    BatchNorm's statistics and fixed filters are none, and auxiliary heads are left out: they train
    the others and are gone afterwards.
    """
    return sum(
        parameter.numel()
        for name, parameter in model.named_parameters()
        if not name.startswith('auxiliary_head.')
    )


def count_flops(model: nn.Module, size: Sequence[int]) -> int:
    """Floating-point operations of backbone, neck and head on one picture, in inference.

    Convolutions and matrix products only, two operations a multiply-add, as torch's
    ``FlopCounterMode`` counts; norms, activations, additions and interpolation are left out.

    Args:
        model: a segmentor or a classifier on the meta device.
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


def format_table(models: Sequence[dict], by_data: bool = True) -> str:
    """Entries of a metafile as Markdown, in the metafile's order.

    The first result of an entry counts, by the first of :data:`SCORES` that it has. Columns
    without any value are left out.

    Args:
        models: what :func:`read_metafile` returns.
        by_data: see :class:`Zoo`.
    """
    if not by_data:
        return _table(models)
    tables = []
    for dataset in dict.fromkeys(model['Results'][0]['Dataset'] for model in models):
        rows = [model for model in models if model['Results'][0]['Dataset'] == dataset]
        tables.append(f'**{dataset}**\n\n{_table(rows, without=("data", "claimed in"))}')
    return '\n\n'.join(tables)


def _table(models: Sequence[dict], without: Collection[str] = ()) -> str:
    rows = [_row(model) for model in models]
    titles = [
        title for title in rows[0] if title not in without and any(row[title] for row in rows)
    ]
    lines = [titles, ['---' if title in LEFT else '---:' for title in titles]]
    lines += [[row[title] for title in titles] for row in rows]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def _row(model: dict) -> dict[str, str]:
    facts, result = model['Metadata'], model['Results'][0]
    score, key = next(item for item in SCORES.items() if item[1] in result['Metrics'])
    claimed = model['Claimed']
    scores = {
        f'{score}, claimed': claimed.get(key),
        'claimed in': claimed.get('Source', '').removeprefix('paper, '),
        f'{score}, converted': model.get('Converted', {}).get(key),
        f'{score}, measured': result['Metrics'][key],
    }
    training = facts.get('Training Data')  # a list where a model begins with another's weights
    origin = f', from {training[0]}' if isinstance(training, list) else ''
    parameters, gflops = facts['Parameters'], facts['FLOPs'] / 1e9
    weights = model.get('Weights')
    if weights and '://' not in weights:  # a file of the repository
        weights = os.path.relpath(weights, PAGE.parent)
    return {
        'config': f'[{model["Name"]}]({os.path.relpath(model["Config"], PAGE.parent)})'
        + (' \\*' if 'Note' in model else ''),
        'data': result['Dataset'] + origin,
        'input': 'x'.join(map(str, facts['Input Size'])),
        'parameters': f'{parameters / 1e6:.2f} M' if parameters >= 1e6 else f'{parameters:,}',
        'GFLOPs': f'{gflops:,.1f}' if gflops >= 1 else f'{gflops:.2g}',
        **{title: '' if value is None else str(value) for title, value in scores.items()},
        'weights': f'[download]({weights})' if weights else '',
    }


def format_notes(models: Sequence[dict]) -> str:
    """The remarks of a metafile, one an entry that has one, as a Markdown list."""
    return '\n'.join(f'* {model["Name"]}: {model["Note"]}' for model in models if 'Note' in model)


def zoo_block(zoo: Zoo, models: Sequence[dict]) -> str:
    """What stands between the markers of the page: the table, and how to read it."""
    return f"""\

## {zoo.heading.format(n=len(models))}

{zoo.introduction}

{format_table(models, zoo.by_data)}

{format_notes(models)}

"""


def replace_block(text: str, zoo: Zoo, block: str) -> str:
    """A page with what stands between the markers of a zoo replaced.

    Raises:
        InputError: not exactly one pair of these markers.
    """
    head, _, rest = text.partition(zoo.begin)
    old, end, tail = rest.partition(END)
    if not end or text.count(zoo.begin) != 1 or any(other.begin in old for other in ZOOS):
        raise InputError(f'{PAGE} needs the line {zoo.begin} once, and after it {END}')
    return f'{head}{zoo.begin}\n{block}{END}{tail}'


def write_blocks(root: str | os.PathLike, check: bool = False) -> list[Path]:
    """Bring the page of a repository's models up to date with its metafiles.

    Args:
        root: the repository.
        check: only compare.

    Returns:
        The metafiles from which the page differed.

    Raises:
        InputError: see :func:`read_metafile` and :func:`replace_block`.
    """
    page = Path(root) / PAGE
    text, outdated = page.read_text(encoding='utf-8'), []
    for zoo in ZOOS:
        block = zoo_block(zoo, read_metafile(Path(root) / zoo.metafile))
        current = replace_block(text, zoo, block)
        if current != text:
            outdated.append(zoo.metafile)
        text = current
    if outdated and not check:
        page.write_text(text, encoding='utf-8')
    return outdated
