"""Writes the README's tables of models from configs/metafile.yml and that of configs/mmpretrain."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mmseg_wavemix.cli import run
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.zoo import write_blocks


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--check', action='store_true', help='write nothing, fail if it differs')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    outdated = write_blocks(ROOT, check=args.check)
    if args.check and outdated:
        metafiles = ' and '.join(map(str, outdated))
        raise InputError(f'README.md differs from {metafiles}: run python tools/model_zoo.py')
    print('README.md was written' if outdated else 'README.md is up to date')


if __name__ == '__main__':
    run(main)
