"""What all figures share: the file they are saved to, pictures in them, and colours."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ..new_file import check_new

SUFFIXES = ('.png', '.svg', '.pdf')
LARGEST = 640  # pixels of the longer side of a picture inside a figure; files stay small


def figure_path(text: str) -> Path:
    """``--out F`` on a command line: a file that does not exist yet, of one of :data:`SUFFIXES`."""
    path = Path(text)
    if path.suffix.lower() not in SUFFIXES:
        raise argparse.ArgumentTypeError(f'{text}: a {", ".join(SUFFIXES)} file')
    return path


def save_figure(figure: Figure, path: Path) -> None:
    """Saves a figure in the format of its suffix; equal figures become equal files.

    Raises:
        InputError: see :func:`mmseg_wavemix.new_file.check_new`.
    """
    check_new(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.suffix.lower()[1:]
    metadata = {'png': {}, 'svg': {'Date': None}, 'pdf': {'CreationDate': None}}[kind]
    # letters stay letters: smaller files, and text that can be searched
    with matplotlib.rc_context({'svg.fonttype': 'none', 'svg.hashsalt': 'wavemix'}):
        figure.savefig(path, dpi=130, format=kind, metadata=metadata)


def shown(image: np.ndarray, largest: int = LARGEST) -> np.ndarray:
    """Scales a picture down to what a figure shows of it.

    Args:
        image: ``(H, W, 3)`` uint8 colours, or ``(H, W)`` uint8 classes, which are never mixed.
        largest: pixels of the longer side.
    """
    scale = largest / max(image.shape[:2])
    if scale >= 1:
        return image
    size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
    mixed = cv2.INTER_AREA if image.ndim == 3 else cv2.INTER_NEAREST
    return cv2.resize(image, size, interpolation=mixed)


def class_patches(
    indices: Sequence[int], classes: Sequence[str], palette: Sequence[Sequence[int]]
) -> list[Patch]:
    """Entries of a legend: colour and name of some classes."""
    return [
        Patch(
            facecolor=np.asarray(palette[index]) / 255,
            edgecolor='0.3',
            linewidth=0.5,
            label=classes[index],
        )
        for index in indices
    ]
