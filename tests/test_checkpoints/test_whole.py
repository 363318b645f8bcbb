"""Rotten files and weights that are no numbers are told, not used."""

import json
import zipfile
from pathlib import Path

import pytest
import torch
from mmengine.model import BaseModule
from mmengine.runner import load_checkpoint
from torch import nn

from mmseg_wavemix.checkpoints import load_weights, read_checkpoint, write_checkpoint
from mmseg_wavemix.checkpoints.convert import export
from mmseg_wavemix.errors import InputError

META = dict(classes=['road', 'sky'], palette=[[128, 64, 128], [70, 130, 180]])


def flip_a_bit(path: Path) -> None:
    """In the first weight, high in an exponent."""
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        stored = archive.read(next(n for n in archive.namelist() if n.endswith('data/0')))
    place = bytes(content).index(stored)
    content[place + 3] ^= 0x40
    path.write_bytes(content)


def test_rot(tmp_path: Path) -> None:
    path = tmp_path / 'c.pth'
    write_checkpoint(path, nn.Linear(20, 3).state_dict())
    load_weights(nn.Linear(20, 3), path)
    flip_a_bit(path)
    assert not torch.load(path)['state_dict']['weight'].isnan().any()  # torch reads it
    ways = [
        lambda: load_weights(nn.Linear(20, 3), path),
        lambda: load_checkpoint(nn.Linear(20, 3), str(path)),
        lambda: BaseModule(dict(type='Pretrained', checkpoint=str(path))).init_weights(),
        lambda: export(path, tmp_path / 'new.safetensors'),
    ]
    for way in ways:
        with pytest.raises(InputError, match='c.pth is damaged, its part .*data/0 has another'):
            way()
    assert not (tmp_path / 'new.safetensors').exists()


def test_sidecars(tmp_path: Path) -> None:
    path, sidecar = tmp_path / 'c.safetensors', tmp_path / 'c.json'
    write_checkpoint(path, nn.Linear(20, 3).state_dict(), META)
    whole, known = path.read_bytes(), json.loads(sidecar.read_text())
    for text, message in (
        ('{no', 'c.json, the sidecar of .* cannot be read'),
        (json.dumps({**known, 'classes': ['highway', 'sky']}), 'c.json names other classes'),
        (json.dumps({**known, 'sha256': '0' * 64}), 'c.safetensors is damaged, or not the one'),
    ):
        sidecar.write_text(text)
        with pytest.raises(InputError, match=message):
            read_checkpoint(path)
    for text in ('[1]', '{"by": "others"}', json.dumps(known)):
        sidecar.write_text(text)
        read_checkpoint(path)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(InputError, match='its SHA-256 is'):
        read_checkpoint(path)
    sidecar.unlink()
    read_checkpoint(path)


@pytest.mark.parametrize(
    'change, message',
    [
        (lambda w: w.to('meta'), 'has a shape and no values'),
        (lambda w: w.to_sparse(), 'is sparse'),
        (lambda w: torch.quantize_per_tensor(w, 0.1, 0, torch.qint8), 'is quantised'),
        (lambda w: w.to(torch.complex64), 'is torch.complex64'),
        (lambda w: w.to(torch.float8_e4m3fn), 'is torch.float8_e4m3fn'),
        (lambda w: w / 0, 'is not finite'),
        (lambda w: w.to(torch.int64), r'weight is \(3, 20\) of whole numbers, the model has'),
    ],
)
def test_weights_that_are_no_numbers(tmp_path: Path, change, message: str) -> None:
    path, model = tmp_path / 'c.pth', nn.Linear(20, 3)
    state = model.state_dict()
    torch.save(dict(state_dict={**state, 'weight': change(state['weight'])}), path)
    with pytest.raises(InputError, match=message):
        load_weights(nn.Linear(20, 3), path)
    if 'whole' not in message:
        with pytest.raises(InputError, match=message):
            load_checkpoint(nn.Linear(20, 3), str(path))
    for kind in (torch.float16, torch.bfloat16, torch.float64):
        torch.save({name: value.to(kind) for name, value in state.items()}, path)
        load_weights(nn.Linear(20, 3), path)


@pytest.mark.parametrize('weights', [[1], {}, {'a': 1}])
def test_pretrained_without_weights(tmp_path: Path, weights: object) -> None:
    path = tmp_path / 'c.pth'
    torch.save(dict(state_dict=weights), path)
    with pytest.raises(InputError, match='c.pth holds no weights'):
        BaseModule(dict(type='Pretrained', checkpoint=str(path))).init_weights()


def test_a_program_is_refused_without_advice_to_run_it(tmp_path: Path) -> None:
    path = tmp_path / 'c.pt'
    torch.jit.script(nn.Linear(2, 2)).save(str(path))
    with pytest.raises(InputError, match='is refused: it holds a program') as caught:
        read_checkpoint(path)
    assert 'weights_only' not in str(caught.value)
