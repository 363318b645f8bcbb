"""Compares models: parameters, operations, time, memory, side by side in one run.

A config stands in it twice: as trained, and fused for inference (NAME+fused). --against puts the
authors' own package (reference) and models of MMSegmentation beside it, these as they are built and
with channels last in memory (NAME+nhwc), as all of ours are. All weights are random: times do not
depend on them.

One contender after the other computes one step, round after round, so that a machine that is busy
slows all of them alike: trust the ratios of one run, not times of different runs.
"""

import argparse
import sys
from pathlib import Path

import mmengine

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.benchmark.compare import compare
from mmseg_wavemix.benchmark.contenders import AGAINST, against, exported, from_config
from mmseg_wavemix.benchmark.options import memory_of
from mmseg_wavemix.benchmark.report import format_table, plot
from mmseg_wavemix.benchmark.steps import DTYPES
from mmseg_wavemix.cli import run, size_of
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import usable_device
from mmseg_wavemix.new_file import new_file


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('configs', nargs='+', type=Path, metavar='CONFIG')
    parser.add_argument('--against', nargs='+', default=[], choices=AGAINST, metavar='MODEL')
    parser.add_argument('--size', type=size_of, default=(256, 512), metavar='HxW')
    parser.add_argument(
        '--batch', nargs='+', type=int, default=[1], metavar='N', help='pictures a step, a row each'
    )
    parser.add_argument('--dtype', nargs='+', default=['fp32'], choices=DTYPES)
    parser.add_argument('--device', help='default: cuda if there is a GPU, else cpu')
    parser.add_argument('--mode', choices=['infer', 'train'], default='infer')
    parser.add_argument('--compile', action='store_true', help='also through torch.compile')
    parser.add_argument('--cuda-graphs', action='store_true', help='also as CUDA graphs')
    parser.add_argument(
        '--runtimes',
        nargs='+',
        default=[],
        choices=['onnxruntime', 'openvino'],
        help='also exported, on a CPU: float32, bfloat16, 8 bits',
    )
    parser.add_argument('--rounds', type=int, default=10, help='timed steps of each')
    parser.add_argument(
        '--memory', type=memory_of, metavar='16GB', help='also: the largest batch that fits'
    )
    parser.add_argument(
        '--json', type=new_file, metavar='F', help='write all figures to this new file'
    )
    parser.add_argument(
        '--plot',
        type=new_file,
        metavar='F',
        help='draw published mIoU against speed: new .png or .svg',
    )
    args = parser.parse_args()
    if min(*args.batch, args.rounds) < 1:
        parser.error('--batch and --rounds: 1 or more')
    if args.plot and args.plot.suffix not in ('.png', '.svg'):
        parser.error(f'--plot {args.plot}: a .png or .svg file')
    return args


def main() -> None:
    args = parse_args()
    device = usable_device(args.device)
    forms = ('plain', 'fused') if args.mode == 'infer' else ('plain',)
    contenders = [one for name in args.against for one in against(name, args.configs[0], args.size)]
    for path in args.configs:
        contenders += from_config(path, args.size, forms)
    if args.runtimes and (args.mode == 'train' or device.type != 'cpu'):
        raise InputError('--runtimes: exported graphs are compared in inference on a CPU')
    paths = args.configs if args.runtimes else []
    graphs = [graph for path in paths for graph in exported(path, args.size, args.runtimes)]
    if args.cuda_graphs and (args.mode == 'train' or device.type != 'cuda'):
        raise InputError('--cuda-graphs: compared in inference on a CUDA device')
    wanted = dict(compiled=args.compile) | {'cuda-graphs': args.cuda_graphs}
    result = compare(
        contenders,
        args.size,
        args.batch,
        device,
        args.dtype,
        args.mode,
        args.rounds,
        ['eager', *(execution for execution, asked in wanted.items() if asked)],
        args.memory,
        graphs,
    )
    print('\n'.join(f'{key}: {value}' for key, value in result['machine'].items()))
    print(f'\n{format_table(result)}')
    if args.json:
        mmengine.dump(result, args.json, file_format='json', indent=1)
    if args.plot:
        figure = plot(result)
        if figure is None:
            print('no plot: fewer than two of these models have a published mIoU')
        else:
            args.plot.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(args.plot, dpi=130)


if __name__ == '__main__':
    run(main)
