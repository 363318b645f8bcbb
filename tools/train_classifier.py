"""Trains a classifier of configs/mmpretrain, as mmpretrain's own tool does, with checks before."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.cli import ConfigOptions, run
from mmseg_wavemix.config import load_config
from mmseg_wavemix.errors import InputError


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=Path)
    parser.add_argument('--work-dir', type=Path, help='default: work_dirs/CONFIG_NAME')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CKPT',
        help='go on from CKPT, or from the newest checkpoint of the work directory',
    )
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument('--download', action='store_true', help='fetch the data that are missing')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, metavar='KEY=VALUE')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    try:
        from mmseg_wavemix.classification.training import train
    except ModuleNotFoundError as error:
        raise InputError(
            f'{sys.executable} has no {error.name}, which classification needs: '
            'make classification, then call this by .venv-mmpretrain/bin/python'
        ) from error
    cfg = load_config(args.config, args.cfg_options)
    cfg.work_dir = str(args.work_dir or cfg.get('work_dir') or Path('work_dirs', args.config.stem))
    train(cfg, args.config, resume=args.resume, amp=args.amp, download=args.download)


if __name__ == '__main__':
    run(main)
