"""Draws docs/camvid_unseen_frames.png: what the shipped model makes of two streets it has not seen.

The pictures themselves may not be passed on, so what is drawn is predictions, and the pixels of
the labelled one that are wrong.
"""

import argparse
from pathlib import Path

import numpy as np
from cityscapesscripts.helpers.labels import id2label
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mmseg_wavemix.cli import run
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation.counts import read_ids
from mmseg_wavemix.visualization.figure import class_patches, save_figure, shown

RIGHT, WRONG, VOID = (200, 200, 200), (213, 94, 0), (0, 0, 0)
OUT = Path(__file__).parents[2] / 'camvid_unseen_frames.png'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('truth', type=Path, help="label ids of Cityscapes' frame, 128x256")
    parser.add_argument('small', type=Path, help='predictions of it by tools/test.py --out')
    parser.add_argument('large', type=Path, help='the same, seen at 256x512')
    parser.add_argument('street', type=Path, help='what tools/demo.py wrote, F_labelIds.png')
    args = parser.parse_args()
    for file in vars(args).values():
        if not file.is_file():
            raise InputError(f'{file} does not exist: a picture of label ids is needed')
    return args


def main() -> None:
    args = parse_args()
    labels = read_ids(args.truth)
    ignored = np.array([id2label[i].ignoreInEval for i in range(34)])[labels]
    colors = np.array([id2label[i].color for i in range(34)], np.uint8)
    figure = Figure(figsize=(8.8, 7.4), layout='constrained')
    parts = figure.subplot_mosaic(
        [['small', 'small wrong'], ['large', 'large wrong'], ['street', 'street']],
        height_ratios=(1, 1, 1.6),
    )
    met = set()
    for name, file in (('small', args.small), ('large', args.large)):
        ids = read_ids(file)
        met |= set(np.unique(ids))
        wrong = np.where((ids == labels)[..., None], RIGHT, WRONG)
        parts[name].imshow(colors[ids])
        parts[f'{name} wrong'].imshow(np.where(ignored[..., None], VOID, wrong))
    ids = read_ids(args.street)
    met |= set(np.unique(ids))
    parts['street'].imshow(shown(colors[ids]))
    titles = {
        'small': 'a frame of Cityscapes, seen at 128x256',
        'small wrong': 'wrong there',
        'large': 'seen at 256x512',
        'large wrong': 'wrong there',
        'street': 'a street of another town, as tools/demo.py sees it',
    }
    for name, title in titles.items():
        parts[name].set_title(title, fontsize=10)
        parts[name].set(xticks=[], yticks=[])
    classes, palette = zip(*[(id2label[i].name, id2label[i].color) for i in sorted(met)])
    patches = class_patches(range(len(met)), classes, palette)
    kinds = (('right', RIGHT), ('wrong', WRONG), ('not labelled', VOID))
    patches += [Patch(facecolor=np.array(color) / 255, label=name) for name, color in kinds]
    figure.legend(handles=patches, loc='outside lower center', ncols=7, fontsize=9, frameon=False)
    OUT.unlink(missing_ok=True)
    save_figure(figure, OUT)


if __name__ == '__main__':
    run(main)
