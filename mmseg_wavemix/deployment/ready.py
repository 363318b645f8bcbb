"""A trained segmentor made ready to predict: fused, in a dtype and layout, compiled."""

import argparse

import torch
from mmseg.models import EncoderDecoder
from torch import Tensor, nn

from .fuse import fuse

DTYPES = {'fp32': torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}


def make_ready(
    model: EncoderDecoder, fused: bool = True, dtype: str = 'fp32', compiled: bool = False
) -> None:
    """Changes a segmentor in place for inference; its weights are no longer those of training.

    Args:
        model: in eval mode, on the device that it stays on.
        fused: see :func:`fuse`; channels then lie last in memory, which suits every device.
        dtype: a name of :data:`DTYPES`, that backbone and head compute in. Logits are of it, too.
        compiled: run them through ``torch.compile``; each new size of pictures takes its time.
    """
    if fused:
        ready = fuse(model)
        model.backbone, model.decode_head = ready.backbone, ready.decode_head
    layout = torch.channels_last if fused else torch.preserve_format
    for part in (model.backbone, model.decode_head):
        part.to(dtype=DTYPES[dtype], memory_format=layout)

    def enter(_: nn.Module, args: tuple[Tensor]) -> tuple[Tensor]:
        # pictures come in float32 from the preprocessor, which knows nothing of this
        return (args[0].to(dtype=DTYPES[dtype], memory_format=layout),)

    model.backbone.register_forward_pre_hook(enter)
    if compiled:
        model.backbone.compile()
        model.decode_head.compile()


def add_inference_options(parser: argparse.ArgumentParser) -> None:
    """Adds what :func:`make_ready` takes to a command line."""
    parser.add_argument('--no-fuse', action='store_true', help='run the model as it was trained')
    parser.add_argument('--dtype', choices=DTYPES, default='fp32', help='to compute in')
    parser.add_argument('--compile', action='store_true', help='run through torch.compile')
