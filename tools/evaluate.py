"""Official Cityscapes scores of a folder of label-id PNGs, from any model."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.cli import run
from mmseg_wavemix.evaluation import (
    audit,
    bootstrap,
    check_folders,
    count_files,
    format_audit,
    format_bootstrap,
    format_scores,
    official_scores,
    save_scores,
)
from mmseg_wavemix.new_file import new_file


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pred_dir', help='label-id PNGs, <city>_<sequence>_<frame>*.png')
    parser.add_argument('gt_dir', help='gtFine/val (or another split), gtFine, or the data root')
    parser.add_argument(
        '--json', type=new_file, metavar='F', help='also write the scores to this new file'
    )
    parser.add_argument(
        '--bootstrap', type=int, metavar='N', help='95 %% intervals over images, by N resamples'
    )
    parser.add_argument(
        '--against',
        metavar='OTHER_PRED',
        help="another model's predictions: the paired difference and its interval "
        '(1000 resamples, if --bootstrap does not say otherwise)',
    )
    parser.add_argument('--seed', type=int, default=0, help='of the resamples (0)')
    parser.add_argument(
        '--audit',
        action='store_true',
        help="print mmseg's IoUMetric and the score of the authors' script beside the official one",
    )
    args = parser.parse_args()
    if args.bootstrap is None and args.against:
        args.bootstrap = 1000
    if args.bootstrap is not None and args.bootstrap < 1:
        parser.error(f'--bootstrap {args.bootstrap}: draw 1 resample or more, better 1000')
    if args.seed < 0:
        parser.error(f'--seed {args.seed}: 0 or more')
    return args


def main() -> None:
    args = parse_args()
    folders = [args.pred_dir] + [args.against] * (args.against is not None)
    pairs = check_folders(folders, args.gt_dir)
    scores = official_scores(pairs[0])
    print(format_scores(scores))
    result = dict(scores)
    if args.bootstrap:
        counted = [[(truth, count_files(file, truth)) for file, truth in part] for part in pairs]
        result['bootstrap'] = bootstrap(counted[0], args.bootstrap, args.seed, *counted[1:])
        print(format_bootstrap(scores, result['bootstrap']))
    if args.audit:
        result['audit'] = audit(pairs[0])
        print(format_audit(scores, result['audit']))
    if args.json:
        save_scores(result, args.json)


if __name__ == '__main__':
    run(main)
