"""Trains classifiers that differ in one part of the block, as the paper compares them.

  wavelets      Table 13: mother wavelets
  levels        Table 14: one level of the transform alone, 1 to 4
  token-mixers  section 4.6: what may stand in the transform's place
  upsamplers    section 4.6: what may stand in the transposed convolution's place

By default small models on scikit-learn's digits, minutes on two cores. The paper's own:
  --config configs/mmpretrain/wavemix_256_7_l1_cifar10.py   (wavelets)
  --config configs/mmpretrain/wavemix_144_7_l1_cifar10.py   (levels)
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mmseg_wavemix.cli import ConfigOptions, run
from mmseg_wavemix.errors import InputError

NAMES = ('wavelets', 'levels', 'token-mixers', 'upsamplers')
SMALL = ROOT / 'configs/mmpretrain/wavemix_16_4_l1_digits.py'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('sweep', choices=NAMES)
    parser.add_argument('--config', type=Path, default=SMALL, help='a classifier of level 1')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='new folder')
    parser.add_argument('--seeds', type=int, default=1, metavar='N', help='train each N times')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, metavar='KEY=VALUE')
    args = parser.parse_args()
    if args.seeds < 1:
        parser.error(f'--seeds {args.seeds}: 1 or more')
    return args


def main() -> None:
    args = parse_args()
    try:
        from mmseg_wavemix.classification.sweep import check_sweep, format_sweep, sweep
    except ModuleNotFoundError as error:
        raise InputError(
            f'{sys.executable} has no {error.name}, which classification needs: '
            'make classification, then call this by .venv-mmpretrain/bin/python'
        ) from error
    if args.out.exists():
        raise InputError(f'{args.out} exists and is not written over: name a new folder')
    check_sweep(args.sweep, args.config, args.cfg_options)
    args.out.mkdir(parents=True)
    rows = []
    for row in sweep(args.sweep, args.config, args.out, range(args.seeds), args.cfg_options):
        rows.append(row)
        (args.out / 'sweep.json').write_text(json.dumps(rows, indent=1) + '\n')
        (args.out / 'sweep.md').write_text(format_sweep(rows) + '\n')
        print(f'{row["variant"]}: {row["top1"]} %, {row["seconds_per_epoch"]} s per epoch')
    print(f'\n{format_sweep(rows)}')


if __name__ == '__main__':
    run(main)
