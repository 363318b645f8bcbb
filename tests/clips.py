"""Videos by OpenCV itself, to compare with."""

from pathlib import Path

import cv2
import numpy as np

from mmseg_wavemix.demo.sources import quiet


def write_clip(path: Path, frames: list[np.ndarray], fps: float, codec: str = 'mp4v') -> Path:
    """A new video of RGB frames."""
    height, width = frames[0].shape[:2]
    fourcc = cv2.VideoWriter_fourcc(*codec)
    with quiet():
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, fourcc, fps, (width, height))
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
    return path


def read_clip(path: Path) -> list[np.ndarray]:
    """All frames of a video, RGB."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames = []
    while True:
        there, frame = capture.read()
        if not there:
            return frames
        frames.append(frame[..., ::-1])
