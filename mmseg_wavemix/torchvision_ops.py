"""Torchvision beside a torch that its compiled part was not built for."""

import importlib.util
import sys
from pathlib import Path

import torch

OPERATORS = ('nms', 'qnms')  # whose shapes torchvision describes to torch while it is imported

_declared: list[torch.library.Library] = []  # a declaration lives as long as its library


def declare_torchvision_operators() -> bool:
    """Lets torchvision be imported where torch cannot load its compiled operators.

    PyPI's torchvision for Linux is built for CUDA. Beside a CPU build of torch its extension does
    not load, and the import then fails with ``operator torchvision::nms does not exist``. Declared
    by name alone, the operators still cannot be called, which nothing here does: transforms and
    data sets are Python.

    It has to come before mmseg is imported, too: where mmpretrain is installed, onedl's mmseg
    imports it, and with it torchvision.

    Where the extension loads, where torchvision is imported already, and where it is not installed,
    nothing is done.

    Returns:
        Whether the operators were declared now.
    """
    if 'torchvision' in sys.modules or _declared or _extension_loads():
        return False
    library = torch.library.Library('torchvision', 'DEF')
    for name in OPERATORS:
        library.define(f'{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    _declared.append(library)
    return True


def _extension_loads() -> bool:
    spec = importlib.util.find_spec('torchvision')  # does not import it
    if spec is None or spec.submodule_search_locations is None:
        return True  # the import itself will say so
    for folder in spec.submodule_search_locations:
        for extension in sorted(Path(folder).glob('_C.*')):
            try:
                torch.ops.load_library(extension)
            except OSError:
                continue
            return True
    return False
