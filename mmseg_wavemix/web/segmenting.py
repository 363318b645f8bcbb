"""From a picture to classes, confidence and time."""

import time
from typing import NamedTuple

import cv2
import numpy as np
import torch
from mmseg.apis import inference_model
from torch import Tensor, nn

from ..errors import InputError

NETWORK_PIXELS = 2048 * 1024  # Cityscapes' size; streets are not trained on larger ones


class Segmentation(NamedTuple):
    """What is known of a picture once the network has seen it.

    Args:
        image: ``(H, W, 3)`` uint8, RGB.
        class_map: ``(H, W)`` uint8, indices into the model's classes.
        confidence: ``(H, W)`` uint8, the probability of that class, 255 for 1.
        seen: height and width that the network saw.
        seconds: that it took.
    """

    image: np.ndarray
    class_map: np.ndarray
    confidence: np.ndarray
    seen: tuple[int, int]
    seconds: float

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return self.image.nbytes + self.class_map.nbytes + self.confidence.nbytes


def segment_picture(
    model: nn.Module, image: np.ndarray, network_pixels: int = NETWORK_PIXELS
) -> Segmentation:
    """Segments a picture; classes are those of :func:`mmseg_wavemix.inference.segment`.

    A picture of more than ``network_pixels`` is shown to the network scaled down, which bounds
    memory and time, and brings a telephone's pictures nearer to what models are trained on. Its
    classes and confidence come back to full size.

    Args:
        model: from :func:`mmseg_wavemix.inference.load_model`, of at most 256 classes.
        image: ``(H, W, 3)`` uint8, RGB.
        network_pixels: the most that the network sees.

    Raises:
        InputError: the network cannot take it: no memory, or a side that is too short.
    """
    begin = time.perf_counter()
    height, width = image.shape[:2]
    shown = _at_most(image, network_pixels)
    classes, confidence = _run(model, np.ascontiguousarray(shown[..., ::-1]))
    if shown is not image:
        size = (width, height)
        classes = cv2.resize(classes, size, interpolation=cv2.INTER_NEAREST)
        confidence = cv2.resize(confidence, size, interpolation=cv2.INTER_LINEAR)
    seconds = time.perf_counter() - begin
    return Segmentation(image, classes, confidence, shown.shape[:2], seconds)


def _at_most(image: np.ndarray, pixels: int) -> np.ndarray:
    height, width = image.shape[:2]
    if height * width <= pixels:
        return image
    scale = (pixels / (height * width)) ** 0.5
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _run(model: nn.Module, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes and confidence of a BGR picture, both uint8."""
    try:
        with torch.inference_mode():
            result = inference_model(model, image)
            classes = result.pred_sem_seg.data[0].to(torch.uint8)
            return classes.cpu().numpy(), _confidence(result.seg_logits.data).cpu().numpy()
    except RuntimeError as error:  # CUDA has a type of its own for memory, the CPU has not
        size = f'{image.shape[1]}x{image.shape[0]}'
        if isinstance(error, torch.cuda.OutOfMemoryError) or 'allocate memory' in str(error):
            raise InputError(
                f'The network has no memory for {size} pixels: scale the picture down.'
            ) from error
        if min(image.shape[:2]) < 32:
            raise InputError(
                f'The network cannot take {size} pixels: give a picture of 32x32 or more.'
            ) from error
        raise


def _confidence(logits: Tensor) -> Tensor:
    """``(C, H, W)`` logits to the largest probability, ``(H, W)`` uint8, 255 for 1.

    Row by row of tiles: the softmax of all would be a second copy of what takes most memory.
    """
    rows = [
        torch.exp(part.amax(0) - part.logsumexp(0)).mul_(255).round_().to(torch.uint8)
        for part in logits.float().split(64, dim=1)
    ]
    return torch.cat(rows)
