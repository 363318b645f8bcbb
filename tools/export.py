"""Exports a trained model to ONNX, fused, and checked against PyTorch before it is written.

The graph takes RGB pictures from 0 to 255 as float32 (N, 3, H, W), any N, and gives logits
(N, classes, H, W); class names and colours are in its metadata. Without --size, height and width
may be any multiples of what the model's coarsest level needs.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.cli import run, size_of
from mmseg_wavemix.config import load_config
from mmseg_wavemix.deployment.export import export_onnx
from mmseg_wavemix.deployment.pictures import pictures, score
from mmseg_wavemix.deployment.quantize import quantize
from mmseg_wavemix.deployment.runtimes import RUNTIMES
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import load_model


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path)
    parser.add_argument('checkpoint', help='path or URL')
    parser.add_argument('--out', type=Path, required=True, metavar='F.onnx', help='new file')
    parser.add_argument('--size', type=size_of, metavar='HxW', help='pictures of this size alone')
    parser.add_argument(
        '--int8',
        type=int,
        metavar='N',
        help='compute in 8 bits, by the ranges on N pictures of the training split',
    )
    parser.add_argument(
        '--score', action='store_true', help='official scores of the graph on the test split'
    )
    parser.add_argument(
        '--runtime', choices=RUNTIMES, default='onnxruntime', help='that --score computes it in'
    )
    args = parser.parse_args()
    if args.out.suffix != '.onnx':
        parser.error(f'--out {args.out}: name it .onnx')
    if args.int8 is not None and args.int8 < 1:
        parser.error(f'--int8 {args.int8}: 1 or more pictures')
    return args


def main() -> None:
    args = parse_args()
    if args.out.exists():
        raise InputError(f'{args.out} exists and is not overwritten: name a new file')
    cfg = load_config(args.config)
    for split in ['train'] * bool(args.int8) + ['test'] * args.score:
        next(pictures(cfg, split, args.size))  # what cannot be read later fails before the work
    model = load_model(args.config, args.checkpoint, 'cpu')
    if args.int8 is None:
        difference = export_onnx(model, args.out, args.size)
        print(f'largest difference from PyTorch: {difference:.1e} of the largest logit')
    else:
        calibration = (p for p, _ in pictures(cfg, 'train', args.size, args.int8))
        quantize(model, args.out, args.size, calibration)
    print(f'written: {args.out}, {args.out.stat().st_size / 2**20:.1f} MB')
    if args.score:
        graph = RUNTIMES[args.runtime](args.out)
        scores = score(cfg, list(model.dataset_meta['classes']), graph, args.size)
        print(f'official mIoU of {args.out} on {scores["images"]} pictures: {scores["mIoU"]:.2f}')


if __name__ == '__main__':
    run(main)
