"""Training through torch.compile, a block at a time."""

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn

from ..errors import InputError
from ..models.block import WaveMixBlock


def blocks_to_compile(model: nn.Module) -> list[WaveMixBlock]:
    """A model's WaveMix blocks.

    Raises:
        InputError: it has none.
    """
    blocks = [part for part in model.modules() if isinstance(part, WaveMixBlock)]
    if not blocks:
        raise InputError('the model has no WaveMix blocks to compile: leave out --compile')
    return blocks


@HOOKS.register_module()
class CompiledBlocksHook(Hook):
    """Runs the WaveMix blocks of a model through ``torch.compile``.

    The blocks are equal, so that one graph serves them all: it takes a minute to make, not a minute
    a block. Weights, their names and checkpoints stay as they are.

    Args:
        backend: torch.compile's.

    Raises:
        InputError: the model has no such blocks.
    """

    def __init__(self, backend: str = 'inductor') -> None:
        self.backend = backend

    def before_train(self, runner: Runner) -> None:
        """Compiles at the first step."""
        for block in blocks_to_compile(runner.model):
            block.compile(backend=self.backend)
