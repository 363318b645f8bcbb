"""What is known of the shipped model, by the files beside it."""

import json
from pathlib import Path

from ..checkpoints.recorded import plain_config
from ..config import trained_side
from .files import FOLDER, shipped_model, told_by_sidecar

VAL = 'scores_camvid_val.json'
WEAK = 40  # percent IoU, below which the page names a class


def largest_side(folder: Path = FOLDER) -> int | None:
    """See :func:`mmseg_wavemix.config.trained_side`; None: not recorded."""
    return trained_side(recorded_config(folder))


def recorded_config(folder: Path = FOLDER) -> dict:
    """The config that it was trained by, as the run recorded it: ``configs/`` may have moved on."""
    return plain_config(told_by_sidecar(shipped_model(folder).checkpoint).get('config') or '')


def scores(name: str, folder: Path = FOLDER) -> dict:
    """Scores that ``tools/test.py --json`` wrote, by the name of the file."""
    return json.loads((folder / name).read_text(encoding='utf-8'))


def class_iou(val: dict) -> dict[str, float]:
    """IoU of the classes that the model can predict: all of them occur in CamVid val."""
    return {name: row['IoU'] for name, row in val['classes'].items() if row['IoU'] is not None}


def facts(folder: Path = FOLDER) -> dict[str, str]:
    """Lines for the page's card."""
    val = scores(VAL, folder)
    iou = class_iou(val)
    weak = sorted((name for name in iou if iou[name] < WEAK), key=iou.get)
    return {
        'Trained on': 'CamVid: 367 street frames of 480x360 from three drives through Cambridge',
        'Scores': f'official mIoU {val["mIoU"]:.1f} on the {val["images"]} frames of CamVid val',
        'Weak at': ', '.join(f'{name} {iou[name]:.1f}' for name in weak) + ' (IoU there)',
        'Licence': 'for research use, as CamVid is',
        'Card': 'mmseg_wavemix/shipped/card.md',
    }
