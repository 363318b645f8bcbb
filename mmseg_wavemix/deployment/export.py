"""From a trained segmentor to ONNX: pictures in, logits out, checked before it is written."""

import json
import logging
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import InputError
from ..new_file import check_new
from .fuse import fuse
from .shuffled import shuffled

TOLERANCE = 1e-4  # of the largest logit


class PictureToLogits(nn.Module):
    """A segmentor with its normalisation before it.

    Args:
        model: its preprocessor's mean and standard deviation are taken over.
        fused: see :func:`mmseg_wavemix.deployment.fuse`.
    """

    def __init__(self, model: nn.Module, fused: bool = True) -> None:
        super().__init__()
        preprocessor = model.data_preprocessor
        for name in ('mean', 'std'):
            self.register_buffer(name, getattr(preprocessor, name).reshape(1, -1, 1, 1).clone())
        model = fuse(model) if fused else model
        self.backbone, self.head = model.backbone, model.decode_head

    def forward(self, image: Tensor) -> Tensor:
        """RGB ``(N, 3, H, W)`` from 0 to 255 to logits ``(N, classes, H, W)``."""
        return self.head(self.backbone((image - self.mean) / self.std))


def export_onnx(
    model: nn.Module,
    out: Path,
    size: Sequence[int] | None = None,
    convolutions_only: bool = False,
    fused: bool = True,
) -> float:
    """Writes a segmentor as ONNX, for any batch.

    Args:
        model: with ``dataset_meta``, as from :func:`mmseg_wavemix.inference.load_model`, on the
            CPU.
        out: new file.
        size: height and width of the pictures; None: any multiples of the backbone's
            ``size_divisor``, since what pads them is not in the graph.
        convolutions_only: transposed convolutions as convolutions, for runtimes that quantise no
            others.
        fused: the same logits, sooner.

    Returns:
        Largest difference between ONNX Runtime's logits and PyTorch's, relative to the largest
        logit, over several pictures and batches.

    Raises:
        InputError: the file exists, a package is missing, or the graph does not compute what the
            model does; then nothing is written.
    """
    require('onnx', 'onnxscript', 'onnxruntime')
    check_new(out)
    network = PictureToLogits(model, fused).eval()
    network = (shuffled(network) if convolutions_only else network).requires_grad_(False)
    divisor = model.backbone.size_divisor
    shapes = {0: torch.export.Dim('batch')}
    example = tuple(size) if size else (2 * divisor, 3 * divisor)
    if size is None:
        shapes |= {axis: divisor * torch.export.Dim(name) for axis, name in ((2, 'h'), (3, 'w'))}
    logging.getLogger('torch.onnx').setLevel(logging.ERROR)  # it misses torchvision's operators
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')
        program = torch.onnx.export(
            network,
            (torch.zeros(2, 3, *example),),
            dynamo=True,
            verbose=False,
            input_names=['image'],
            output_names=['logits'],
            dynamic_shapes={'image': shapes},
        )
    meta = dict(model.dataset_meta)
    program.model.metadata_props.update(
        classes=json.dumps(list(meta['classes'])),
        palette=json.dumps([list(map(int, colour)) for colour in meta['palette']]),
        image='RGB, 0 to 255, '
        + ('x'.join(map(str, size)) if size else f'height and width multiples of {divisor}'),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f'.{out.name}.unchecked')
    try:
        program.save(temporary)
        difference = _difference(network, temporary, example, None if size else divisor)
        if not difference <= TOLERANCE:
            raise InputError(
                f'the exported graph differs from the model by {difference:.1e} of its largest '
                f'logit, more than {TOLERANCE}: nothing is written'
            )
        os.replace(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)
    return difference


def require(*packages: str) -> None:
    """Imports what only export needs.

    Raises:
        InputError: with the command that installs what is missing.
    """
    for package in packages:
        try:
            __import__(package)
        except ImportError as error:
            if package == 'openvino':  # large, and a matter of taste: in no list of ours
                raise InputError(f'openvino is missing ({error}): pip install it') from error
            raise InputError(
                f"export needs {package} ({error}): pip install 'mmseg-wavemix[export]', or in "
                "the repository pip install -e '.[export]'"
            ) from error


def _difference(network: nn.Module, file: Path, size: Sequence[int], divisor: int | None) -> float:
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=['CPUExecutionProvider'])
    generator = torch.Generator().manual_seed(0)
    shapes = [(1, *size), (3, *size)]
    if divisor:
        shapes.append((1, 4 * divisor, divisor))
    worst = 0.0
    for batch, height, width in shapes:
        image = 255 * torch.rand(batch, 3, height, width, generator=generator)
        with torch.no_grad():
            expected = network(image).numpy()
        (logits,) = session.run(None, {'image': image.numpy()})
        worst = max(worst, float(np.abs(logits - expected).max() / np.abs(expected).max()))
    return worst
