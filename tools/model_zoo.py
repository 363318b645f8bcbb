"""Writes the tables of docs/model_zoo.md from the metafiles of configs/ and configs/mmpretrain/."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mmseg_wavemix.cli import run
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.zoo import PAGE, write_blocks


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--check', action='store_true', help='write nothing, fail if it differs')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    outdated = write_blocks(ROOT, check=args.check)
    if args.check and outdated:
        metafiles = ' and '.join(map(str, outdated))
        raise InputError(f'{PAGE} differs from {metafiles}: run python tools/model_zoo.py')
    print(f'{PAGE} was written' if outdated else f'{PAGE} is up to date')


if __name__ == '__main__':
    run(main)
