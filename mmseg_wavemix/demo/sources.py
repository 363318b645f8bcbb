"""Frames of videos and webcams, one at a time, by OpenCV."""

import contextlib
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ..errors import InputError

UNKNOWN_FPS = 25.0  # for the few files that do not say; cinema and European television
MISSING = 0.02  # of the frames: containers without an index only estimate their number


class VideoFile:
    """The frames of a video file, upright; a context manager.

    Attributes:
        size: height and width of the frames as they are displayed.
        fps: frames per second.
        frames: how many the file announces, or None.
        read: how many were read so far.
        ended: whether the last one was read.

    Raises:
        InputError: no file, or not one whose frames can be decoded.
    """

    live = False

    def __init__(self, path: Path) -> None:
        self.path, self.read, self.ended = path, 0, False
        if not path.is_file():
            raise InputError(f'{path} is not a file' if path.exists() else f'{path} does not exist')
        check_name(path)
        with quiet():
            self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
            self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
            opened, self._next = self._capture.read()
        if not opened:
            self._capture.release()
            raise InputError(
                f'{path} is damaged, cut off or no video that OpenCV can read: play it to see '
                'whether it is whole, or convert it to mp4'
            )
        self.size = self._next.shape[:2]
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 0.1 <= fps <= 1000 else UNKNOWN_FPS
        frames = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.frames = int(frames) if math.isfinite(frames) and frames > 0 else None

    def __enter__(self) -> 'VideoFile':
        return self

    def __exit__(self, *_: object) -> None:
        self._capture.release()

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yields ``(H, W, 3)`` uint8, BGR."""
        frame, self._next = self._next, None
        while frame is not None:
            if frame.shape[:2] != self.size:
                raise InputError(
                    f'{self.path} changes its size after {self.read} frames: cut it there'
                )
            self.read += 1
            yield frame
            _, frame = self._capture.read()
        self.ended = True

    def fault(self) -> str | None:
        """A sentence, if it ended and there should have been more."""
        if not self.ended or self.frames is None:
            return None
        if self.read >= self.frames - max(1, MISSING * self.frames):
            return None
        return (
            f'{self.path} ends after {self.read} of {self.frames} frames: it is cut off or '
            'damaged, copy it again'
        )


class Webcam:
    """The frames of a camera, by its index, without end; a context manager.

    Attributes:
        size: height and width of the frames.
        fps: frames per second that the camera promises.
        frames: None.
        read: how many were read so far.
        ended: whether it gave none when it was asked.

    Raises:
        InputError: there is no such camera, or it gives no picture.
    """

    live = True
    frames = None

    def __init__(self, index: int) -> None:
        self.index, self.read, self.ended = index, 0, False
        with quiet():
            try:
                self._capture = cv2.VideoCapture(index)
                # what waits in a queue is out of date by the time it is segmented
                self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
                opened, self._next = self._capture.read()
            except (cv2.error, OverflowError, TypeError):  # an index of no camera there can be
                opened = False
        if not opened:
            raise InputError(
                f'there is no webcam {index} that gives a picture: see whether it is plugged in, '
                'not in use by another program, and yours to read, or try another index'
                + (f' (there are {", ".join(_cameras())})' if _cameras() else '')
            )
        self.size = self._next.shape[:2]
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 1 <= fps <= 240 else UNKNOWN_FPS

    def __enter__(self) -> 'Webcam':
        return self

    def __exit__(self, *_: object) -> None:
        self._capture.release()

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yields ``(H, W, 3)`` uint8, BGR."""
        frame, self._next = self._next, None
        while frame is not None and frame.shape[:2] == self.size:
            self.read += 1
            yield frame
            _, frame = self._capture.read()
        self.ended = True

    def fault(self) -> str | None:
        """A sentence, if it ended: a camera does not by itself."""
        if not self.ended:
            return None
        return f'webcam {self.index} gave no more pictures after {self.read}: is it plugged in?'


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Nothing on the terminal of what OpenCV and FFmpeg have to say: we say it in one sentence."""
    os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')  # read when FFmpeg is first used
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


def check_name(path: Path) -> None:
    """Whether OpenCV can be given a video's name: bytes that are no UTF-8 end the process in it.

    Raises:
        InputError: it cannot.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise InputError(f'{path}: its name is not UTF-8: rename it') from error


def limited(source: VideoFile | Webcam, seconds: float | None) -> Iterator[np.ndarray]:
    """The frames of the first seconds: of a file by its own clock, of a camera by ours."""
    begin = time.monotonic()
    for number, frame in enumerate(source):
        now = time.monotonic() - begin if source.live else number / source.fps
        if seconds is not None and now >= seconds:
            return
        yield frame


def _cameras() -> list[str]:
    """Indices that Linux lists."""
    return sorted(p.name.removeprefix('video') for p in Path('/dev').glob('video[0-9]*'))
