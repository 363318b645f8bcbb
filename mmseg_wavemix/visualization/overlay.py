"""A class map as colours, laid over its picture, with a legend below."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

PAPER, INK, FAINT = (255, 255, 255), (32, 32, 32), (112, 112, 112)


class _Entry(NamedTuple):
    """One line of the legend."""

    color: tuple[int, ...]
    name: str
    share: str


def colorize(class_map: np.ndarray, palette: Sequence[Sequence[int]]) -> np.ndarray:
    """Paints each class in its colour.

    Args:
        class_map: ``(H, W)`` integer class indices.
        palette: an RGB colour, 0..255, for each class.

    Returns:
        ``(H, W, 3)`` uint8, RGB.

    Raises:
        ValueError: a class that the palette does not have.
    """
    _check(class_map, len(palette))
    return np.asarray(palette, np.uint8)[class_map]


def overlay(
    image: np.ndarray,
    class_map: np.ndarray,
    palette: Sequence[Sequence[int]],
    opacity: float = 0.5,
) -> np.ndarray:
    """Blends a picture with the colours of its classes: ``(1 - opacity) image + opacity colour``.

    Args:
        image: ``(H, W, 3)`` uint8, RGB.
        class_map: ``(H, W)`` integer class indices.
        palette: an RGB colour, 0..255, for each class.
        opacity: of the colours, 0 to 1.

    Returns:
        ``(H, W, 3)`` uint8, RGB, rounded.

    Raises:
        ValueError: an opacity outside 0..1, sizes that differ, or a class without a colour.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f'opacity is {opacity}, expected 0 to 1')
    if image.shape != (*class_map.shape, 3):
        raise ValueError(f'image is {image.shape}, class map {class_map.shape}: sizes differ')
    colors = colorize(class_map, palette)
    mixed = np.float32(1 - opacity) * image + np.float32(opacity) * colors
    return np.rint(mixed).astype(np.uint8)


def class_shares(class_map: np.ndarray, num_classes: int) -> list[tuple[int, float]]:
    """The classes that occur in ``(H, W)`` class indices with their share of the pixels, 0 to 1.

    Returns:
        ``[(class index, share)]``, the largest share first.

    Raises:
        ValueError: a class index outside ``0..num_classes - 1``.
    """
    _check(class_map, num_classes)
    counts = np.bincount(class_map.ravel(), minlength=num_classes)
    order = np.argsort(-counts, kind='stable')
    return [(int(i), float(counts[i] / class_map.size)) for i in order if counts[i]]


def legend(
    image: np.ndarray,
    class_map: np.ndarray,
    classes: Sequence[str],
    palette: Sequence[Sequence[int]],
) -> np.ndarray:
    """Adds a strip below a picture: colour, name and share of the classes that occur.

    The picture stays at the top left, unchanged; the strip's letters grow with its width. A picture
    narrower than one entry gets a white margin at the right.

    Args:
        image: ``(H, W, 3)`` uint8, RGB, such as :func:`overlay` returns.
        class_map: ``(H, W)`` integer class indices.
        classes: a name for each class.
        palette: an RGB colour, 0..255, for each class.

    Returns:
        ``(H', W', 3)`` uint8, RGB, with ``H' > H`` and ``W' >= W``.

    Raises:
        ValueError: a class without name or colour.
    """
    entries = [
        _Entry(tuple(int(v) for v in palette[i]), classes[i], _percent(share))
        for i, share in class_shares(class_map, min(len(classes), len(palette)))
    ]
    height, width = image.shape[:2]
    size = max(13, round(width / 64))  # pixels; smaller letters are no longer readable
    font = ImageFont.load_default(size)
    columns = _columns(entries, font, size, width)
    rows = -(-len(entries) // len(columns))
    line = round(1.7 * size)
    total = sum(columns) + size * (2 * len(columns))  # a margin of one size, gaps of two
    canvas = Image.new('RGB', (max(width, total), height + rows * line + size), PAPER)
    canvas.paste(Image.fromarray(image), (0, 0))
    draw = ImageDraw.Draw(canvas)
    for i, entry in enumerate(entries):
        row, column = divmod(i, len(columns))
        left = size + sum(columns[:column]) + 2 * size * column
        middle = height + size // 2 + row * line + line // 2
        half = size // 2
        box = (left, middle - half, left + 2 * half, middle + half)
        draw.rectangle(box, fill=entry.color, outline=FAINT, width=max(1, size // 16))
        # centred on small letters, which most of a name is made of: the same for every name
        baseline = middle + round(0.36 * size)
        draw.text((left + 1.5 * size, baseline), entry.name, INK, font, anchor='ls')
        draw.text((left + columns[column], baseline), entry.share, FAINT, font, anchor='rs')
    return np.asarray(canvas)


def _columns(
    entries: Sequence[_Entry], font: ImageFont.FreeTypeFont, size: int, width: int
) -> list[int]:
    """The widths, in pixels, of as many columns as fit; entries run along the rows."""
    widths = [
        round(2 * size + font.getlength(entry.name) + font.getlength(entry.share))
        for entry in entries
    ]
    for count in range(len(entries), 1, -1):
        columns = [max(widths[column::count]) for column in range(count)]
        if sum(columns) + 2 * size * count <= width:
            return columns
    return [max(widths)]


def _percent(share: float) -> str:
    return '<0.1%' if share < 0.0005 else f'{share:.1%}'


def _check(class_map: np.ndarray, num_classes: int) -> None:
    if class_map.min() < 0 or class_map.max() >= num_classes:
        raise ValueError(
            f'class map holds {class_map.min()} to {class_map.max()}, '
            f'there are {num_classes} classes with a name and a colour'
        )
