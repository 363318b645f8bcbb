"""A model that takes pictures of any size: whole where they fit into memory, else in tiles."""

from collections.abc import Callable
from functools import cached_property

import cv2
import numpy as np
from torch import nn

from ..config import trained_side
from ..errors import InputError
from ..inference import segment, segment_tiles
from .memory import SHARE, Needs, available_memory, in_words, measure, tile_for


class Segmenter:
    """Segments pictures within the memory there is.

    Args:
        model: from :func:`mmseg_wavemix.inference.load_model`.
        tile: height and width of tiles to use in any case; ``None`` means those that are needed.
        tell: gets a sentence when tiles are chosen, and see ``largest_side``.
        largest_side: the model sees pictures with a longer side scaled down to it; their classes
            come back to full size. 0 means that it sees all as they are; ``None`` too, but it is
            told when one is larger than any that the model was trained on.

    Attributes:
        needs: of the model, measured when it is first asked for.
    """

    def __init__(
        self,
        model: nn.Module,
        tile: tuple[int, int] | None = None,
        tell: Callable[[str], None] = lambda text: None,
        largest_side: int | None = None,
    ) -> None:
        self.model, self.forced, self.tell = model, tile, tell
        self.largest_side = largest_side
        self.device = next(model.parameters()).device
        known = None if largest_side is not None or _scales(model) else trained_side(model.cfg)
        self._warn_above = known or float('inf')

    @cached_property
    def needs(self) -> Needs:
        return measure(self.model)

    def outlook(self) -> str:
        """One line on what fits."""
        available = available_memory(self.device)
        text = f'memory: about {in_words(self.needs.of(10**6))} for a picture of a megapixel'
        if available is None:
            return text
        if self.largest_side:
            bound = f'larger pictures are seen scaled down to {self.largest_side} pixels a side'
            return f'{text}, {in_words(available)} free; {bound}'
        whole = self.needs.pixels(SHARE * available) / 1e6
        return f'{text}, {in_words(available)} free: whole pictures up to {whole:.0f} megapixels'

    def seen(self, size: tuple[int, int]) -> tuple[int, int]:
        """Height and width that the model sees of a picture of ``size``."""
        if not self.largest_side or max(size) <= self.largest_side:
            return size
        scale = self.largest_side / max(size)
        return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))

    def plan(self, size: tuple[int, int]) -> tuple[int, int] | None:
        """The tiles of what is seen of pictures of ``size``, height and width; None: whole.

        Raises:
            InputError: such a picture does not fit in any way.
        """
        if max(size) > self._warn_above:
            self.tell(
                f'{size[1]}x{size[0]} pixels are more than the model was trained on, likely '
                f'to be segmented badly: --largest-side {self._warn_above} scales them down for it'
            )
            self._warn_above = float('inf')  # once is enough
        if self.forced:
            return self.forced
        available = available_memory(self.device)
        divisor = getattr(self.model.backbone, 'size_divisor', 1)
        tile = tile_for(self.needs, self.seen(size), available, divisor, size[0] * size[1])
        if tile is not None:
            needed = in_words(self.memory(size, None))
            free = in_words(available)
            what = f'{size[1]}x{size[0]} pixels take about {needed} of memory, {free} are free'
            if _scales(self.model):  # a tile would be scaled, too, and seen too large
                raise InputError(f'{what}: scale the picture down, as the config does anyway')
            self.tell(f'{what}: in tiles of {tile[0]}x{tile[1]}')
        return tile

    def memory(self, size: tuple[int, int], tile: tuple[int, int] | None) -> float:
        """Bytes that a picture takes, about, beside what the model holds."""
        height, width = self.seen(size)
        at_once = min(height, tile[0]) * min(width, tile[1]) if tile else height * width
        return self.needs.of(at_once, size[0] * size[1])

    def segment(self, image: np.ndarray, tile: tuple[int, int] | None) -> np.ndarray:
        """``(H, W, 3)`` uint8, BGR, to ``(H, W)`` int64 classes, as :meth:`plan` said."""
        height, width = self.seen(image.shape[:2])
        if (height, width) == image.shape[:2]:
            return self._segment(image, tile)
        shown = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        return _enlarged(self._segment(shown, tile), image.shape[:2])

    def _segment(self, image: np.ndarray, tile: tuple[int, int] | None) -> np.ndarray:
        if tile is None:
            return segment(self.model, image)
        # a wider margin where it costs little: of a street of 2048x1024 in tiles of 512x512, 98.7 %
        # of the pixels are what the whole picture gives, and 89 % with half of it
        return segment_tiles(self.model, image, tile, margin=128 if min(tile) >= 512 else 64)


def _enlarged(class_map: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Nearest neighbours, as ``(H, W)`` of ``size``; OpenCV knows no int64."""
    rows, columns = (np.arange(new) * old // new for new, old in zip(size, class_map.shape))
    return class_map[rows[:, None], columns]


def _scales(model: nn.Module) -> bool:
    """Whether the config brings every picture to a size of its own."""
    return any('Resize' in str(step['type']) for step in model.cfg.test_pipeline)
