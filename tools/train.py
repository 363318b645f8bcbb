"""Trains a model: MMSegmentation's own tool, with checks before the long work starts."""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.cli import ConfigOptions, run
from mmseg_wavemix.config import load_config
from mmseg_wavemix.engine.training import train


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
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, metavar='KEY=VALUE')
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    # torchrun's predecessor passes it instead of setting the variable
    parser.add_argument('--local-rank', '--local_rank', type=int, default=0)
    add_trust_option(parser)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def main() -> None:
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options)
    cfg.work_dir = str(args.work_dir or cfg.get('work_dir') or Path('work_dirs', args.config.stem))
    cfg.launcher = args.launcher
    train(cfg, args.config, resume=args.resume, amp=args.amp)


if __name__ == '__main__':
    run(main)
