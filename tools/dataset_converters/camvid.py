"""Converts CamVid (SegNet split, JPEG or PNG) to Cityscapes layout."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mmseg_wavemix.cli import run
from mmseg_wavemix.datasets.camvid import convert


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'source',
        type=Path,
        help='folder with train, trainannot, val, valannot, and if wanted test, testannot',
    )
    parser.add_argument('out', type=Path, help='new folder; the CamVid configs expect data/camvid')
    parser.add_argument(
        '--hold-out',
        metavar='DRIVE',
        help='other splits of train and val: this drive (0001TP, 0006R0, 0016E5) is val, and train '
        'all the rest',
    )
    args = parser.parse_args()
    count = convert(args.source, args.out, args.hold_out)
    print(f'{count} frames in Cityscapes layout in {args.out}')


if __name__ == '__main__':
    run(main)
