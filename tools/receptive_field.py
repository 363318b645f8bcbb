"""Draws how far a pixel reaches after a few blocks: the paper's Figure 2.

  --measure ones      one lit pixel in, all parameters one, all biases zero, as in the paper.
                      SegFormer's layer norms are left out: of equal channels they make zero.
  --measure gradient  the effective receptive field (Luo et al. 2016): the gradient of one pixel
                      with respect to the input at random weights, the mean of 16 draws.

All blocks work at constant resolution, on the features that a stem of stride 4 returns. Networks
such as ResNet and SegFormer halve the resolution between their stages, which widens what they see.

Seconds on two cores by ones, about two minutes by gradients.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.cli import run
from mmseg_wavemix.new_file import check_new
from mmseg_wavemix.visualization.figure import figure_path, save_figure
from mmseg_wavemix.visualization.receptive_field import MEASURES, receptive_fields


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        '--out', type=figure_path, required=True, metavar='F', help='new .png, .svg, .pdf'
    )
    parser.add_argument('--measure', choices=list(MEASURES), default='ones')
    parser.add_argument('--blocks', type=int, nargs='+', default=[1, 2, 4], metavar='N')
    parser.add_argument('--size', type=int, default=160, help='side of the maps, a multiple of 32')
    args = parser.parse_args()
    if min(args.blocks) < 1:
        parser.error(f'--blocks {min(args.blocks)}: 1 or more')
    if args.size < 32 or args.size % 32:
        parser.error(f'--size {args.size}: a multiple of 32, the windows of level 4 on each side')
    return args


def main() -> None:
    args = parse_args()
    check_new(args.out)
    figure, labels = receptive_fields(args.blocks, args.size, args.measure)
    save_figure(figure, args.out)
    for name, by_depth in labels.items():
        print(f'{name:22}', ', '.join(f'after {n}: {felt}' for n, felt in by_depth.items()))
    print(f'written: {args.out}')


if __name__ == '__main__':
    run(main)
