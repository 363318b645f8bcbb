"""A class map as colours, laid over its picture, with a legend below."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

PAPER, INK, FAINT = (255, 255, 255), (32, 32, 32), (112, 112, 112)
BLANK = (0, 0, 0)  # of what a colour map does not show; Cityscapes' colour of void


class _Entry(NamedTuple):
    """One line of the legend."""

    color: tuple[int, ...]
    name: str
    share: str
    ink: tuple[int, int, int] = INK


def colorize(
    class_map: np.ndarray,
    palette: Sequence[Sequence[int]],
    shown: Collection[int] | None = None,
) -> np.ndarray:
    """Paints each class in its colour.

    Args:
        class_map: ``(H, W)`` integer class indices.
        palette: an RGB colour, 0..255, for each class.
        shown: the classes to paint, the others become black; ``None`` means all.

    Returns:
        ``(H, W, 3)`` uint8, RGB.

    Raises:
        ValueError: a class that the palette does not have.
    """
    _check(class_map, len(palette))
    colors = np.array(palette, np.uint8)
    if shown is not None:
        colors[~_is_shown(shown, len(palette))] = BLANK
    return colors[class_map]


def overlay(
    image: np.ndarray,
    class_map: np.ndarray,
    palette: Sequence[Sequence[int]],
    opacity: float = 0.5,
    shown: Collection[int] | None = None,
) -> np.ndarray:
    """Blends a picture with the colours of its classes: ``(1 - opacity) image + opacity colour``.

    Args:
        image: ``(H, W, 3)`` uint8, RGB.
        class_map: ``(H, W)`` integer class indices.
        palette: an RGB colour, 0..255, for each class.
        opacity: of the colours, 0 to 1.
        shown: the classes to paint, the picture stays as it is elsewhere; ``None`` means all.

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
    image = np.ascontiguousarray(image)
    # OpenCV's, since numpy would hold the picture as float32 several times
    mixed = cv2.addWeighted(image, 1 - opacity, colors, opacity, 0)
    if shown is not None:
        np.copyto(mixed, image, where=~_is_shown(shown, len(palette))[class_map][..., None])
    return mixed


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
    shown: Collection[int] | None = None,
    still: bool = False,
) -> np.ndarray:
    """Adds a strip below a picture: colour, name and share of the classes that occur.

    The picture stays at the top left, unchanged; the strip's letters grow with it. A picture
    narrower than one entry gets a white margin at the right.

    Args:
        image: ``(H, W, 3)`` uint8, RGB, such as :func:`overlay` returns; or several side by side.
        class_map: integer class indices of any size, those that are counted.
        classes: a name for each class.
        palette: an RGB colour, 0..255, for each class.
        shown: the classes to list; ``None`` means all. Shares are of all pixels either way.
        still: for videos: each class keeps its place, in the order of ``classes``, whether it
            occurs or not, so that all frames have one size and nothing jumps.

    Returns:
        ``(H', W', 3)`` uint8, RGB, with ``H' > H`` and ``W' >= W``.

    Raises:
        ValueError: a class without name or colour.
    """
    known = min(len(classes), len(palette))
    shares = dict(class_shares(class_map, known))
    listed = [i for i in (range(known) if still else shares) if shown is None or i in shown]
    entries = [_entry(classes[i], palette[i], shares.get(i, 0.0)) for i in listed]
    if not entries:
        entries = [_Entry(PAPER, 'none of the classes shown', '', FAINT)]
    height, width = image.shape[:2]
    # pixels: readable when the picture is seen whole, and never smaller than letters can be
    size = max(13, round(width / 64), round(height / 96))
    strip = _strip(entries, size, width, '100.0%' if still else None)
    canvas = np.full((height + strip.shape[0], strip.shape[1], 3), PAPER, np.uint8)
    canvas[:height, :width] = image
    canvas[height:] = strip
    return canvas


def _entry(name: str, color: Sequence[int], share: float) -> _Entry:
    return _Entry(tuple(int(v) for v in color), name, _percent(share), INK if share else FAINT)


def _strip(entries: Sequence[_Entry], size: int, width: int, widest: str | None) -> np.ndarray:
    """``(h, w, 3)`` uint8 with ``w >= width``: entries in letters of ``size`` pixels.

    ``widest`` is the share to keep room for, of each entry; ``None`` means its own.
    """
    font = ImageFont.load_default(size)
    columns = _columns(entries, font, size, width, widest)
    rows = -(-len(entries) // len(columns))
    line = round(1.7 * size)
    total = sum(columns) + size * (2 * len(columns))  # a margin of one size, gaps of two
    strip = Image.new('RGB', (max(width, total), rows * line + size), PAPER)
    draw = ImageDraw.Draw(strip)
    for i, entry in enumerate(entries):
        row, column = divmod(i, len(columns))
        left = size + sum(columns[:column]) + 2 * size * column
        middle = size // 2 + row * line + line // 2
        half = size // 2
        box = (left, middle - half, left + 2 * half, middle + half)
        if entry.color != PAPER or entry.share:
            draw.rectangle(box, fill=entry.color, outline=FAINT, width=max(1, size // 16))
        # centred on small letters, which most of a name is made of: the same for every name
        baseline = middle + round(0.36 * size)
        draw.text((left + 1.5 * size, baseline), entry.name, entry.ink, font, anchor='ls')
        draw.text((left + columns[column], baseline), entry.share, FAINT, font, anchor='rs')
    return np.asarray(strip)


def _columns(
    entries: Sequence[_Entry],
    font: ImageFont.FreeTypeFont,
    size: int,
    width: int,
    widest: str | None,
) -> list[int]:
    """The widths, in pixels, of as many columns as fit; entries run along the rows."""
    widths = [
        round(2 * size + font.getlength(entry.name) + font.getlength(widest or entry.share))
        for entry in entries
    ]
    for count in range(len(entries), 1, -1):
        columns = [max(widths[column::count]) for column in range(count)]
        if sum(columns) + 2 * size * count <= width:
            return columns
    return [max(widths)]


def _percent(share: float) -> str:
    return '<0.1%' if 0 < share < 0.0005 else f'{share:.1%}'


def _is_shown(shown: Collection[int], num_classes: int) -> np.ndarray:
    """``(num_classes,)`` bool."""
    return np.isin(np.arange(num_classes), list(shown))


def _check(class_map: np.ndarray, num_classes: int) -> None:
    if class_map.min() < 0 or class_map.max() >= num_classes:
        raise ValueError(
            f'class map holds {class_map.min()} to {class_map.max()}, '
            f'there are {num_classes} classes with a name and a colour'
        )
