"""Draws pictures, ground truth and predictions side by side: the paper's Figure 4.

The pictures are those of the config's test data. Several models of the same classes stand beside
each other: --against CONFIG CHECKPOINT, any number of times.
"""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.cli import run
from mmseg_wavemix.config import load_config
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import load_model, segment
from mmseg_wavemix.new_file import check_new
from mmseg_wavemix.visualization.figure import figure_path, save_figure
from mmseg_wavemix.visualization.qualitative import qualitative_grid
from mmseg_wavemix.visualization.samples import dataset_samples


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path)
    parser.add_argument('checkpoint', help='path or URL')
    parser.add_argument(
        '--against', nargs=2, action='append', default=[], metavar=('CONFIG', 'CHECKPOINT')
    )
    parser.add_argument(
        '--out', type=figure_path, required=True, metavar='F', help='new .png, .svg, .pdf'
    )
    parser.add_argument('--count', type=int, default=4, help='pictures, evenly spaced')
    parser.add_argument('--only', nargs='+', metavar='NAME', help='those with this in their name')
    parser.add_argument('--errors', action='store_true', help='show the wrong pixels, too')
    parser.add_argument('--device', help='default: cuda if there is a GPU, else cpu')
    add_trust_option(parser)
    args = parser.parse_args()
    if args.count < 1:
        parser.error(f'--count {args.count}: 1 or more')
    return args


def names_of(models: list[tuple[Path, str]]) -> list[str]:
    """The configs' stems, with the checkpoint's where one config comes twice."""
    stems = [config.stem for config, _ in models]
    return [
        stem if stems.count(stem) == 1 else f'{stem}, {Path(checkpoint).stem}'
        for stem, (_, checkpoint) in zip(stems, models)
    ]


def main() -> None:
    args = parse_args()
    check_new(args.out)
    files = [(args.config, args.checkpoint), *((Path(c), k) for c, k in args.against)]
    names = names_of(files)
    if len(set(names)) < len(names):
        raise InputError(f'the same config and checkpoint twice: {", ".join(names)}')
    samples = dataset_samples(load_config(args.config), args.config, args.count, args.only)
    predictions, meta = {}, None
    for name, (config, checkpoint) in zip(names, files):
        model = load_model(config, checkpoint, args.device, fused=True)
        meta = meta or model.dataset_meta
        if tuple(model.dataset_meta['classes']) != tuple(meta['classes']):
            raise InputError(f'{checkpoint} has other classes than {args.checkpoint}')
        shown = tqdm(samples, name, unit='picture', leave=False, disable=None)
        predictions[name] = [segment(model, sample.image) for sample in shown]
    figure = qualitative_grid(
        samples, predictions, meta['classes'], meta['palette'], errors=args.errors
    )
    save_figure(figure, args.out)
    print(f'{len(samples)} pictures, {len(files)} models, written: {args.out}')


if __name__ == '__main__':
    run(main)
