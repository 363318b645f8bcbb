"""A module's forward pass as one CUDA graph: its kernels are launched as one, not one by one."""

from collections.abc import Callable

import torch
import torch.utils._pytree as pytree
from torch import Tensor, nn

from ..errors import InputError

WARM_UP = 3  # passes before the capture, in which libraries choose kernels and take memory


def graph_forward(module: nn.Module) -> None:
    """Lets a module in inference replay a CUDA graph instead of running its ``forward``.

    The graph is captured at the first input, and anew when an input has another size or dtype: it
    is for pictures of one size. What is returned are copies, which the next replay leaves alone.

    Args:
        module: in eval mode, on a CUDA device; its ``forward`` takes tensors, or tuples of them,
            and does the same with all that have the same shapes.

    Raises:
        InputError: it is not on a CUDA device.
    """
    device = next(module.parameters()).device
    if device.type != 'cuda':
        raise InputError(
            f'CUDA graphs need a CUDA device, the model is on {device}: leave them out'
        )
    plain = module.forward
    captured: dict[str, _Capture] = {}

    def forward(inputs: object) -> object:
        leaves, structure = pytree.tree_flatten(inputs)
        key = f'{structure} {[(leaf.shape, leaf.dtype) for leaf in leaves]}'
        if key not in captured:
            captured.clear()  # its memory is free for the next one
            captured[key] = _Capture(plain, leaves, structure)
        return captured[key](leaves)

    module.forward = forward


class _Capture:
    """A graph, what it reads and what it writes."""

    def __init__(
        self,
        forward: Callable[[object], object],
        leaves: list[Tensor],
        structure: pytree.TreeSpec,
    ) -> None:
        self.inputs = [leaf.clone() for leaf in leaves]
        inputs = pytree.tree_unflatten(self.inputs, structure)
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UP):
                forward(inputs)
        torch.cuda.current_stream().wait_stream(aside)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.outputs = forward(inputs)

    def __call__(self, leaves: list[Tensor]) -> object:
        for static, given in zip(self.inputs, leaves):
            static.copy_(given)
        self.graph.replay()
        return pytree.tree_map(torch.clone, self.outputs)
