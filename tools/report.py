"""Writes one page about a finished run, or about two side by side: self-contained HTML.

Configuration, learning curves, official scores, confusion matrix, IoU by object size and by
distance to boundaries, best and worst images, model card. It opens without network.

WORK_DIR is --work-dir of tools/train.py. Predictions are taken from WORK_DIR/predictions, where
`make demo` puts them, or from --predictions; without any, the run's best checkpoint makes them.
The test data of the config are needed.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.cli import ConfigOptions, run
from mmseg_wavemix.inference import usable_device
from mmseg_wavemix.report import check_target, read_run, write_report


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('work_dirs', nargs='+', type=Path, metavar='WORK_DIR', help='one or two')
    parser.add_argument(
        '--out', type=Path, metavar='F.html', help='new file; default: WORK_DIR/report.html'
    )
    parser.add_argument(
        '--predictions',
        nargs='+',
        type=Path,
        metavar='DIR',
        help='label-id PNGs of tools/test.py --out, a folder for each run',
    )
    parser.add_argument(
        '--config', nargs='+', type=Path, metavar='F', help='if WORK_DIR holds several, one a run'
    )
    parser.add_argument('--images', type=int, default=4, metavar='N', help='of each kind shown')
    parser.add_argument('--device', help='to measure speed on; default: cuda if there is a GPU')
    parser.add_argument('--no-speed', action='store_true', help='leave frames a second out')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=ConfigOptions,
        metavar='KEY=VALUE',
        help='for all runs, such as test_dataloader.dataset.data_root=DIR where data have moved',
    )
    add_trust_option(parser)
    args = parser.parse_args()
    count = len(args.work_dirs)
    if count > 2:
        parser.error(f'{count} work directories: give one, or two to compare')
    for option in ('predictions', 'config'):
        given = getattr(args, option)
        if given and len(given) != count:
            parser.error(f'--{option}: {len(given)} given for {count} work directories')
    if args.images < 0:
        parser.error(f'--images {args.images}: 0 or more')
    return args


def main() -> None:
    args = parse_args()
    nothing = [None] * len(args.work_dirs)
    name = (
        'report.html'
        if len(args.work_dirs) == 1
        else f'report-{args.work_dirs[1].resolve().name}.html'
    )
    out = args.out or args.work_dirs[0] / name
    check_target(out)
    runs = [
        read_run(folder, config, predictions, args.cfg_options)
        for folder, config, predictions in zip(
            args.work_dirs, args.config or nothing, args.predictions or nothing
        )
    ]
    device = None if args.no_speed else usable_device(args.device)
    write_report(runs, out, args.images, device)
    print(f'written: {out}')


if __name__ == '__main__':
    run(main)
