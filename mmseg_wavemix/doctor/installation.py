"""Versions and combinations of them that are known to fail.

Needs nothing but Python itself: it has to work where nothing else does.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple


class Fault(NamedTuple):
    """Something that is wrong, or, as a note, only worth knowing.

    Attributes:
        what: a sentence without its full stop.
        remedy: what to do.
        serious: whether a run would fail by it.
    """

    what: str
    remedy: str
    serious: bool = True

    def __str__(self) -> str:
        return f'{"fault" if self.serious else "note"}: {self.what}: {self.remedy}'


def summary(faults: Sequence[Fault]) -> str:
    """How many are serious, in words."""
    serious = sum(fault.serious for fault in faults)
    return {0: 'no faults', 1: '1 fault'}.get(serious, f'{serious} faults')


# lowest version, first untested one
RANGES = {
    'torch': ((2, 4), (2, 14)),
    'numpy': ((1, 26), None),
    'pillow': ((10, 1), None),
    'cityscapesscripts': ((2, 2, 2), None),
    'safetensors': ((0, 4), None),
    'prettytable': (None, None),
    'tensorboard': (None, None),
    'tqdm': (None, None),
    'matplotlib': (None, None),
}
# OpenMMLab's packages, in two families that share their import names
FAMILIES = {
    'onedl-': dict(mmengine=((0, 10, 12), (0, 11)), mmcv=((2, 3, 6), (2, 4)),
                   mmsegmentation=((1, 4, 2), (1, 5))),
    '': dict(mmengine=((0, 10), (0, 11)), mmcv=((2, 0), (2, 2)),
             mmsegmentation=((1, 2), (1, 3))),
}  # fmt: skip
OPENCV = ('opencv-python', 'opencv-python-headless', 'opencv-contrib-python',
          'opencv-contrib-python-headless')  # fmt: skip


def installed() -> dict[str, str]:
    """Names, in lower case, and versions of the packages that Python finds."""
    found = ((d.metadata['Name'], d.version) for d in metadata.distributions())
    return {name.lower().replace('_', '-'): version for name, version in found if name and version}


def check_installation(
    packages: dict[str, str], python: tuple[int, ...] = sys.version_info[:2]
) -> list[Fault]:
    """What is wrong with a set of installed packages.

    Args:
        packages: see :func:`installed`.
        python: version of the interpreter.
    """
    faults = []
    if not (3, 10) <= python < (3, 13):
        faults.append(
            Fault(
                f'Python {".".join(map(str, python))} is not one of 3.10 to 3.12',
                'make PYTHON=python3.12 environment',
            )
        )
    for name, (low, high) in RANGES.items():
        faults += _range(packages, name, low, high)
    faults += _openmmlab(packages)
    opencv = [name for name in OPENCV if name in packages]
    if not opencv:
        faults.append(Fault('OpenCV is not installed', 'pip install opencv-python'))
    elif len(opencv) > 1:
        faults.append(
            Fault(
                f'{" and ".join(opencv)} write over each other',
                f'pip uninstall {" ".join(opencv[1:])}, then pip install --force-reinstall '
                f'--no-deps {opencv[0]}',
            )
        )
    if 'pytorch-wavelets' in packages and _version(packages.get('setuptools', '0')) >= (81,):
        faults.append(
            Fault(
                f'setuptools {packages["setuptools"]} has no pkg_resources, which '
                'pytorch-wavelets imports; only WaveletPyramid and InverseWavelet need it',
                'pip install "setuptools<81"',
                serious=False,
            )
        )
    if _version(packages.get('pillow', '0')) >= (13,):
        faults.append(
            Fault(
                f"cityscapesscripts' own json2instanceImg fails under pillow {packages['pillow']}; "
                'this toolbox does without',
                'nothing, or pip install "pillow<13" to call it',
                serious=False,
            )
        )
    return faults


def check_imports(names: Sequence[str], path: Path) -> list[Fault]:
    """Imports packages one after the other in another Python, which may die of it.

    Args:
        names: what to import.
        path: folder that Python looks into first.
    """
    for name in names:
        code = f'import sys; sys.path.insert(0, {str(path)!r}); import {name}'
        done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f'Python ended with {done.returncode}']
            remedy = 'mend the faults above this line, or make a new environment'
            if name == 'torchvision':
                remedy = 'pip uninstall torchvision, which segmentation does not need'
            return [Fault(f'{name} cannot be imported ({lines[-1]})', remedy)]
    return []


def check_gpu(torch_cuda: str | None, usable: bool, devices: list[str]) -> list[Fault]:
    """A GPU that torch does not use.

    Args:
        torch_cuda: CUDA version that torch was built for; ``None`` for a CPU build.
        usable: ``torch.cuda.is_available()``.
        devices: see :func:`gpu_devices`.
    """
    if usable or not devices:
        return []
    if torch_cuda is None:
        return [
            Fault(
                f'there is a GPU ({devices[0]}) and torch is built for the CPU alone',
                'install the CUDA build, as pytorch.org tells',
            )
        ]
    return [
        Fault(
            f'there is a GPU ({devices[0]}) and torch, built for CUDA {torch_cuda}, cannot use it',
            'look at nvidia-smi: the driver may be too old for it, or CUDA_VISIBLE_DEVICES empty',
        )
    ]


def gpu_devices(proc: Path = Path('/proc/driver/nvidia/gpus')) -> list[str]:
    """NVIDIA GPUs that the driver knows, whatever torch is; by name where it tells."""
    if not proc.is_dir():
        return ['nvidia-smi is there'] if shutil.which('nvidia-smi') else []
    texts = [(gpu / 'information').read_text(errors='replace') for gpu in sorted(proc.iterdir())
             if (gpu / 'information').is_file()]  # fmt: skip
    names = [re.search(r'Model:\s*(.+)', text) for text in texts]
    return [name[1].strip() if name else 'NVIDIA' for name in names]


def _openmmlab(packages: dict[str, str]) -> list[Fault]:
    lite = {name.removesuffix('-lite'): name for name in packages}
    sets = {
        prefix: [name for name in names if f'{prefix}{name}' in lite]
        for prefix, names in FAMILIES.items()
    }
    both = sorted(set(sets['onedl-']) & set(sets['']))
    if both:
        names = ' '.join(lite[name] for name in both)
        onedl = ' '.join(lite[f'onedl-{name}'] for name in both)
        return [
            Fault(
                f'{names} and their continuation {onedl} lie over each other',
                f'pip uninstall -y {names} {onedl}, then pip install {onedl}',
            )
        ]
    if sets['onedl-'] and sets['']:
        parts = [lite[f'{prefix}{name}'] for prefix, names in sets.items() for name in names]
        return [
            Fault(
                f'{", ".join(parts)} are of two families that were never tried together',
                'pip install onedl-mmengine onedl-mmcv onedl-mmsegmentation, and uninstall the '
                'others first',
            )
        ]
    prefix = '' if sets[''] else 'onedl-'
    faults = []
    for name, (low, high) in FAMILIES[prefix].items():
        faults += _range(packages, lite.get(f'{prefix}{name}', f'{prefix}{name}'), low, high)
    return faults


def _range(
    packages: dict[str, str], name: str, low: tuple[int, ...] | None, high: tuple[int, ...] | None
) -> list[Fault]:
    bounds = [f'{sign}{".".join(map(str, bound))}' for sign, bound in (('>=', low), ('<', high))
              if bound]  # fmt: skip
    remedy = f'pip install "{name}{",".join(bounds)}"'
    if name not in packages:
        return [Fault(f'{name} is not installed', remedy)]
    version = _version(packages[name])
    if (low and version < low) or (high and version >= high):
        what = f'{name} {packages[name]} is not {" and ".join(bounds)}, which was tried'
        return [Fault(what, remedy)]
    return []


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r'\d+', text.split('+')[0])[:3])
