"""Measures how time and memory of a config's fused model grow with the picture and the model.

One thing grows at a time, the rest stays as the config says: pixels (256x512 to 2048x4096), depth,
embed_dims, level. Writes a JSON and a plot; the exponents are slopes of straight lines through the
logarithms.
"""

import argparse
import sys
from pathlib import Path

import mmengine

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.benchmark.scaling import AXES, plot, scaling
from mmseg_wavemix.benchmark.steps import DTYPES
from mmseg_wavemix.cli import run
from mmseg_wavemix.inference import usable_device
from mmseg_wavemix.new_file import check_new


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=Path)
    parser.add_argument('--out', type=Path, required=True, metavar='F', help='new file, no suffix')
    parser.add_argument('--axes', nargs='+', choices=AXES, default=list(AXES))
    parser.add_argument('--dtype', choices=DTYPES, default='fp32')
    parser.add_argument('--device', help='default: cuda if there is a GPU, else cpu')
    parser.add_argument('--rounds', type=int, default=5, help='timed steps of each point')
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error(f'--rounds {args.rounds}: 1 or more')
    if not args.out.name:
        parser.error(f'--out {args.out}: a file, its name without suffix')
    return args


def main() -> None:
    args = parse_args()
    files = [args.out.with_name(args.out.name + suffix) for suffix in ('.json', '.png')]
    check_new(*files)
    device = usable_device(args.device)
    result = scaling(args.config, args.axes, (256, 512), device, args.dtype, args.rounds)
    mmengine.dump(result, files[0], indent=1)
    plot(result).savefig(files[1], dpi=130)
    for axis, measured in result['axes'].items():
        exponents = measured['exponent']
        print(
            f'{axis:11} time ^ {exponents["latency_ms"]:.2f}, memory ^ '
            f'{exponents["peak_memory_mb"]:.2f}, operations ^ {exponents["flops"]:.2f}'
        )
    print(f'written: {files[0]}, {files[1]}')


if __name__ == '__main__':
    run(main)
