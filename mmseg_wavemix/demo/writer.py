"""A video file that appears under its name when it is whole."""

import os
from pathlib import Path

import cv2
import numpy as np

from ..errors import InputError
from .sources import check_name, quiet

# In the order of preference. H.264 plays everywhere, but OpenCV's wheels for Linux lack its
# encoder, by licence; VP9 plays in browsers and most players; MPEG-4 in fewer, written 50 times as
# fast.
CODECS = {'h264': 'avc1', 'vp9': 'vp09', 'mpeg4': 'mp4v'}


class VideoWriter:
    """Writes frames to a new mp4 file; a context manager.

    What was written is kept when the block is left by an exception, Ctrl-C among them: the file is
    closed, plays, and gets its name. Without a frame there is no file.

    Args:
        path: a file that does not exist yet.
        fps: frames per second.
        codec: a name of :data:`CODECS`; ``None`` means the first that this OpenCV can write.

    Attributes:
        frames: how many were written.

    Raises:
        InputError: a name that is not UTF-8; by :meth:`write`, where no encoder takes the frames;
            by the end of the block, where the file does not hold what was written.
    """

    def __init__(self, path: Path, fps: float, codec: str | None = None) -> None:
        check_name(path)
        self.path, self.fps, self.frames = path, fps, 0
        self.codecs = [codec] if codec else list(CODECS)
        # the suffix tells the container; hidden until it is whole
        self._scratch = path.with_name(f'.{os.getpid()}_{path.name}')
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)

    def __enter__(self) -> 'VideoWriter':
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is None:
            return
        with quiet():
            self._writer.release()
            check = cv2.VideoCapture(str(self._scratch), cv2.CAP_FFMPEG)
            held = max(0, round(check.get(cv2.CAP_PROP_FRAME_COUNT)))  # -1: cannot be opened
            check.release()
        if held < self.frames:  # OpenCV tells of no error while it writes
            self._scratch.unlink(missing_ok=True)
            raise InputError(
                f'{self.path} could not be written whole ({held} of {self.frames} frames): see '
                'whether the disk is full'
            )
        os.replace(self._scratch, self.path)

    def write(self, frame: np.ndarray, times: int = 1) -> None:
        """Appends ``(H, W, 3)`` uint8, RGB; a side that is odd gets its last pixel twice."""
        height, width = frame.shape[:2]
        frame = cv2.copyMakeBorder(
            frame[..., ::-1], 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE
        )
        if self._writer is None:
            self._size = frame.shape
            self._writer = self._open(width + width % 2, height + height % 2)
        if frame.shape != self._size:  # OpenCV would drop it without a word
            raise ValueError(f'a frame of {frame.shape} among those of {self._size}')
        for _ in range(times):
            self._writer.write(frame)
        self.frames += times

    def _open(self, width: int, height: int) -> cv2.VideoWriter:
        for codec in self.codecs:
            with quiet():
                fourcc = cv2.VideoWriter_fourcc(*CODECS[codec])
                writer = cv2.VideoWriter(
                    str(self._scratch), cv2.CAP_FFMPEG, fourcc, self.fps, (width, height)
                )
            if writer.isOpened():
                return writer
        self._scratch.unlink(missing_ok=True)
        raise InputError(
            f'{self.path}: this OpenCV cannot write {width}x{height} pixels as '
            f'{" or ".join(self.codecs)}: scale the video down, or try another --codec'
        )
