"""No way of loading a checkpoint runs code, but the one that its user asks for."""

import argparse
import json
import os
from pathlib import Path

import pytest
import torch
from mmengine.model import BaseModule
from mmengine.runner import load_checkpoint
from torch import nn

from mmseg_wavemix.checkpoints import add_trust_option, read_checkpoint, trust
from mmseg_wavemix.checkpoints.convert import export, is_own
from mmseg_wavemix.errors import InputError
from tests.test_checkpoints.test_loading import Malicious
from tests.test_engine.test_training import run


@pytest.fixture
def trap(tmp_path: Path) -> tuple[Path, Path]:
    """A checkpoint, and the folder that it makes when its code runs."""
    file, folder = tmp_path / 'evil.pth', tmp_path / 'trap'
    torch.save(dict(state_dict=nn.Linear(1, 1).state_dict(), x=Malicious(folder)), file)
    return file, folder


@pytest.fixture
def no_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust given in a test ends with it."""
    monkeypatch.setattr(trust, '_trusted', False)


def test_mmengine_itself_does_not_run_code(trap: tuple[Path, Path]) -> None:
    """Its own function would: it falls back to the unrestricted unpickler."""
    file, folder = trap
    with pytest.raises(InputError, match='evil.pth is refused.*--trust-checkpoint'):
        load_checkpoint(nn.Linear(1, 1), str(file))
    module = BaseModule(dict(type='Pretrained', checkpoint=str(file)))
    with pytest.raises(InputError, match='evil.pth is refused'):
        module.init_weights()
    assert not folder.exists()


@pytest.mark.parametrize('how', ['resume', 'load_from', 'auto', 'init_cfg'])
def test_no_run_begins_from_code(config: Path, tmp_path: Path, trap, how: str) -> None:
    file, folder = trap
    work_dir = tmp_path / 'run'
    options, resume, message = {}, None, 'evil.pth is refused'
    if how == 'resume':
        resume = str(file)
    elif how == 'load_from':
        options['load_from'] = str(file)
    elif how == 'init_cfg':
        options['model.backbone.init_cfg'] = dict(type='Pretrained', checkpoint=str(file))
    else:
        work_dir.mkdir()
        file.rename(work_dir / 'epoch_1.pth')
        resume, message = 'auto', 'epoch_1.pth: is refused.*no'
        message = r'no checkpoint to go on from \(epoch_1.pth: is refused'
    with pytest.raises(InputError, match=message):
        run(config, work_dir, options, resume=resume)
    assert not folder.exists()


def test_config_text_in_a_checkpoint_is_not_run(config: Path, tmp_path: Path) -> None:
    """mmengine runs ``meta.config`` as Python on resuming, and any unpickler takes plain text."""
    run(config, tmp_path / 'first', {'train_cfg.max_epochs': 1})
    file, folder = tmp_path / 'first' / 'epoch_1.pth', tmp_path / 'trap'
    content = torch.load(file, weights_only=False)
    content['meta']['config'] = f"__import__('os').mkdir({str(folder)!r})"
    torch.save(content, file)
    run(config, tmp_path / 'first', resume='auto')
    assert not folder.exists()
    assert read_checkpoint(tmp_path / 'first' / 'epoch_2.pth')['meta']['epoch'] == 2


def test_the_only_way_around(trap: tuple[Path, Path], no_trust: None) -> None:
    file, folder = trap
    parser = argparse.ArgumentParser()
    add_trust_option(parser)
    parser.parse_args([])
    with pytest.raises(InputError, match='refused'):
        read_checkpoint(file)
    parser.parse_args(['--trust-checkpoint'])
    assert 'state_dict' in read_checkpoint(file) and folder.is_dir()


@pytest.mark.parametrize('name', ['train', 'test', 'demo', 'convert_checkpoint'])
def test_tools_take_the_option(repository: Path, name: str) -> None:
    assert 'add_trust_option(parser)' in (repository / 'tools' / f'{name}.py').read_text()


def test_only_one_place_unpickles(repository: Path) -> None:
    """So that no other can forget it."""
    calls = [
        path.relative_to(repository).as_posix()
        for folder in ('mmseg_wavemix', 'tools')
        for path in (repository / folder).rglob('*.py')
        if 'torch.load(' in path.read_text() or 'pickle.load' in path.read_text()
    ]
    assert calls == ['mmseg_wavemix/checkpoints/loading.py']


def test_handing_on(config: Path, tmp_path: Path) -> None:
    """A run's checkpoint as safetensors, with all that is known of it in a file beside it."""
    done = run(config, tmp_path / 'run', {'train_cfg.max_epochs': 1})
    file, out = tmp_path / 'run' / 'epoch_1.pth', tmp_path / 'model.safetensors'
    assert is_own(file)
    export(file, out)
    found = read_checkpoint(out)
    for name, value in done.model.state_dict().items():
        assert torch.equal(found['state_dict'][name], value)
    assert found['meta']['dataset_meta']['classes'][0] == 'road'
    told = json.loads((tmp_path / 'model.json').read_text())
    assert told['classes'][-1] == 'bicycle' and told['epoch'] == 1 and told['seed'] == 0
    assert "type='WaveMix'" in told['config'] and told['source'] == 'epoch_1.pth'
    assert told['metric']['evaluator']['type'] == 'CityscapesOfficialMetric'
    assert told['metric']['test_cfg'] == dict(mode='whole')
    assert told['versions']['torch'] == torch.__version__
    assert len(told['data_sha256']) == len(told['sha256']) == 64
    with pytest.raises(InputError, match='model.safetensors exists'):
        export(file, out)
    out.unlink()
    with pytest.raises(InputError, match='model.json exists'):
        export(file, out)
    os.remove(tmp_path / 'model.json')
    export(file, tmp_path / 'model.pth')
    plain = torch.load(tmp_path / 'model.pth', weights_only=True)
    assert plain.keys() == {'meta', 'state_dict'}
    assert plain['meta']['provenance']['data_sha256'] == told['data_sha256']
