"""Trains a model: MMSegmentation's own tool, with checks before the long work starts.

Curves and overlays of four validation pictures: tensorboard --logdir WORK_DIR, and by --wandb and
--mlflow there, too.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.cli import ConfigOptions, run
from mmseg_wavemix.config import load_config
from mmseg_wavemix.engine.trackers import TRACKERS
from mmseg_wavemix.engine.training import train


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
    parser.add_argument(
        '--compile', action='store_true', help="run WaveMix's blocks through torch.compile"
    )
    parser.add_argument(
        '--wandb',
        action='store_true',
        help='follow the run on Weights & Biases (pip install wandb)',
    )
    parser.add_argument(
        '--mlflow',
        action='store_true',
        help='follow it by MLflow (pip install mlflow), on the server that MLFLOW_TRACKING_URI '
        'names, or in mlflow.db beside the work directory',
    )
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
    trackers = [name for name in TRACKERS if getattr(args, name)]
    train(
        cfg,
        args.config,
        resume=args.resume,
        amp=args.amp,
        compiled=args.compile,
        trackers=trackers,
    )


if __name__ == '__main__':
    run(main)
