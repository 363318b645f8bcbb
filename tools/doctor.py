"""Checks the installation, and with CONFIG the data, the disk and the memory it needs, before a
long run: one line and one remedy for each fault.

Train ids that the Cityscapes download lacks are made, as tools/train.py does. The exit status is 0
if nothing serious was found, else 1; notes do not count.
"""

import argparse
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def installation() -> ModuleType:
    """The one module that has to work where the package itself cannot be imported."""
    package = importlib.util.find_spec('mmseg_wavemix')  # in a clone or installed; not imported
    file = Path(package.submodule_search_locations[0], 'doctor', 'installation.py')
    spec = importlib.util.spec_from_file_location('wavemix_installation', file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=Path, nargs='?')
    parser.add_argument('--work-dir', type=Path, help='default: work_dirs/CONFIG_NAME')
    parser.add_argument('--no-data', action='store_true', help='do not look at images and labels')
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE')
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    module = installation()
    packages = module.installed()
    faults = module.check_installation(packages)
    names = ['torch', *(['torchvision'] if 'torchvision' in packages else []), 'mmseg_wavemix']
    broken = module.check_imports(names, ROOT)
    faults += broken
    if not broken:
        import torch

        faults += module.check_gpu(
            torch.version.cuda, torch.cuda.is_available(), module.gpu_devices()
        )
        if args.config:
            faults += check(args)
    for fault in faults:
        print(fault)
    serious = sum(fault.serious for fault in faults)
    print(module.summary(faults))
    return 1 if serious else 0


def check(args: argparse.Namespace) -> list:
    """What has to do with the config."""
    from mmengine.config import DictAction

    from mmseg_wavemix.config import load_config
    from mmseg_wavemix.doctor import Fault
    from mmseg_wavemix.doctor.config import check_config
    from mmseg_wavemix.errors import InputError

    options = dict(item.split('=', 1) for item in args.cfg_options or [])
    options = {key: DictAction._parse_iterable(value) for key, value in options.items()}
    try:
        cfg = load_config(args.config, options)
        cfg.work_dir = str(args.work_dir or cfg.get('work_dir') or f'work_dirs/{args.config.stem}')
        return check_config(cfg, args.config, data=not args.no_data)
    except InputError as error:
        what, _, remedy = str(error).rpartition(': ')
        return [Fault(what, remedy)]


if __name__ == '__main__':
    sys.exit(main())
