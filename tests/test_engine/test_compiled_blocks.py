"""Blocks that are compiled train as those that are not."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch._dynamo import register_backend
from torch.fx import GraphModule

from mmseg_wavemix.engine import CompiledBlocksHook
from mmseg_wavemix.errors import InputError
from tests.test_engine.recipe import LossesHook, differences, left, write
from tests.test_engine.test_training import run

graphs: list[GraphModule] = []


@register_backend
def counting(graph: GraphModule, inputs: list[torch.Tensor]):
    """Changes nothing."""
    graphs.append(graph)
    return graph.forward


def test_one_graph_for_all_blocks_and_the_same_weights(config: Path, tmp_path: Path) -> None:
    three = "model['backbone']['depth'] = 3\n"
    run(write(config, epochs=2, more=three), tmp_path / 'plain')
    graphs.clear()
    hook = "default_hooks['compiled'] = dict(type='CompiledBlocksHook', backend='counting')\n"
    run(write(config, epochs=2, more=three + hook), tmp_path / 'compiled')
    assert len(graphs) == 2  # training and validation
    assert differences(left(tmp_path / 'plain', 2), left(tmp_path / 'compiled', 2)) == []


@pytest.mark.skipif(not shutil.which('c++'), reason='torch.compile needs a C++ compiler')
def test_by_the_option(config: Path, tmp_path: Path) -> None:
    losses = {}
    for compiled in (False, True):
        recipe = write(config, epochs=1, more="default_hooks['losses'] = dict(type='LossesHook')\n")
        runner = run(recipe, tmp_path / str(compiled), compiled=compiled)
        kinds = {type(hook): hook for hook in runner.hooks}
        assert (CompiledBlocksHook in kinds) == compiled
        losses[compiled] = kinds[LossesHook].losses
    assert len(losses[True]) == 4
    assert losses[True] == pytest.approx(losses[False], rel=1e-3)


def test_other_models_have_none() -> None:
    with pytest.raises(InputError, match='no WaveMix blocks to compile'):
        CompiledBlocksHook().before_train(SimpleNamespace(model=nn.Conv2d(3, 3, 1)))
