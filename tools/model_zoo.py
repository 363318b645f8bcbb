"""Writes the README's table of models from configs/metafile.yml."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mmseg_wavemix.cli import run
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.zoo import METAFILE, write_block


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--check', action='store_true', help='write nothing, fail if it differs')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    current = write_block(ROOT, check=args.check)
    if args.check and not current:
        raise InputError(f'README.md differs from {METAFILE}: run python tools/model_zoo.py')
    print('README.md is up to date' if current else 'README.md was written')


if __name__ == '__main__':
    run(main)
