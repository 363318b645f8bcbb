"""A window for a live picture, where there is a display."""

import os
import subprocess
import sys

import cv2
import numpy as np


def has_display() -> bool:
    """Whether OpenCV can open a window here.

    Tried in a process of its own: where a display is named but not there, Qt ends the process.
    """
    if sys.platform.startswith('linux') and not (
        os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')
    ):
        return False
    code = 'import cv2; cv2.namedWindow("x"); cv2.destroyAllWindows()'
    return not subprocess.run([sys.executable, '-c', code], capture_output=True).returncode


class Window:
    """Shows pictures until a person has seen enough; a context manager."""

    def __init__(self, title: str) -> None:
        self.title = title

    def __enter__(self) -> 'Window':
        cv2.namedWindow(self.title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
        return self

    def __exit__(self, *_: object) -> None:
        cv2.destroyWindow(self.title) if self._is_open() else None

    def show(self, picture: np.ndarray) -> bool:
        """Shows ``(H, W, 3)`` uint8, RGB; whether to go on: no q, no Esc, and not closed."""
        cv2.imshow(self.title, picture[..., ::-1])
        return cv2.waitKey(1) & 0xFF not in (ord('q'), 27) and self._is_open()

    def _is_open(self) -> bool:
        return cv2.getWindowProperty(self.title, cv2.WND_PROP_VISIBLE) >= 1
