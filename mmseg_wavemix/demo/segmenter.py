"""A model that takes pictures of any size: whole where they fit into memory, else in tiles."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from torch import nn

from ..errors import InputError
from ..inference import segment, segment_tiles
from .memory import SHARE, Needs, available_memory, in_words, measure, tile_for


class Segmenter:
    """Segments pictures within the memory there is.

    Args:
        model: from :func:`mmseg_wavemix.inference.load_model`.
        tile: height and width of tiles to use in any case; ``None`` means those that are needed.
        tell: gets a sentence when tiles are chosen.

    Attributes:
        needs: of the model, measured when it is first asked for.
    """

    def __init__(
        self,
        model: nn.Module,
        tile: tuple[int, int] | None = None,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.model, self.forced, self.tell = model, tile, tell
        self.device = next(model.parameters()).device

    @cached_property
    def needs(self) -> Needs:
        return measure(self.model)

    def outlook(self) -> str:
        """One line on what fits."""
        available = available_memory(self.device)
        text = f'memory: about {in_words(self.needs.of(10**6))} for a picture of a megapixel'
        if available is None:
            return text
        whole = self.needs.pixels(SHARE * available) / 1e6
        return f'{text}, {in_words(available)} free: whole pictures up to {whole:.0f} megapixels'

    def plan(self, size: tuple[int, int]) -> tuple[int, int] | None:
        """The tiles for pictures of ``size``, height and width; None: whole.

        Raises:
            InputError: such a picture does not fit in any way.
        """
        if self.forced:
            return self.forced
        available = available_memory(self.device)
        tile = tile_for(
            self.needs, size, available, getattr(self.model.backbone, 'size_divisor', 1)
        )
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
        at_once = min(size[0], tile[0]) * min(size[1], tile[1]) if tile else size[0] * size[1]
        return self.needs.of(at_once, size[0] * size[1])

    def segment(self, image: np.ndarray, tile: tuple[int, int] | None) -> np.ndarray:
        """``(H, W, 3)`` uint8, BGR, to ``(H, W)`` int64 classes, as :meth:`plan` said."""
        if tile is None:
            return segment(self.model, image)
        # a wider margin where it costs little: of a street of 2048x1024 in tiles of 512x512, 98.7 %
        # of the pixels are what the whole picture gives, and 89 % with half of it
        return segment_tiles(self.model, image, tile, margin=128 if min(tile) >= 512 else 64)


def _scales(model: nn.Module) -> bool:
    """Whether the config brings every picture to a size of its own."""
    return any('Resize' in str(step['type']) for step in model.cfg.test_pipeline)
