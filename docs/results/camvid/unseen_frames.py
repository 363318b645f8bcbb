"""Draws docs/camvid_unseen_frames.png: what the shipped model makes of two streets it has not seen.

The pictures themselves may not be passed on, so what is drawn is predictions, and the pixels of
the labelled one that are wrong. Arguments: its label ids, the predictions of it at two sizes
(``tools/test.py --out``), and the label ids that ``tools/demo.py`` wrote of the other one.
"""

import sys
from pathlib import Path

import numpy as np
from cityscapesscripts.helpers.labels import id2label
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mmseg_wavemix.evaluation.counts import read_ids
from mmseg_wavemix.visualization.figure import class_patches, save_figure, shown

RIGHT, WRONG, VOID = (200, 200, 200), (213, 94, 0), (0, 0, 0)
OUT = Path(__file__).parents[2] / 'camvid_unseen_frames.png'


def main(truth: str, small: str, large: str, street: str) -> None:
    labels = read_ids(truth)
    ignored = np.array([id2label[i].ignoreInEval for i in range(34)])[labels]
    colors = np.array([id2label[i].color for i in range(34)], np.uint8)
    figure = Figure(figsize=(8.8, 7.4), layout='constrained')
    parts = figure.subplot_mosaic(
        [['small', 'small wrong'], ['large', 'large wrong'], ['street', 'street']],
        height_ratios=(1, 1, 1.6),
    )
    met = set()
    for name, file in (('small', small), ('large', large)):
        ids = read_ids(file)
        met |= set(np.unique(ids))
        wrong = np.where((ids == labels)[..., None], RIGHT, WRONG)
        parts[name].imshow(colors[ids])
        parts[f'{name} wrong'].imshow(np.where(ignored[..., None], VOID, wrong))
    ids = read_ids(street)
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
    main(*sys.argv[1:])
