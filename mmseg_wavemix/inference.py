"""From a config, a checkpoint and a picture to a class map."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmseg.apis import inference_model, init_model
from mmseg.registry import DATASETS
from torch import nn

from .checkpoints import load_weights
from .config import building, load_config
from .deployment.ready import make_ready
from .errors import InputError


def load_model(
    config_path: Path,
    checkpoint_path: str | Path,
    device: str | None = None,
    fused: bool = False,
    dtype: str = 'fp32',
    execution: str = 'eager',
) -> nn.Module:
    """Builds a model for inference.

    Args:
        config_path: as for training.
        checkpoint_path: weights of exactly this model, a path or a URL.
        device: such as ``'cuda:1'``; ``None`` means a GPU if there is one.
        fused: the same results, sooner; see :func:`mmseg_wavemix.deployment.ready.make_ready`.
        dtype: see there.
        execution: see there.

    Returns:
        The model in eval mode, with ``cfg`` and ``dataset_meta``: its ``classes`` and RGB
        ``palette``, from the checkpoint or else from the config's test dataset.

    Raises:
        InputError: a device that this machine does not have, or a config, a checkpoint or class
            names which do not fit together.
    """
    target = usable_device(device)
    cfg = load_config(config_path)
    with building(config_path):
        model = init_model(cfg, device='cpu')
        checkpoint = load_weights(model, checkpoint_path)
        model.dataset_meta = _dataset_meta(checkpoint, cfg)
        # where inference_model looks; some configs have it only inside the dataset
        cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline
    names, colors = (len(model.dataset_meta[key]) for key in ('classes', 'palette'))
    if not names == colors == model.decode_head.num_classes:
        raise InputError(
            f'{checkpoint_path} names {names} classes and {colors} colours, the model of '
            f'{config_path} tells {model.decode_head.num_classes} apart: use its own config'
        )
    model.to(target)
    if fused or execution != 'eager' or dtype != 'fp32':
        make_ready(model, fused, dtype, execution)
    return model


def segment(model: nn.Module, image: np.ndarray) -> np.ndarray:
    """Segments one picture, whole or in windows as the model's ``test_cfg`` says.

    Args:
        model: from :func:`load_model`.
        image: ``(H, W, 3)`` uint8, BGR.

    Returns:
        ``(H, W)`` int64 indices into ``model.dataset_meta['classes']``.

    Raises:
        InputError: the picture does not fit into memory.
    """
    try:
        with torch.inference_mode():
            return inference_model(model, image).pred_sem_seg.data[0].cpu().numpy()
    except RuntimeError as error:  # CUDA has a type of its own for this, the CPU has not
        if isinstance(error, torch.cuda.OutOfMemoryError) or 'allocate memory' in str(error):
            raise InputError(
                f'a picture of {image.shape[1]}x{image.shape[0]} pixels does not fit into memory: '
                "scale it down or set the model's test_cfg to mode='slide'"
            ) from error
        raise


def segment_tiles(
    model: nn.Module, image: np.ndarray, tile: tuple[int, int], margin: int = 64
) -> np.ndarray:
    """Segments a picture piece by piece, for pictures whose logits do not fit into memory.

    Of each tile only the classes are kept, and of those not the ``margin`` towards its neighbours:
    logits never exist for more than one tile. What lies further away than the margin is not seen.

    Args:
        model: from :func:`load_model`.
        image: ``(H, W, 3)`` uint8, BGR.
        tile: height and width. With sides and margin multiples of the backbone's ``size_divisor``
            every tile meets the wavelets' windows where the whole picture does.
        margin: pixels.

    Returns:
        ``(H, W)`` int64 indices into ``model.dataset_meta['classes']``.

    Raises:
        InputError: a tile that is all margin; or one does not fit into memory.
    """
    if min(tile) <= 2 * margin or margin < 0:
        raise InputError(
            f'tiles of {tile[0]}x{tile[1]} with {margin} pixels of margin on each side have no '
            'inside: take larger ones'
        )
    classes = np.empty(image.shape[:2], np.int64)
    for rows, inner_rows in _pieces(image.shape[0], tile[0], margin):
        for columns, inner_columns in _pieces(image.shape[1], tile[1], margin):
            piece = segment(model, np.ascontiguousarray(image[rows, columns]))
            inside = piece[_within(inner_rows, rows), _within(inner_columns, columns)]
            classes[inner_rows, inner_columns] = inside
    return classes


def _pieces(length: int, tile: int, margin: int) -> list[tuple[slice, slice]]:
    """Of one side: what is seen, and of that what is kept."""
    pieces = []
    start = kept = 0
    while kept < length:
        end = min(start + tile, length)
        keep_to = length if end == length else end - margin
        pieces.append((slice(start, end), slice(kept, keep_to)))
        kept = keep_to
        start = keep_to - margin
    return pieces


def _within(inner: slice, outer: slice) -> slice:
    return slice(inner.start - outer.start, inner.stop - outer.start)


def usable_device(name: str | None) -> torch.device:
    """A device by name; ``None`` means a GPU if there is one, else the CPU.

    Raises:
        InputError: this machine does not have it, or it computes nothing.
    """
    name = name or ('cuda' if torch.cuda.is_available() else 'cpu')
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()  # also tells 'meta', which computes nothing
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f'device {name} cannot be used ({str(error).splitlines()[0]}): try --device cpu'
        ) from error
    return device


def _dataset_meta(checkpoint: dict, cfg: Config) -> dict[str, Sequence]:
    meta = (checkpoint.get('meta') or {}).get('dataset_meta') or {}
    if 'classes' not in meta or 'palette' not in meta:
        # built, but not read: mmseg chooses the colours of the config's classes
        dataset = {**cfg.test_dataloader.dataset, 'lazy_init': True, 'pipeline': []}
        meta = DATASETS.build(dataset).metainfo
    return {'classes': meta['classes'], 'palette': meta['palette']}
