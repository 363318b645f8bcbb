"""Measures how many images a second the data loader of a config gives: read, decoded, resized,
cropped, flipped, packed, and nothing done with them.

Workers that a training step needs, its images a second given by -i, follow from the rate of one.
Files are read as the system gives them: from memory where they were read before, as in all epochs
but the first if the data set fits.
"""

import argparse
import sys
from pathlib import Path

import mmengine

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.benchmark.input_pipeline import format_result, measure
from mmseg_wavemix.cli import ConfigOptions, run
from mmseg_wavemix.config import load_config
from mmseg_wavemix.new_file import new_file


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path)
    parser.add_argument('--split', choices=['train', 'val', 'test'], default='train')
    parser.add_argument('--workers', nargs='+', type=int, default=[0, 1, 2, 4], metavar='N')
    parser.add_argument('--seconds', type=float, default=10, help='of timing, for each of them')
    parser.add_argument(
        '-i', '--images-per-second', type=float, metavar='X', help='what a training step takes'
    )
    parser.add_argument(
        '--json', type=new_file, metavar='F', help='write all figures to this new file'
    )
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, metavar='KEY=VALUE')
    args = parser.parse_args()
    if min(args.workers) < 0:
        parser.error('--workers: 0 or more each')
    for name in ('seconds', 'images_per_second'):
        value = getattr(args, name)
        if value is not None and not 0 < value < float('inf'):
            parser.error(f'--{name.replace("_", "-")} {value}: more than 0')
    return args


def main() -> None:
    args = parse_args()
    cfg = load_config(args.config, args.cfg_options)
    result = measure(
        cfg, args.config, args.split, args.workers, args.seconds, args.images_per_second
    )
    print('\n'.join(f'{key}: {value}' for key, value in result['machine'].items()))
    print(f'\n{format_result(result)}')
    if args.json:
        mmengine.dump(result, args.json, file_format='json', indent=1)


if __name__ == '__main__':
    run(main)
