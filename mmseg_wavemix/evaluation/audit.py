"""Three ways to score the same predictions, side by side.

The authors claim 83.04 on Cityscapes. Their script's score is no IoU; here it is computed beside
the official one, so that a reader sees what stands behind such a number.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from cityscapesscripts.helpers.labels import id2label
from prettytable import PrettyTable

from .counts import NUM_LABELS, read_ids

VOID = 255
BATCH_SIZE = 6  # of the authors' script
SMOOTH = np.float32(1e-6)
SOURCE = 'https://github.com/pranavphoenix/WaveMix/blob/main/Semantic_Segmentation/Cityscapes.py'
TRAIN_IDS = np.array(
    [VOID if id2label[i].ignoreInEval else id2label[i].trainId for i in range(NUM_LABELS)],
    dtype=np.uint8,
)
NUMBERS = (TRAIN_IDS.astype(np.uint16) + 1) % 256  # as the authors' script counts: void is 0
TOTAL = int(NUMBERS.max()) + 1
CLASSES = [label.name for label in sorted(id2label.values(), key=lambda label: label.trainId)
           if not label.ignoreInEval]  # fmt: skip


def bitwise_score(prediction: np.ndarray, labels: np.ndarray) -> float:
    """What the authors' script scores one image with, 0 to 1.

    Class numbers are 0 for void and all labels that Cityscapes does not evaluate, and trainId + 1
    else. The bitwise AND of the predicted and the true class number is summed over all pixels, and
    so is the bitwise OR: ``r = (sum of ANDs + 1e-6) / (sum of ORs + 1e-6)``. Then r is mapped by
    ``ceil(min(max(20 (r - 0.5), 0), 10)) / 10``: 0 up to r = 0.5, and from there up in steps of
    0.05, each rounded up, to 1 above r = 0.95.

    The numbers stand for names, so their bits mean nothing: a car (14) taken for a truck (15) has
    14 of 15 in common, a car taken for a sidewalk (2) 2 of 14. A class weighs by its number and its
    pixels, road (1) least; void is no exception, its pixels count where something is predicted
    on them. There is no average over classes.

    Source: ``iou_pytorch`` of the published script, at commit 6de13d8:
    https://github.com/pranavphoenix/WaveMix/blob/main/Semantic_Segmentation/Cityscapes.py
    Sums are exact here; they are float32 there, and so is the rest in both.

    Args:
        prediction: Label ids, ``(H, W)``.
        labels: Label ids of the ground truth, ``(H, W)``.
    """
    pixels = np.bincount(
        NUMBERS[labels].ravel() * TOTAL + NUMBERS[prediction].ravel(), minlength=TOTAL**2
    )
    true, predicted = np.divmod(np.arange(TOTAL**2), TOTAL)
    sums = np.array([pixels @ (predicted & true), pixels @ (predicted | true)], dtype=np.float32)
    overlap, total = sums + SMOOTH
    steps = np.ceil(np.clip(np.float32(20) * (overlap / total - np.float32(0.5)), 0, 10))
    return int(steps) / 10


def bitwise_average(scores: Sequence[float]) -> float:
    """The script's final number, 0 to 1: the mean over batches of 6 of the mean within each.

    The images of an incomplete last batch therefore weigh more. The order is that of the files'
    names here, and the directory's own there.
    """
    batches = [scores[start : start + BATCH_SIZE] for start in range(0, len(scores), BATCH_SIZE)]
    return float(np.mean([np.mean(batch) for batch in batches]))


def audit(pairs: Iterable[tuple[str, str]]) -> dict:
    """mmseg's IoUMetric and the authors' score, beside which the official scores are to be read.

    Args:
        pairs: ``(prediction, ground truth)`` files, checked by
            :func:`mmseg_wavemix.evaluation.check_folder`; in the order of the batches.

    Returns:
        ``{"IoUMetric": {"mIoU", "classes": {name: IoU}}, "bitwise": score}`` in percent, None
        where nan.
    """
    # Importing it loads the official module, which refuses a wrong CITYSCAPES_EXPORT_DIR.
    from mmseg.evaluation import IoUMetric

    areas, bits = None, []
    for prediction, truth in pairs:
        predicted, labels = read_ids(prediction), read_ids(truth)
        bits.append(bitwise_score(predicted, labels))
        maps = (torch.from_numpy(TRAIN_IDS[ids].astype(np.int64)) for ids in (predicted, labels))
        parts = IoUMetric.intersect_and_union(*maps, len(CLASSES), VOID)
        # mmseg adds in float32, exact up to 2^24 pixels a class: here in 64 bits
        parts = [part.double() for part in parts]
        areas = parts if areas is None else [a + b for a, b in zip(areas, parts)]
    iou = 100 * IoUMetric.total_area_to_metrics(*areas, metrics=['mIoU'])['IoU']
    found = iou[~np.isnan(iou)]
    return {
        'IoUMetric': {
            'mIoU': float(found.mean()) if found.size else None,
            'classes': {
                name: None if np.isnan(value) else float(value)
                for name, value in zip(CLASSES, iou.tolist())
            },
        },
        'bitwise': 100 * bitwise_average(bits),
    }


def format_audit(scores: dict, result: dict) -> str:
    """The three numbers side by side, and why they differ.

    Args:
        scores: The official scores of the same predictions.
        result: What :func:`audit` returned.
    """
    table = PrettyTable(['', 'official', "mmseg's IoUMetric", "authors' script"])
    table.align = 'r'
    table.align[''] = 'l'
    mmseg = result['IoUMetric']
    for name, row in scores['classes'].items():
        table.add_row([name, _cell(row['IoU']), _cell(mmseg['classes'][name]), ''])
    table.add_divider()
    row = [_cell(value) for value in (scores['mIoU'], mmseg['mIoU'], result['bitwise'])]
    table.add_row(['average', *row])
    return (
        f'{table}\nThe first two are the same intersection over union of each class, averaged over '
        'classes; the third is none: the\nscript ANDs and ORs the class numbers of each pixel '
        'bitwise, divides the sums, rounds every image up in steps of a\ntenth (0 up to a ratio of '
        f'0.5, 1 above 0.95) and averages over images.\n{SOURCE}'
    )


def _cell(value: float | None) -> str:
    return '-' if value is None else f'{value:.2f}'
