"""8-bit integers for CPUs: a graph of convolutions, calibrated on training pictures."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from torch import nn

from ..new_file import check_new
from .export import export_onnx, require

PERCENTILE = 99.99  # of the values that 8 bits span; docs/benchmarks.md has what others lose


def quantize(
    model: nn.Module, out: Path, size: tuple[int, int] | None, pictures: Iterable[np.ndarray]
) -> None:
    """Writes a segmentor as ONNX whose convolutions compute in 8 bits.

    Weights a channel at a time, activations by the range that held 99.99 % of their values on the
    pictures: the few beyond it would cost the others a bit. The activations between, GELU, stay
    float32, and so does a stem of patches: OpenVINO 2026.4.1 computes convolutions of 4x4 with a
    stride of 4 wrongly in 8 bits on CPUs with AMX. Transposed convolutions are written as
    convolutions: ONNX Runtime leaves the others as they are.

    Args:
        model: as for :func:`export_onnx`.
        out: new file.
        size: as for :func:`export_onnx`.
        pictures: RGB ``(H, W, 3)``, 0 to 255, of that size; a dozen or two of the training split.
            All maps of one of them lie in memory at a time.

    Raises:
        InputError: see :func:`export_onnx`.
    """
    require('onnxruntime')
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    check_new(out)

    class Pictures(CalibrationDataReader):
        def __init__(self) -> None:
            self.all = list(pictures)
            self.rest: Iterator[np.ndarray] = iter(())

        def __len__(self) -> int:
            return len(self.all)

        def set_range(self, start_index: int, end_index: int) -> None:
            self.rest = iter(self.all[start_index:end_index])

        def get_next(self) -> dict[str, np.ndarray] | None:
            picture = next(self.rest, None)
            if picture is None:
                return None
            return {'image': picture.transpose(2, 0, 1)[None].astype(np.float32)}

    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        floats, ready, result = (Path(folder, f'{name}.onnx') for name in ('a', 'b', 'c'))
        export_onnx(model, floats, size, convolutions_only=True)
        quant_pre_process(floats, ready, skip_symbolic_shape=True)
        quantize_static(
            ready,
            result,
            Pictures(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=['Conv'],
            nodes_to_exclude=patches(ready),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.Percentile,
            extra_options=dict(
                WeightSymmetric=True,
                ActivationSymmetric=False,
                CalibPercentile=PERCENTILE,
                CalibStridedMinMax=1,  # pictures at a time, whatever the method
            ),
        )
        os.replace(result, out)


def patches(file: Path) -> list[str]:
    """Names of the convolutions of an ONNX file that cut a picture into patches: strides of their
    size, larger than the 2x2 of a wavelet transform."""
    import onnx

    names = []
    for node in onnx.load(file).graph.node:
        if node.op_type == 'Conv':
            sizes = {a.name: list(a.ints) for a in node.attribute}
            if sizes['kernel_shape'] == sizes.get('strides') and max(sizes['strides']) > 2:
                names.append(node.name)
    return names
