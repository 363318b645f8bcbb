"""Pictures of the best and the worst frames: picture, truth, prediction, errors."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from cityscapesscripts.helpers.labels import id2label
from PIL import Image

from ..datasets.pictures import read_picture
from ..evaluation.counts import NUM_LABELS, read_ids
from ..visualization import overlay
from ..visualization.qualitative import WRONG
from .boundaries import VOID
from .counting import Counted
from .frames import Frame

WIDTH = 480  # pixels of a thumbnail, at most
QUALITY = 82
OPACITY = 0.55
PALETTE = [id2label[i].color for i in range(NUM_LABELS)]
NOT_SCORED = (150, 158, 170)


@dataclass(frozen=True)
class Shown:
    """A frame of the gallery.

    Attributes:
        name: of the picture.
        scores: official mIoU of this image alone, of each run.
        pictures: captions and JPEG data URIs.
    """

    name: str
    scores: list[float]
    pictures: list[tuple[str, str]]


@dataclass(frozen=True)
class Group:
    """Frames under one heading."""

    title: str
    frames: list[Shown]


def gallery(counted: Sequence[Counted], names: Sequence[str], number: int) -> list[Group]:
    """Best and worst frames; of two runs on the same frames also those that differ most.

    Args:
        counted: of one run, or of two runs on the same frames.
        names: of the runs.
        number: frames of each kind, at most; no frame stands twice among best and worst.
    """
    table = [
        (i, [run.frame_miou[i] for run in counted])
        for i in range(len(counted[0].frames))
        if all(run.frame_miou[i] is not None for run in counted)
    ]
    by_score = sorted(table, key=lambda item: -sum(item[1]))
    several = ' (mean of both runs)' if len(counted) == 2 else ''
    half = min(number, len(by_score) // 2)
    groups = [
        (f'Best images{several}', by_score[: number if not half else half]),
        (f'Worst images{several}', by_score[len(by_score) - half :][::-1]),
    ]
    if len(counted) == 2:
        gains = sorted(table, key=lambda item: item[1][0] - item[1][1])
        groups = [
            (f'{names[1]} gains most', [g for g in gains[:number] if g[1][1] > g[1][0]]),
            (f'{names[1]} loses most', [g for g in gains[::-1][:number] if g[1][1] < g[1][0]]),
            *groups,
        ]
    return [
        Group(title, [_shown(i, scores, counted, names) for i, scores in chosen])
        for title, chosen in groups
        if chosen
    ]


def _shown(i: int, scores: list[float], counted: Sequence[Counted], names: Sequence[str]) -> Shown:
    frames: list[Frame] = [run.frames[i] for run in counted]
    labels = read_ids(frames[0].truth)
    picture = read_picture(Path(frames[0].picture))[..., ::-1]
    if picture.shape[:2] != labels.shape:
        picture = cv2.resize(picture, labels.shape[::-1], interpolation=cv2.INTER_AREA)
    pictures = [
        ('picture', picture),
        ('ground truth', overlay(picture, labels, PALETTE, OPACITY)),
    ]
    for frame, name in zip(frames, names):
        of = f', {name}' if len(names) > 1 else ''
        prediction = read_ids(frame.prediction)
        pictures.append((f'prediction{of}', overlay(picture, prediction, PALETTE, OPACITY)))
        pictures.append((f'errors{of}', error_map(picture, labels, prediction)))
    stem = Path(frames[0].picture).stem
    return Shown(stem, scores, [(caption, data_uri(image)) for caption, image in pictures])


def error_map(picture: np.ndarray, labels: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """What is wrong in vermilion over a pale grey picture; what is not scored in plain grey.

    Args:
        picture: RGB, ``(H, W, 3)`` uint8.
        labels: label ids of the ground truth, ``(H, W)``.
        prediction: label ids, ``(H, W)``.

    Returns:
        RGB, ``(H, W, 3)`` uint8.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY)
    result = np.repeat((grey // 2 + 127)[..., None], 3, axis=2)
    result[labels != prediction] = WRONG
    result[VOID[labels]] = NOT_SCORED
    return result


def data_uri(image: np.ndarray) -> str:
    """A thumbnail, ``(H, W, 3)`` uint8 RGB, as part of the page."""
    height, width = image.shape[:2]
    if width > WIDTH:
        size = (WIDTH, max(1, round(height * WIDTH / width)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    file = io.BytesIO()
    Image.fromarray(image).save(file, 'JPEG', quality=QUALITY, optimize=True)
    return 'data:image/jpeg;base64,' + base64.b64encode(file.getvalue()).decode('ascii')
