"""What the page's controls ask for, answered without Gradio."""

import hashlib
import re
import secrets
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..datasets.cityscapes_layout import write_png
from ..visualization import overlay
from .limits import Limits, read_upload
from .models import OfferedModel
from .panels import facts, share_bars
from .pictures import confidence_picture, for_screen
from .results import Results
from .segmenting import Segmentation, segment_picture
from .temporary import TemporaryFiles


class View(NamedTuple):
    """What is seen of a picture.

    Args:
        original: ``(H, W, 3)`` uint8, RGB, no larger than a screen, as are the next two.
        overlay: with the colours of the chosen classes.
        confidence: see :func:`confidence_picture`.
        shares: HTML, see :func:`share_bars`.
        facts: HTML, one line.
    """

    original: np.ndarray
    overlay: np.ndarray
    confidence: np.ndarray
    shares: str
    facts: str


class Answers:
    """Segments pictures by one of several models, remembers results, writes files to download.

    Args:
        models: by name.
        files: where downloads are written.
        limits: of an upload.
    """

    def __init__(
        self,
        models: dict[str, OfferedModel],
        files: TemporaryFiles,
        limits: Limits = Limits(),
    ) -> None:
        self.models = models
        self.files = files
        self.limits = limits
        self.results = Results()

    def view(self, path: str, name: str, opacity: float, chosen: Collection[str]) -> View:
        """A picture under one model, for the screen.

        Args:
            path: of an upload.
            name: of a model.
            opacity: of the colours, 0 to 1.
            chosen: names of the classes whose colours are shown; those the model lacks are passed
                over.

        Raises:
            InputError: a picture that is refused, or gone.
        """
        model = self.models[name]
        indices = _indices(model, chosen)
        whole = self._segmented(path, model)
        result = for_screen(whole)
        return View(
            result.image,
            _overlay(result, model, opacity, indices),
            confidence_picture(result.confidence),
            share_bars(whole, model, indices),
            facts(whole, model),
        )

    def downloads(
        self, path: str, name: str, opacity: float, chosen: Collection[str]
    ) -> tuple[Path, Path]:
        """The label ids and the overlay at the picture's size, as PNG files; arguments as above."""
        model = self.models[name]
        result = self._segmented(path, model)
        self.files.sweep(room=4 * result.class_map.size)
        # a name that nobody guesses: whoever knows a file's path may read it
        folder = self.files.folder / secrets.token_hex(16)
        stem = re.sub(r'[^\w.-]+', '_', Path(path).stem)[:80] or 'picture'
        labels = folder / f'{stem}_{"labelIds" if model.official else "classes"}.png'
        blend = folder / f'{stem}_overlay.png'
        write_png(labels, model.label_ids[result.class_map])
        colored = _overlay(result, model, opacity, _indices(model, chosen))
        write_png(blend, colored[..., ::-1])
        return labels, blend

    def _segmented(self, path: str, model: OfferedModel) -> Segmentation:
        return self.results.get(
            (_digest(path), model.name),
            lambda: segment_picture(
                model.model, read_upload(Path(path), self.limits), model.network_pixels
            ),
        )


def _overlay(
    result: Segmentation, model: OfferedModel, opacity: float, chosen: Collection[int]
) -> np.ndarray:
    return overlay(result.image, result.class_map, model.palette, opacity, shown=chosen)


def _indices(model: OfferedModel, chosen: Collection[str]) -> frozenset[int]:
    return frozenset(i for i, name in enumerate(model.classes) if name in chosen)


def _digest(path: str) -> str:
    """Tells contents apart; one that is gone is refused by who reads it."""
    file = Path(path)
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ''
