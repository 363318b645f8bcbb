"""Table 10 of the paper, measured: classifiers on 224x224 pictures, memory and throughput.

WaveMix of the paper's three sizes, or of CONFIG..., as trained and fused for inference
(NAME+fused), against models of MMPretrain, in training and in inference. All weights are random,
all pictures lie in memory: no data loader is in it.

One contender after the other computes one step, round after round, so that a machine that is busy
slows all of them alike: trust the ratios of one run, not times of different runs. It needs
mmpretrain: `make classification`, then .venv-mmpretrain/bin/python.
"""

import argparse
import sys
from pathlib import Path

import mmengine

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mmseg_wavemix.benchmark.compare import compare
from mmseg_wavemix.benchmark.contenders import from_config
from mmseg_wavemix.benchmark.options import memory_of
from mmseg_wavemix.benchmark.steps import DTYPES
from mmseg_wavemix.cli import run
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import usable_device
from mmseg_wavemix.new_file import new_file


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'configs', nargs='*', type=Path, metavar='CONFIG', help="default: the paper's three"
    )
    parser.add_argument(
        '--against', nargs='*', metavar='MODEL', help='default: all; none: WaveMix alone'
    )
    parser.add_argument('--batch', type=int, default=64, help='default: 64, as in the paper')
    parser.add_argument('--dtype', nargs='+', default=['fp32'], choices=DTYPES)
    parser.add_argument('--device', help='default: cuda if there is a GPU, else cpu')
    parser.add_argument('--mode', choices=['infer', 'train', 'both'], default='both')
    parser.add_argument('--rounds', type=int, default=10, help='timed steps of each')
    parser.add_argument(
        '--memory', type=memory_of, metavar='16GB', help='also: the largest batch that fits'
    )
    parser.add_argument(
        '--json', type=new_file, metavar='F', help='write all figures to this new file'
    )
    args = parser.parse_args()
    if args.batch < 2 or args.rounds < 1:
        parser.error('--batch: 2 or more, norms need it in training; --rounds: 1 or more')
    return args


def main() -> None:
    args = parse_args()
    try:
        from mmseg_wavemix.benchmark.classifiers import (
            PEERS,
            SIZE,
            WAVEMIX,
            format_table,
            peer,
            wavemix,
        )
    except ModuleNotFoundError as error:
        raise InputError(
            f'{sys.executable} has no {error.name}, which classification needs: '
            'make classification, then call this by .venv-mmpretrain/bin/python'
        ) from error
    names = list(PEERS) if args.against is None else args.against
    for unknown in [name for name in names if name not in PEERS]:
        raise InputError(f'--against {unknown}: one of {", ".join(PEERS)}')
    device = usable_device(args.device)
    forms = ('plain',) if args.mode == 'train' else ('plain', 'fused')
    contenders = [one for name in names for one in peer(name)]
    for path in args.configs:
        contenders += from_config(path, SIZE, forms)
    for name in () if args.configs else WAVEMIX:
        contenders += wavemix(name, ROOT / 'configs' / 'mmpretrain', forms)
    result = compare(
        contenders,
        SIZE,
        [args.batch],
        device,
        args.dtype,
        args.mode,
        args.rounds,
        memory=args.memory,
    )
    print('\n'.join(f'{key}: {value}' for key, value in result['machine'].items()))
    print(f'\n{format_table(result)}')
    if args.json:
        mmengine.dump(result, args.json, file_format='json', indent=1)


if __name__ == '__main__':
    run(main)
