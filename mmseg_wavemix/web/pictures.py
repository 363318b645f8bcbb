"""What is shown as pictures: of a segmentation, and of files to choose from."""

import base64
import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from .segmenting import Segmentation

SHOWN_SIDE = 1600  # pixels; pages show no more, and larger ones take seconds to encode
THUMBNAIL_SIDE = 240  # pixels
CONFIDENCE_COLORS = cv2.COLORMAP_VIRIDIS


def for_screen(result: Segmentation) -> Segmentation:
    """A result no larger than a page shows it."""
    height, width = result.class_map.shape
    scale = SHOWN_SIDE / max(height, width)
    if scale >= 1:
        return result
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return result._replace(
        image=cv2.resize(result.image, size, interpolation=cv2.INTER_AREA),
        class_map=cv2.resize(result.class_map, size, interpolation=cv2.INTER_NEAREST),
        confidence=cv2.resize(result.confidence, size, interpolation=cv2.INTER_AREA),
    )


def confidence_picture(confidence: np.ndarray) -> np.ndarray:
    """``(H, W)`` uint8 confidence as colours, ``(H, W, 3)`` uint8, RGB: dark blue to yellow."""
    return np.ascontiguousarray(cv2.applyColorMap(confidence, CONFIDENCE_COLORS)[..., ::-1])


def confidence_scale(steps: int = 9) -> list[str]:
    """The colours of :func:`confidence_picture` from 0 to 1, evenly spaced, as CSS has them."""
    values = np.linspace(0, 255, steps).round().astype(np.uint8)[None]
    return [f'rgb({r} {g} {b})' for r, g, b in confidence_picture(values)[0]]


def thumbnail(path: Path) -> str:
    """A picture in a file, small, as HTML that holds all of it."""
    with Image.open(path) as picture:
        small = ImageOps.exif_transpose(picture).convert('RGB')
        small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    buffer = io.BytesIO()
    small.save(buffer, 'JPEG', quality=85)
    content = base64.b64encode(buffer.getvalue()).decode()
    return f'<img alt="" src="data:image/jpeg;base64,{content}">'
