"""Draws in which sub-bands the energy of a picture's features lies, block by block.

Energy is the sum of squares over channels and places, without the mean of each channel. Of natural
pictures most of it lies in the approximation, which has the fewest coefficients.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.cli import run
from mmseg_wavemix.datasets.pictures import read_picture
from mmseg_wavemix.inference import load_model
from mmseg_wavemix.new_file import check_new
from mmseg_wavemix.visualization.figure import figure_path, save_figure
from mmseg_wavemix.visualization.subbands import band_energies, subband_figure


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path)
    parser.add_argument('checkpoint', help='path or URL')
    parser.add_argument('picture', type=Path)
    parser.add_argument(
        '--out', type=figure_path, required=True, metavar='F', help='new .png, .svg, .pdf'
    )
    parser.add_argument('--device', help='default: cuda if there is a GPU, else cpu')
    add_trust_option(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    check_new(args.out)
    image = read_picture(args.picture)
    model = load_model(args.config, args.checkpoint, args.device)
    energies = band_energies(model, image)
    save_figure(subband_figure(image[..., ::-1], energies), args.out)
    shares = 100 * energies.energy / energies.energy.sum(axis=1, keepdims=True)
    print('block', *(f'{name:>6}' for name in energies.names))
    for number, row in enumerate(shares, start=1):
        print(f'{number:5}', *(f'{share:6.2f}' for share in row))
    print(f'energy in percent of the block; written: {args.out}')


if __name__ == '__main__':
    run(main)
