"""Exported graphs in the runtimes that compute them on a CPU."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from .export import require

Graph = Callable[[np.ndarray], np.ndarray]  # float32 (N, 3, H, W) to logits (N, classes, H, W)


def onnxruntime_graph(file: Path, threads: int | None = None, spinning: bool = True) -> Graph:
    """A graph in ONNX Runtime.

    Args:
        file: from :func:`export_onnx` or :func:`quantize`.
        threads: as many as torch has by default.
        spinning: its threads wait busily for the next call, and slow down whatever else runs.
    """
    require('onnxruntime')
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or torch.get_num_threads()
    options.add_session_config_entry('session.intra_op.allow_spinning', str(int(spinning)))
    session = onnxruntime.InferenceSession(file, options, providers=['CPUExecutionProvider'])
    return lambda image: session.run(None, {'image': image})[0]


def openvino_graph(file: Path, threads: int | None = None, precision: str = 'f32') -> Graph:
    """A graph in OpenVINO.

    Args:
        file: as for :func:`onnxruntime_graph`.
        threads: as many as torch has by default.
        precision: of what is not in 8 bits, ``'f32'`` or ``'bf16'``.
    """
    require('openvino')
    import openvino

    settings = dict(
        INFERENCE_NUM_THREADS=threads or torch.get_num_threads(),
        INFERENCE_PRECISION_HINT=precision,
        PERFORMANCE_HINT='LATENCY',
    )
    compiled = openvino.Core().compile_model(file, 'CPU', settings)
    return lambda image: compiled(image)[0]


RUNTIMES = {'onnxruntime': onnxruntime_graph, 'openvino': openvino_graph}
