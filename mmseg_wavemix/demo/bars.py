"""Progress bars that show in every terminal, and leave nothing behind."""

import os
import sys
from collections.abc import Sequence

from tqdm import tqdm

KNOWN_LENGTH = '{desc} {percentage:3.0f}%|{bar}| {n}/{total}, {rate_noinv_fmt}, {remaining} left'
NO_LENGTH = '{desc} {n} frames in {elapsed}, {rate_noinv_fmt}'
USUAL = (80, 24)  # columns and rows


def frames_bar(name: str, total: int | None) -> tqdm:
    """Of a video of so many frames, or of a webcam; no bar where nobody looks."""
    bar_format = KNOWN_LENGTH if total else NO_LENGTH
    return _bar(desc=name, total=total, unit=' frames', bar_format=bar_format)


def inputs_bar(inputs: Sequence, unit: str, shown: bool) -> tqdm:
    """Of the inputs, which it yields."""
    return _bar(inputs, unit=unit, disable=None if shown else True)


def _bar(*args: object, **options: object) -> tqdm:
    columns, rows = _terminal()
    options = dict(disable=None, leave=False, ncols=columns, nrows=rows) | options
    return tqdm(*args, file=sys.stderr, **options)


def _terminal() -> tuple[int, int]:
    """Columns and rows: some containers say 0 and 0, in which tqdm draws nothing."""
    try:
        size = os.get_terminal_size(sys.stderr.fileno())
    except (OSError, ValueError):  # none
        return USUAL
    return size.columns or USUAL[0], size.lines or USUAL[1]
