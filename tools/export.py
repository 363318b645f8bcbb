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
from mmseg_wavemix.deployment.agreement import compare_forms, format_forms, torch_graph
from mmseg_wavemix.deployment.export import export_onnx
from mmseg_wavemix.deployment.pictures import pictures
from mmseg_wavemix.deployment.quantize import quantize
from mmseg_wavemix.deployment.runtimes import RUNTIMES
from mmseg_wavemix.inference import load_model
from mmseg_wavemix.new_file import new_file


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path)
    parser.add_argument('checkpoint', help='path or URL')
    parser.add_argument('--out', type=new_file, required=True, metavar='F.onnx', help='new file')
    parser.add_argument('--size', type=size_of, metavar='HxW', help='pictures of this size alone')
    parser.add_argument(
        '--int8',
        type=int,
        metavar='N',
        help='compute in 8 bits, by the ranges on N pictures of the training split',
    )
    parser.add_argument(
        '--score', action='store_true', help='labels and official scores on the test split'
    )
    parser.add_argument(
        '--runtime', choices=RUNTIMES, help='that --score computes it in; default: onnxruntime'
    )
    parser.add_argument('--no-fuse', action='store_true', help='the model as it was trained')
    args = parser.parse_args()
    if args.out.suffix != '.onnx':
        parser.error(f'--out {args.out}: name it .onnx')
    if args.int8 is not None and args.int8 < 1:
        parser.error(f'--int8 {args.int8}: 1 or more pictures')
    if args.int8 and args.no_fuse:
        parser.error('--no-fuse: 8-bit graphs are made of the fused model')
    if args.runtime and not args.score:
        parser.error(f'--runtime {args.runtime}: computes the scores of --score')
    return args


def main() -> None:
    args = parse_args()
    cfg = load_config(args.config)
    model = load_model(args.config, args.checkpoint, 'cpu')
    sizes = args.size or model.backbone.size_divisor
    for split in ['train'] * bool(args.int8) + ['test'] * args.score:
        next(pictures(cfg, split, sizes))  # what cannot be read later fails before the work
    if args.int8 is None:
        difference = export_onnx(model, args.out, args.size, fused=not args.no_fuse)
        print(f'largest difference from PyTorch: {difference:.1e} of the largest logit')
    else:
        calibration = (p for p, _ in pictures(cfg, 'train', sizes, args.int8))
        quantize(model, args.out, args.size, calibration)
    print(f'written: {args.out}, {args.out.stat().st_size / 2**20:.1f} MB')
    if args.score:
        runtime = args.runtime or 'onnxruntime'
        forms = {'PyTorch': torch_graph(model), runtime: RUNTIMES[runtime](args.out)}
        rows = compare_forms(cfg, list(model.dataset_meta['classes']), forms, sizes)
        print(f'{rows[0]["images"]} pictures of the test split:\n{format_forms(rows)}')


if __name__ == '__main__':
    run(main)
