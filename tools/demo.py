"""Segments street pictures: files, folders (with all below) and glob patterns.

For each picture three files are written to the folder --out:
  NAME_overlay.png   the picture with its classes' colours and a legend
  NAME_color.png     the colours alone
  NAME_labelIds.png  official Cityscapes label ids, at the size of the picture as it is displayed
NAME is the picture's name without suffix. Where that is not enough to tell pictures apart, the
names of their folders come before it (left/1.png, right/1.png: left_1, right_1) or their suffix
behind it (1.jpg, 1.png: 1_jpg, 1_png). Nothing that exists is overwritten.

A picture that cannot be read is named and passed over; the exit status then is 1.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
from torch import nn
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.cli import run, size_of
from mmseg_wavemix.datasets.cityscapes_layout import write_png
from mmseg_wavemix.datasets.pictures import find_pictures, read_picture, result_names
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation.metric import label_ids_of_classes
from mmseg_wavemix.inference import load_model, segment, segment_tiles
from mmseg_wavemix.visualization import colorize, legend, overlay

KINDS = ('overlay', 'color', 'labelIds')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('inputs', nargs='+', metavar='INPUT', help='picture, folder or pattern')
    parser.add_argument('--config', type=Path, required=True)
    parser.add_argument('--checkpoint', required=True, help='path or URL')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR')
    parser.add_argument('--device', help='default: cuda if there is a GPU, else cpu')
    parser.add_argument(
        '--tile',
        type=size_of,
        metavar='HxW',
        help='segment piece by piece: for pictures too large for memory',
    )
    parser.add_argument('--no-fuse', action='store_true', help='run the model as it was trained')
    parser.add_argument('--opacity', type=float, default=0.5, help='of the colours, 0 to 1')
    add_trust_option(parser)
    args = parser.parse_args()
    if not 0 <= args.opacity <= 1:
        parser.error(f'--opacity {args.opacity}: expected 0 to 1')
    return args


def prepare(out: Path, files: list[Path]) -> None:
    """Makes the folder ``out``, in which none of ``files`` may exist yet."""
    for file in files:
        if os.path.lexists(file):
            raise InputError(f'{file} exists and is not overwritten: give another --out')
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f'--out {out} cannot be made a folder ({error.strerror})') from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise InputError(f'--out {out} is not writable')


def write_results(
    model: nn.Module,
    label_ids: np.ndarray,
    picture: Path,
    files: list[Path],
    opacity: float,
    tile: tuple[int, int] | None,
) -> None:
    """Segments a picture and writes a file of each of KINDS; InputError names what fails."""
    image = read_picture(picture)
    try:
        class_map = segment_tiles(model, image, tile) if tile else segment(model, image)
    except InputError as error:
        raise InputError(f'{picture}: {error}') from error
    classes, palette = model.dataset_meta['classes'], model.dataset_meta['palette']
    blend = overlay(image[..., ::-1], class_map, palette, opacity)
    blend = legend(blend, class_map, classes, palette)
    color = colorize(class_map, palette)
    arrays = (blend[..., ::-1], color[..., ::-1], label_ids[class_map])
    for file, array in zip(files, arrays):
        try:
            write_png(file, array)
        except OSError as error:
            raise InputError(f'{file} cannot be written ({error.strerror})') from error


def main() -> None:
    args = parse_args()
    pictures = find_pictures(args.inputs)
    results = [
        [args.out / f'{name}_{kind}.png' for kind in KINDS] for name in result_names(pictures)
    ]
    prepare(args.out, [file for files in results for file in files])

    model = load_model(args.config, args.checkpoint, args.device, fused=not args.no_fuse)
    label_ids = label_ids_of_classes(model.dataset_meta['classes'])
    failed = 0
    for picture, files in zip(tqdm(pictures, unit='picture', disable=None), results):
        try:
            write_results(model, label_ids, picture, files, args.opacity, args.tile)
        except InputError as error:
            failed += 1
            tqdm.write(f'failed: {error}', file=sys.stderr)
    done = len(pictures) - failed
    print(f'{done} of {len(pictures)} pictures segmented, results in {args.out}')
    if failed:
        raise InputError(f'{failed} of {len(pictures)} pictures failed, see above')


if __name__ == '__main__':
    run(main)
