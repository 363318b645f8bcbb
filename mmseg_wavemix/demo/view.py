"""What a person looks at: a picture and its classes, arranged, with a legend."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..visualization.overlay import PAPER, colorize, legend, overlay

LAYOUTS = ('overlay', 'side-by-side', 'map')


@dataclass(frozen=True)
class View:
    """How a segmented picture is shown.

    Attributes:
        classes: a name for each class of the model.
        palette: an RGB colour, 0..255, for each class.
        layout: one of :data:`LAYOUTS`: the colours over the picture; that at the right of the
            picture alone; the colours alone.
        opacity: of the colours over the picture, 0 to 1.
        shown: the classes to show, by index; ``None`` means all. Elsewhere the picture stays as it
            is, and a map is black.
        with_legend: whether a strip with names and shares is added below.
    """

    classes: Sequence[str]
    palette: Sequence[Sequence[int]]
    layout: str = 'overlay'
    opacity: float = 0.5
    shown: frozenset[int] | None = None
    with_legend: bool = True

    def draw(self, image: np.ndarray, class_map: np.ndarray, still: bool = False) -> np.ndarray:
        """The picture to look at.

        Args:
            image: ``(H, W, 3)`` uint8, RGB.
            class_map: ``(H, W)`` indices of classes.
            still: for the frames of a video: the size depends on that of the image alone.

        Returns:
            ``(H', W', 3)`` uint8, RGB. The overlay or map is ``[:H, :W]``; side by side, the
            picture is, and the overlay ``[:H, W + gap:2 * W + gap]``, see :func:`gap`.
        """
        if self.layout == 'map':
            drawn = self.color(class_map)
        else:
            drawn = overlay(image, class_map, self.palette, self.opacity, self.shown)
        if self.layout == 'side-by-side':
            between = np.full((image.shape[0], gap(image.shape[1]), 3), PAPER, np.uint8)
            drawn = np.concatenate((image, between, drawn), axis=1)
        if self.with_legend:
            drawn = legend(drawn, class_map, self.classes, self.palette, self.shown, still)
        return drawn

    def color(self, class_map: np.ndarray) -> np.ndarray:
        """``(H, W)`` indices of classes to ``(H, W, 3)`` uint8, RGB: the colours alone."""
        return colorize(class_map, self.palette, self.shown)


def gap(width: int) -> int:
    """Pixels between two pictures of this width, an even number."""
    return 2 * max(2, round(width / 200))


def class_indices(names: Sequence[str], classes: Sequence[str]) -> frozenset[int]:
    """The indices of classes by name, in lower or upper case.

    Raises:
        InputError: a name that the model does not have, with those it has.
    """
    known = {name.casefold(): i for i, name in enumerate(classes)}
    unknown = [name for name in names if name.casefold() not in known]
    if unknown:
        listed = ', '.join(f"'{name}'" if ' ' in name else name for name in classes)
        raise InputError(
            f'--classes {", ".join(map(repr, unknown))}: the model does not know it, take some '
            f'of: {listed}'
        )
    return frozenset(known[name.casefold()] for name in names)
