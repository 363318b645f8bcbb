"""Compares forms of one trained model on the test split: plain, fused, in bfloat16, exported.

For each: the pixels that have the plain model's label, of all pictures and of the worst one; the
largest difference of a logit, as a share of the picture's largest; the official mIoU. On the CPU.
"""

import argparse
import sys
from pathlib import Path

import mmengine

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.benchmark.machine import describe
from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.cli import run
from mmseg_wavemix.config import load_config
from mmseg_wavemix.deployment.agreement import compare_forms, format_forms, torch_graph
from mmseg_wavemix.deployment.runtimes import RUNTIMES
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import load_model, usable_device
from mmseg_wavemix.new_file import new_file

FORMS = {  # the first is what the others are compared with
    'plain, fp32': dict(fused=False, dtype='fp32'),
    'fused, fp32': dict(fused=True, dtype='fp32'),
    'plain, bf16': dict(fused=False, dtype='bf16'),
    'fused, bf16': dict(fused=True, dtype='bf16'),
}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=Path)
    parser.add_argument('checkpoint', help='path or URL')
    parser.add_argument(
        '--graphs', nargs='+', type=Path, default=[], metavar='F.onnx', help='by tools/export.py'
    )
    parser.add_argument(
        '--runtimes', nargs='+', choices=RUNTIMES, default=['onnxruntime'], help='of --graphs'
    )
    parser.add_argument(
        '--json', type=new_file, metavar='F', help='write all figures to this new file'
    )
    add_trust_option(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    for file in args.graphs:
        if not file.is_file():
            raise InputError(f'--graphs {file} does not exist: write it by tools/export.py')
    cfg = load_config(args.config)
    forms = {}
    for name, how in FORMS.items():
        model = load_model(args.config, args.checkpoint, 'cpu', **how)
        forms[name] = torch_graph(model)
    for file in args.graphs:
        forms |= {f'{file.stem}, {runtime}': RUNTIMES[runtime](file) for runtime in args.runtimes}
    rows = compare_forms(cfg, list(model.dataset_meta['classes']), forms)
    print(format_forms(rows))
    if args.json:
        content = dict(machine=describe(usable_device('cpu')), rows=rows)
        mmengine.dump(content, args.json, file_format='json', indent=1)


if __name__ == '__main__':
    run(main)
