"""Official Cityscapes scores of a folder of label-id PNGs, from any model."""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.cli import run
from mmseg_wavemix.evaluation import check_folder, format_scores, official_scores, save_scores


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pred_dir', help='label-id PNGs, <city>_<sequence>_<frame>*.png')
    parser.add_argument('gt_dir', help='gtFine/val (or another split), gtFine, or the data root')
    parser.add_argument('--json', metavar='F', help='also write the scores to this new file')
    args = parser.parse_args()
    if args.json and os.path.lexists(args.json):
        parser.error(f'{args.json} exists and is not overwritten: name a new file')
    return args


def main() -> None:
    args = parse_args()
    scores = official_scores(check_folder(args.pred_dir, args.gt_dir))
    print(format_scores(scores))
    if args.json:
        save_scores(scores, args.json)


if __name__ == '__main__':
    run(main)
