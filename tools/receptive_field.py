"""Draws how far one lit pixel is felt after a few blocks: the paper's Figure 2.

All parameters are one, all biases zero, as there. Seconds on two cores.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.cli import run
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.visualization.receptive_field import receptive_fields


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', type=Path, required=True, metavar='F', help='new .png, .svg, .pdf')
    parser.add_argument('--blocks', type=int, nargs='+', default=[1, 2, 4], metavar='N')
    parser.add_argument('--size', type=int, default=160, help='side of the maps, a multiple of 32')
    args = parser.parse_args()
    if min(args.blocks) < 1:
        parser.error(f'--blocks {min(args.blocks)}: 1 or more')
    if args.size < 32 or args.size % 32:
        parser.error(f'--size {args.size}: a multiple of 32, the windows of level 4 on each side')
    if args.out.suffix not in ('.png', '.svg', '.pdf'):
        parser.error(f'--out {args.out}: a .png, .svg or .pdf file')
    return args


def main() -> None:
    args = parse_args()
    if args.out.exists():
        raise InputError(f'{args.out} exists and is not overwritten: name a new file')
    figure, labels = receptive_fields(args.blocks, args.size)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=130)
    for name, by_depth in labels.items():
        print(f'{name:22}', ', '.join(f'after {n}: {felt}' for n, felt in by_depth.items()))
    print(f'written: {args.out}')


if __name__ == '__main__':
    run(main)
