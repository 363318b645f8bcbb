"""A picture, segmented and written in each form."""

import time
from pathlib import Path

import numpy as np

from ..datasets.cityscapes_layout import write_png
from ..datasets.pictures import read_picture
from ..errors import InputError
from ..visualization.overlay import class_shares
from .jobs import Job
from .segmenter import Segmenter
from .view import View


def segment_picture(job: Job, segmenter: Segmenter, view: View, label_ids: np.ndarray) -> dict:
    """Segments a picture and writes its view, its colours, and its label ids.

    Args:
        job: of a picture.
        segmenter: a model.
        view: how the picture is drawn.
        label_ids: ``(num_classes,)`` uint8, the label id of each class.

    Returns:
        ``size`` and ``seen`` (height and width, of the picture and for the model), ``tile,
        memory_mb, seconds`` (of the segmentation alone) and ``shares`` of all classes of the
        pixels, 0 to 1; where it applies ``note``, a sentence on the picture.

    Raises:
        InputError: names what fails.
    """
    notes: list[str] = []
    image = read_picture(job.source, notes.append)
    for note in notes:
        segmenter.tell(note)
    size = image.shape[:2]
    try:
        tile = segmenter.plan(size)
        begin = time.monotonic()
        class_map = segmenter.segment(image, tile)
    except InputError as error:
        raise InputError(f'{job.source}: {error}') from error
    seconds = time.monotonic() - begin
    # one after the other: of a large picture each takes its share of memory
    _write(job.view, view.draw(image[..., ::-1], class_map)[..., ::-1])
    _write(job.others['color'], view.color(class_map)[..., ::-1])
    _write(job.others['labelIds'], label_ids[class_map])
    shares = dict(class_shares(class_map, len(view.classes)))
    return dict(
        size=list(size),
        seen=list(segmenter.seen(size)),
        tile=tile and list(tile),
        memory_mb=round(segmenter.memory(size, tile) / 1e6, 1),
        seconds=round(seconds, 3),
        shares={name: round(shares.get(i, 0.0), 6) for i, name in enumerate(view.classes)},
        **({'note': ' '.join(notes)} if notes else {}),
    )


def _write(file: Path, array: np.ndarray) -> None:
    try:
        write_png(file, array)
    except OSError as error:
        raise InputError(f'{file} cannot be written ({error.strerror})') from error
