"""Writes synthetic street scenes of all 19 classes in Cityscapes layout."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mmseg_wavemix.cli import run
from mmseg_wavemix.datasets.synthetic import generate_dataset


def _size(text: str) -> tuple[int, int]:
    """Height and width from "HxW"."""
    try:
        rows, columns = (int(part) for part in text.lower().split('x'))
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is not HEIGHTxWIDTH, such as 256x512') from None
    return rows, columns


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='The same seed gives the same bytes. An interrupted run is continued by the same '
        'command; a finished data set is left alone, and nothing else is ever overwritten.',
    )
    parser.add_argument(
        'out', metavar='OUT', type=Path, help='folder to write: new, empty or begun by this command'
    )
    parser.add_argument(
        '--train', metavar='N', type=int, default=160, help='training scenes (default: %(default)s)'
    )
    parser.add_argument(
        '--val', metavar='N', type=int, default=32, help='validation scenes (default: %(default)s)'
    )
    parser.add_argument(
        '--size',
        metavar='HxW',
        type=_size,
        default=(256, 512),
        help='height x width in pixels, 64x128 to 2048x4096 (default: 256x512)',
    )
    parser.add_argument(
        '--seed',
        metavar='S',
        type=int,
        default=0,
        help='seed of the whole set (default: %(default)s)',
    )
    parser.add_argument(
        '--workers', metavar='N', type=int, default=None, help='processes (default: one a core)'
    )
    args = parser.parse_args()
    try:
        generate_dataset(args.out, args.train, args.val, args.size, args.seed, args.workers)
    except OSError as error:
        raise SystemExit(f'error: {error}') from None
    print(f'{args.train} training and {args.val} validation scenes lie in {args.out}')


if __name__ == '__main__':
    run(main)
