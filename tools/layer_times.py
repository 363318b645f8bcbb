"""Tells where the time of a config's model goes: its operations in turn, each at its rate.

Layers alike in all but the numbers in their names, as those of all blocks, are one line. Products
(convolutions, matrices) stand where they are computed, with the share of the machine's peak rate
that they reach; what else there is, by name. The weights are random: times do not depend on them.

Looking takes time, too, that counts with small models: compare the sum with the step as a whole.
"""

import argparse
import sys
from pathlib import Path

import mmengine

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.benchmark.contenders import from_config
from mmseg_wavemix.benchmark.layers import format_layers, layer_times
from mmseg_wavemix.benchmark.steps import DTYPES
from mmseg_wavemix.cli import run, size_of
from mmseg_wavemix.inference import usable_device
from mmseg_wavemix.new_file import new_file


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path)
    parser.add_argument('--size', type=size_of, default=(256, 512), metavar='HxW')
    parser.add_argument('--batch', type=int, default=1, metavar='N', help='pictures a step')
    parser.add_argument('--no-fuse', action='store_true', help='the model as it was trained')
    parser.add_argument('--dtype', default='fp32', choices=DTYPES)
    parser.add_argument('--device', help='default: cuda if there is a GPU, else cpu')
    parser.add_argument('--rounds', type=int, default=10, help='timed steps')
    parser.add_argument(
        '--json', type=new_file, metavar='F', help='write all figures to this new file'
    )
    args = parser.parse_args()
    if min(args.batch, args.rounds) < 1:
        parser.error('--batch and --rounds: 1 or more')
    return args


def main() -> None:
    args = parse_args()
    device = usable_device(args.device)
    form = 'plain' if args.no_fuse else 'fused'
    [contender] = from_config(args.config, args.size, [form])
    result = layer_times(contender, args.size, args.batch, device, args.dtype, args.rounds)
    print(f'\n{format_layers(result)}')
    if args.json:
        mmengine.dump(result, args.json, file_format='json', indent=1)


if __name__ == '__main__':
    run(main)
