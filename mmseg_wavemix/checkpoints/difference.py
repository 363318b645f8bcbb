"""How the names and shapes of weights differ, in half a sentence."""

from collections.abc import Mapping, Sequence

import torch

SHOWN = 5


def difference(expected: Mapping[str, torch.Size], given: Mapping[str, torch.Size]) -> str:
    """Names what is missing, unknown, or of another shape; empty if nothing is.

    Args:
        expected: names and shapes that a model has.
        given: those of a file.
    """
    shapes = [
        f'{name} is {tuple(given[name])} instead of {tuple(expected[name])}'
        for name in sorted(expected.keys() & given.keys())
        if given[name] != expected[name]
    ]
    parts = [
        ('missing', sorted(expected.keys() - given.keys())),
        ('unknown', sorted(given.keys() - expected.keys())),
        ('of another shape', shapes),
    ]
    return '; '.join(f'{len(names)} {kind}: {listed(names)}' for kind, names in parts if names)


def listed(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = f' and {len(names) - SHOWN} more' if len(names) > SHOWN else ''
    return ', '.join(names[:SHOWN]) + more


def shapes(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Size]:
    """Name to shape."""
    return {name: value.shape for name, value in weights.items()}
