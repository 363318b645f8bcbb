"""Draws docs/camvid_unseen_frames.png: what the shipped model makes of two streets it has not seen.

The pictures themselves may not be passed on, so what is drawn is predictions, and the pixels of
the labelled one that are wrong. The card has the commands that score that one: with --out DIR they
leave SMALL and LARGE; `python tools/demo.py PICTURE --out DIR` leaves STREET.
"""

import argparse
from pathlib import Path

import numpy as np
from cityscapesscripts.helpers.labels import id2label
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mmseg_wavemix.cli import run
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation.counts import read_ids
from mmseg_wavemix.visualization.figure import class_patches, shown
from mmseg_wavemix.visualization.qualitative import VOID_COLOR, WRONG

RIGHT = (200, 200, 200)
LABELS = [id2label[i] for i in range(34)]
OUT = Path(__file__).parents[2] / 'camvid_unseen_frames.png'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('truth', type=Path, help="label ids of Cityscapes' frame, 128x256")
    parser.add_argument('small', type=Path, help='label ids predicted for it, seen at 128x256')
    parser.add_argument('large', type=Path, help='the same, seen at 256x512')
    parser.add_argument('street', type=Path, help='those of the other one, F_labelIds.png')
    args = parser.parse_args()
    for file in vars(args).values():
        if not file.is_file():
            raise InputError(f'{file} does not exist: a picture of label ids is needed')
    return args


def main() -> None:
    args = parse_args()
    truth, small, large, street = map(read_ids, (args.truth, args.small, args.large, args.street))
    figure = Figure(figsize=(8.8, 7.4), layout='constrained')
    axes = figure.subplot_mosaic(
        [['small', 'small wrong'], ['large', 'large wrong'], ['street', 'street']],
        height_ratios=(1, 1, 1.6),
    )
    colors = np.array([label.color for label in LABELS], np.uint8)
    draw(axes['small'], colors[small], 'a frame of Cityscapes, seen at 128x256')
    draw(axes['small wrong'], judged(small, truth), 'wrong there')
    draw(axes['large'], colors[large], 'seen at 256x512')
    draw(axes['large wrong'], judged(large, truth), 'wrong there')
    draw(
        axes['street'], shown(colors[street]), 'a street of another town, as tools/demo.py sees it'
    )
    met = sorted({*np.unique(small), *np.unique(large), *np.unique(street)})
    patches = class_patches(met, [label.name for label in LABELS], colors)
    for name, color in (('right', RIGHT), ('wrong', WRONG), ('not labelled', VOID_COLOR)):
        patches.append(Patch(facecolor=np.array(color) / 255, label=name))
    figure.legend(handles=patches, loc='outside lower center', ncols=7, fontsize=9, frameon=False)
    figure.savefig(OUT, dpi=130)


def judged(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Colours ``(H, W, 3)`` of what is right, wrong and ignored in label ids ``(H, W)``."""
    ignored = np.array([label.ignoreInEval for label in LABELS])[truth]
    colors = np.where((predicted == truth)[..., None], RIGHT, WRONG)
    return np.where(ignored[..., None], VOID_COLOR, colors)


def draw(axes: Axes, picture: np.ndarray, title: str) -> None:
    axes.imshow(picture)
    axes.set_title(title, fontsize=10)
    axes.set(xticks=[], yticks=[])


if __name__ == '__main__':
    run(main)
