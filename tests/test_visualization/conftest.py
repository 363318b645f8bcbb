import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from mmseg_wavemix.config import load_config


@pytest.fixture
def checkpoint(config: Path, tmp_path: Path) -> Path:
    """Random weights for the model of ``config``."""
    init_default_scope('mmseg')
    torch.manual_seed(0)
    model = MODELS.build(load_config(config).model)
    path = tmp_path / 'random.pth'
    torch.save(dict(state_dict=model.state_dict()), path)
    return path


@pytest.fixture
def call_tool(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs the main function of a command line in this process; the sentence that it ends with."""

    def call(name: str, *args: object) -> str:
        script = repository / 'tools' / f'{name}.py'
        monkeypatch.setattr(sys, 'argv', [str(script), *map(str, args)])
        namespace = {'__name__': 'tool', '__file__': str(script)}
        exec(compile(script.read_text(), script, 'exec'), namespace)
        try:
            namespace['run'](namespace['main'])
        except SystemExit as end:
            return str(end.code)
        return ''

    return call
