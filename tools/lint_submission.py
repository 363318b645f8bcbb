"""Checks an archive for the Cityscapes benchmark's server before it is sent."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.cli import run
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation import frames_below, lint_submission


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('archive', help='the zip, as tools/test.py --format-submission writes it')
    parser.add_argument(
        '--images',
        metavar='DIR',
        help='leftImg8bit/test or another split: each image must have its prediction; without it, '
        'only the number and the size of the test images are compared',
    )
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    faults = lint_submission(args.archive, frames_below(args.images) if args.images else None)
    if faults:
        raise InputError('\n'.join(faults))
    print(f'{args.archive}: no fault found')


if __name__ == '__main__':
    run(main)
