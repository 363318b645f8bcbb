"""A trained segmentor made ready to predict: fused, in a dtype and layout, compiled."""

import argparse

import torch
from mmseg.models import EncoderDecoder
from torch import Tensor, nn

from .cuda_graph import graph_forward
from .fuse import fuse

EXECUTIONS = ('eager', 'compiled', 'cuda-graphs')
DTYPES = {'fp32': torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}


def make_ready(
    model: EncoderDecoder, fused: bool = True, dtype: str = 'fp32', execution: str = 'eager'
) -> None:
    """Changes a segmentor in place for inference; its weights are no longer those of training.

    Args:
        model: in eval mode, on the device that it stays on.
        fused: see :func:`fuse`; channels then lie last in memory, which suits every device.
        dtype: a name of :data:`DTYPES`, that backbone and head compute in. Logits are of it, too.
        execution: one of :data:`EXECUTIONS`: operation by operation, through ``torch.compile``, or
            as CUDA graphs. Of the last two, each new size of pictures takes its time.

    Raises:
        InputError: CUDA graphs of a model that is not on a CUDA device.
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
    for part in (model.backbone, model.decode_head):
        if execution == 'compiled':
            part.forward = torch.compile(part.forward)  # what mmseg's heads call
        elif execution == 'cuda-graphs':
            graph_forward(part)


def default_dtype(device: torch.device) -> str:
    """What pictures are segmented in unless asked otherwise: a GPU's bfloat16, if it has it."""
    return 'bf16' if device.type == 'cuda' and torch.cuda.is_bf16_supported() else 'fp32'


def add_inference_options(parser: argparse.ArgumentParser, scores: bool = True) -> None:
    """Adds what :func:`make_ready` takes to a command line.

    Args:
        parser: of the command.
        scores: it reports them, in float32 unless told otherwise; else ``dtype`` is None, for
            :func:`default_dtype`.
    """
    parser.add_argument('--no-fuse', action='store_true', help='run the model as it was trained')
    parser.add_argument(
        '--dtype',
        choices=DTYPES,
        default='fp32' if scores else None,
        help='to compute in; default: fp32' + (', on a GPU bf16' if not scores else ''),
    )
    how = parser.add_mutually_exclusive_group()
    how.set_defaults(execution='eager')
    for flag, execution, text in (
        ('--compile', 'compiled', 'run through torch.compile'),
        ('--cuda-graphs', 'cuda-graphs', 'run as CUDA graphs, for pictures of one size on a GPU'),
    ):
        how.add_argument(flag, dest='execution', action='store_const', const=execution, help=text)
