"""Averages the weights of checkpoints of one model into a new file: one model, no slower.

For checkpoints of one training, or of trainings that began from another's weights, such as cycles:
it may score better than each, and costs minutes. Averages of models that began differently are
worth nothing; tools/test.py tells.

  python tools/average_checkpoints.py work_dirs/A/epoch_45.pth work_dirs/B/epoch_45.pth \\
      --out average.pth

A .safetensors file gets a .json beside it that tells what was averaged, as convert_checkpoint.py
does; --half writes float16.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.checkpoints.average import average
from mmseg_wavemix.cli import run


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('checkpoints', nargs='+', metavar='CKPT', help='two or more')
    parser.add_argument(
        '--out', type=Path, required=True, metavar='DST', help='new file, .pth or .safetensors'
    )
    parser.add_argument(
        '--half', action='store_true', help="float16; statistics of norms keep the file's dtype"
    )
    add_trust_option(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    exported = average(args.checkpoints, args.out, args.half)
    print(
        f'{exported.weights} weights, the average of {len(args.checkpoints)} checkpoints, written '
        f'to {args.out}, {args.out.stat().st_size / 1e6:.2f} MB'
    )


if __name__ == '__main__':
    run(main)
