"""Tests a checkpoint: predicts, prints the official Cityscapes table, writes the scores.

Sliding windows: --cfg-options model.test_cfg.mode=slide model.test_cfg.crop_size=512,1024
model.test_cfg.stride=384,768
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.cli import ConfigOptions, run
from mmseg_wavemix.config import load_config
from mmseg_wavemix.deployment.ready import add_inference_options
from mmseg_wavemix.engine.testing import test


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path)
    parser.add_argument('checkpoint', help='path or URL')
    parser.add_argument('--work-dir', type=Path, help='for logs; default: work_dirs/CONFIG/test')
    parser.add_argument('--out', type=Path, metavar='DIR', help='keep label-id PNGs here')
    parser.add_argument('--json', type=Path, metavar='F', help='write the scores here')
    parser.add_argument(
        '--show-dir', type=Path, metavar='DIR', help='draw ground truth beside prediction here'
    )
    parser.add_argument(
        '--at-network-size',
        action='store_true',
        help="score at the config's network_size, as the paper does, instead of at full size",
    )
    parser.add_argument(
        '--format-submission',
        type=Path,
        metavar='ZIP',
        help="write an archive for the benchmark's server here, instead of scores; no ground truth "
        'needed; the test split is named by '
        '--cfg-options test_dataloader.dataset.data_prefix.img_path=leftImg8bit/test',
    )
    add_inference_options(parser)
    parser.add_argument('--tta', action='store_true', help='average over flips and scales')
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, metavar='KEY=VALUE')
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    parser.add_argument('--local-rank', '--local_rank', type=int, default=0)
    add_trust_option(parser)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def main() -> None:
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options)
    cfg.work_dir = str(args.work_dir or Path('work_dirs', args.config.stem, 'test'))
    cfg.launcher = args.launcher
    test(
        cfg,
        args.config,
        args.checkpoint,
        out=args.out,
        json_file=args.json,
        show_dir=args.show_dir,
        tta=args.tta,
        at_network_size=args.at_network_size,
        format_submission=args.format_submission,
        fused=not args.no_fuse,
        dtype=args.dtype,
        execution=args.execution,
    )


if __name__ == '__main__':
    run(main)
