"""The average of several checkpoints' weights: one model, as fast as each of them."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from ..errors import InputError
from .convert import Exported, plain_meta, provenance_of
from .difference import difference, shapes
from .formats import check_new_file, write_checkpoint
from .half import halved
from .loading import read_checkpoint

TOLD = ('source', 'config_name', 'epoch', 'iter', 'seed', 'time')  # of each that is averaged


def average(sources: Sequence[str | Path], destination: Path, half: bool = False) -> Exported:
    """Averages weights and the statistics of norms, each checkpoint counting the same.

    For checkpoints of one training, or of trainings that began from another's weights: between
    others lies no good model. "Model soups", Wortsman et al., https://arxiv.org/abs/2203.05482,
    Section 3.1, without their choice of what goes in.

    Args:
        sources: paths or URLs of checkpoints of one model, two or more.
        destination: new ``.pth`` or ``.safetensors``.
        half: as float16, see :func:`halved`.

    Returns:
        The first one's provenance, with ``averaged``: what each of them is.

    Raises:
        InputError: fewer than two, one of them twice or unreadable, or of another model or other
            classes than the first; ``destination`` cannot be written; float16 does not keep the
            average.
    """
    check_new_file(destination)
    if len(sources) < 2:
        raise InputError(f'{sources[0]} alone has no average: name two checkpoints or more')
    files = [Path(source).resolve() for source in sources]
    if twice := [source for i, source in enumerate(sources) if files[i] in files[:i]]:
        raise InputError(f'{twice[0]} is named twice: it would count twice')
    contents = [read_checkpoint(source) for source in sources]
    metas = [content.get('meta') or {} for content in contents]
    weights = [content['state_dict'] for content in contents]
    for source, other, meta in zip(sources[1:], weights[1:], metas[1:]):
        if faults := difference(shapes(weights[0]), shapes(other)):
            raise InputError(f'{source} is of another model than {sources[0]}: {faults}')
        classes = [(plain_meta(one) or {}).get('classes') for one in (metas[0], meta)]
        if all(classes) and classes[0] != classes[1]:
            told = ', not '.join(', '.join(names) for names in reversed(classes))
            raise InputError(f'{source} has other classes than {sources[0]}: {told}')
    mean = {name: _mean([one[name] for one in weights]) for name in weights[0]}
    mean = halved(mean, destination) if half else mean
    parts = [provenance_of(source, meta) for source, meta in zip(sources, metas)]
    averaged = [{key: part[key] for key in TOLD if key in part} for part in parts]
    provenance = dict(parts[0], source=destination.name, averaged=averaged)
    write_checkpoint(destination, mean, plain_meta(metas[0]), provenance)
    return Exported(len(mean), provenance)


def _mean(values: Sequence[Tensor]) -> Tensor:
    """Counts, such as of the batches that a norm has seen, are the first one's."""
    if not values[0].is_floating_point():
        return values[0]
    return torch.stack([value.double() for value in values]).mean(0).to(values[0].dtype)
