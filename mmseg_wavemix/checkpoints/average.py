"""The average of several checkpoints' weights: one model, as fast as each of them."""

from collections.abc import Sequence
from functools import reduce
from pathlib import Path

import torch
from torch import Tensor

from ..errors import InputError
from .convert import Exported, meta_of, plain_meta, provenance_of
from .difference import difference, listed, shapes
from .formats import check_new_file, write_checkpoint
from .half import halved
from .loading import read_checkpoint
from .sources import local_file

# of each that is averaged
TOLD = ('source', 'config_name', 'trained_on', 'data_sha256', 'epoch', 'iter', 'seed', 'time',
        'averaged')  # fmt: skip


def average(sources: Sequence[str | Path], destination: Path, half: bool = False) -> Exported:
    """Averages weights and the statistics of norms, each file counting the same.

    For checkpoints of one training, or of trainings that began from another's weights, as "Model
    soups", Wortsman et al., https://arxiv.org/abs/2203.05482, Section 2, without their choice of
    what goes in. That others make no good model is not looked at: score what comes out.

    Args:
        sources: paths or URLs of checkpoints of one model, two or more.
        destination: new ``.pth`` or ``.safetensors``.
        half: as float16, see :func:`halved`; else in the widest dtype among the files.

    Returns:
        What was written. Of the provenance: what all of them share, the data sets of all, the
        first one's config, and ``averaged``, what each of them is.

    Raises:
        InputError: fewer than two, one of them twice or unreadable, or of another model or other
            classes than the first; ``destination`` cannot be written; float16 does not keep the
            average.
    """
    check_new_file(destination)
    files = [local_file(source).resolve() for source in sources]
    if missing := [source for source, file in zip(sources, files) if not file.exists()]:
        hint = ': nothing matches that pattern' if set('*?[') & set(str(missing[0])) else ''
        raise InputError(f'checkpoint {missing[0]} does not exist{hint}')
    if len(sources) < 2:
        raise InputError(f'{sources[0]} alone has no average: name two checkpoints or more')
    if twice := [source for i, source in enumerate(sources) if files[i] in files[:i]]:
        raise InputError(f'{twice[0]} is named twice, and would count twice: name each once')
    contents = [read_checkpoint(file) for file in files]
    for source, content in zip(sources[1:], contents[1:]):
        _check_weights(sources[0], contents[0]['state_dict'], source, content['state_dict'])
        _check_classes(sources[0], contents[0], source, content)
    metas = [meta_of(content) for content in contents]
    weights = [content['state_dict'] for content in contents]
    mean = {name: _mean([one[name] for one in weights]) for name in weights[0]}
    mean = halved(mean, destination) if half else mean
    parts = [provenance_of(source, meta) for source, meta in zip(sources, metas)]
    provenance = dict(_shared(parts), source=destination.name)
    write_checkpoint(destination, mean, plain_meta(metas[0]), provenance)
    return Exported(len(mean), provenance)


def _check_weights(
    first: str | Path, expected: dict[str, Tensor], source: str | Path, given: dict[str, Tensor]
) -> None:
    faults = difference(shapes(expected), shapes(given))
    if not faults:  # names are the same
        mixed = [name for name, value in expected.items()
                 if value.is_floating_point() != given[name].is_floating_point()]  # fmt: skip
        faults = f'whole numbers in one of them: {listed(mixed)}' if mixed else ''
    if faults:
        raise InputError(
            f'{source} is of another model than {first}, name checkpoints of one: {faults}'
        )


def _check_classes(first: str | Path, expected: dict, source: str | Path, given: dict) -> None:
    known = [(plain_meta(meta_of(one)) or {}).get('classes') for one in (given, expected)]
    if all(known) and known[0] != known[1]:
        told = ', not '.join(', '.join(map(str, classes)) for classes in known)
        raise InputError(
            f'{source} has other classes than {first}: {told}; name checkpoints of one data set'
        )


def _mean(values: Sequence[Tensor]) -> Tensor:
    """Computed in float64; counts, such as of the batches a norm has seen, are the first one's."""
    if not values[0].is_floating_point():
        return values[0]
    widest = reduce(torch.promote_types, [value.dtype for value in values])
    return torch.stack([value.double() for value in values]).mean(0).to(widest)


def _shared(parts: Sequence[dict]) -> dict:
    """What an average's provenance is; seeds and times, for one, are those of its parts."""
    first = parts[0]
    same = {key for key in first if all(part.get(key) == first[key] for part in parts)}
    data = dict.fromkeys(part['trained_on'] for part in parts if part.get('trained_on'))
    told = {key: first[key] for key in first if key in same | {'config', 'config_name'}}
    told |= dict(trained_on=' + '.join(data)) if data else {}
    averaged = [{key: part[key] for key in TOLD if key in part} for part in parts]
    return dict(told, averaged=averaged)
