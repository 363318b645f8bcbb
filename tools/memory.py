"""Peak memory of one picture, in inference (fused) and in a step of training (AdamW), by config.

Each config at the size that its training sees. Unlike times, bytes do not depend on what else the
machine does.
"""

import argparse
import sys
from pathlib import Path

import mmengine

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.benchmark.machine import describe
from mmseg_wavemix.benchmark.per_picture import format_memory, memory_per_picture
from mmseg_wavemix.cli import run
from mmseg_wavemix.deployment.ready import DTYPES
from mmseg_wavemix.inference import usable_device
from mmseg_wavemix.new_file import new_file


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('configs', nargs='+', type=Path, metavar='CONFIG')
    parser.add_argument('--dtype', default='fp32', choices=DTYPES)
    parser.add_argument('--device', help='default: cuda if there is a GPU, else cpu')
    parser.add_argument('--infer-only', action='store_true', help='without training')
    parser.add_argument(
        '--json', type=new_file, metavar='F', help='write all figures to this new file'
    )
    args = parser.parse_args()
    return args


def main() -> None:
    args = parse_args()
    device = usable_device(args.device)
    rows = []
    for row in memory_per_picture(args.configs, args.dtype, device, not args.infer_only):
        rows.append(row)
        if args.json:  # large ones take a while: what is known is kept
            content = dict(machine=describe(device), rows=rows)
            mmengine.dump(content, args.json, file_format='json', indent=1)
    print(format_memory(rows))


if __name__ == '__main__':
    run(main)
