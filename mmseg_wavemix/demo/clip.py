"""A video or webcam, segmented frame by frame: what is in memory is one frame."""

import contextlib
import csv
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import InputError
from .segmenter import Segmenter
from .sources import VideoFile, Webcam, limited
from .view import View
from .window import Window
from .writer import VideoWriter


class Shares:
    """The classes' shares of the pixels, frame by frame to a CSV, and their means.

    Args:
        classes: a name for each.
        file: new CSV file with a line a frame; ``None`` writes none.
    """

    def __init__(self, classes: list[str], file: Path | None) -> None:
        self.classes, self.frames = classes, 0
        self.total = np.zeros(len(classes))
        self._file = open(file, 'x', newline='', encoding='utf-8') if file else None
        self._csv = csv.writer(self._file) if self._file else None
        if self._csv:
            self._csv.writerow(['frame', 'seconds', *classes])

    def __enter__(self) -> 'Shares':
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def add(self, class_map: np.ndarray, seconds: float) -> None:
        """Counts a frame that is shown at ``seconds``."""
        shares = np.bincount(class_map.ravel(), minlength=len(self.classes)) / class_map.size
        if self._csv:
            self._csv.writerow(
                [self.frames, f'{seconds:.3f}', *(f'{share:.6f}' for share in shares)]
            )
        self.total += shares
        self.frames += 1

    def means(self) -> dict[str, float]:
        """By class, 0 to 1."""
        means = self.total / max(1, self.frames)
        return {name: round(float(share), 6) for name, share in zip(self.classes, means)}


def segment_clip(
    source: VideoFile | Webcam,
    segmenter: Segmenter,
    view: View,
    file: Path,
    shares_file: Path | None = None,
    seconds: float | None = None,
    codec: str | None = None,
    window: Window | None = None,
    step: Callable[[], object] = lambda: None,
) -> dict:
    """Segments the frames of a source and writes what is looked at as a video.

    Frames keep their rate. A webcam's are shown as long as the next one takes to be segmented, so
    that the video runs as fast as the street did. Ctrl-C ends it early: what is done is kept and
    returned, ``interrupted``.

    Args:
        source: opened.
        segmenter: a model.
        view: how the frames are drawn.
        file: mp4 to write, which does not exist.
        shares_file: CSV to write, with the classes' shares in each frame.
        seconds: the length after which to stop.
        codec: see :class:`VideoWriter`.
        window: also shows the frames; closed, it ends the clip.
        step: called after each frame.

    Returns:
        ``size, seen, fps, frames, seconds`` (that it took), ``tile, memory_mb, shares`` (means over
        the frames), and where it applies ``error`` or ``interrupted``.

    Raises:
        InputError: frames that do not fit into memory, or a video that cannot be written whole.
    """
    tile = segmenter.plan(source.size)
    record = dict(
        size=list(source.size),
        seen=list(segmenter.seen(source.size)),
        fps=round(source.fps, 3),
        tile=tile and list(tile),
        memory_mb=round(segmenter.memory(source.size, tile) / 1e6, 1),
    )
    begin = time.monotonic()
    with contextlib.ExitStack() as stack:
        shares = stack.enter_context(Shares(list(view.classes), shares_file))
        writer = stack.enter_context(VideoWriter(file, source.fps, codec))
        try:
            for frame in limited(source, seconds):
                class_map = segmenter.segment(frame, tile)
                picture = view.draw(np.ascontiguousarray(frame[..., ::-1]), class_map, still=True)
                elapsed = time.monotonic() - begin
                due = round(elapsed * source.fps) if source.live else writer.frames + 1
                shares.add(class_map, elapsed if source.live else shares.frames / source.fps)
                writer.write(picture, max(1, due - writer.frames))
                step()
                if window is not None and not window.show(picture):
                    break
        except KeyboardInterrupt:
            record['interrupted'] = True
        except InputError as error:  # what was written before is worth keeping
            record['error'] = str(error)
    record.update(
        frames=shares.frames, seconds=round(time.monotonic() - begin, 3), shares=shares.means()
    )
    if source.fault():
        record['error'] = source.fault()
    return record
