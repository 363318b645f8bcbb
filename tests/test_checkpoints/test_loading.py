import os
from pathlib import Path

import pytest
import torch
from torch import nn

from mmseg_wavemix.checkpoints import load_weights, read_checkpoint
from mmseg_wavemix.errors import InputError


class Malicious:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.path),)


def test_loads_plain_and_wrapped_weights(tmp_path: Path) -> None:
    source = nn.Linear(2, 3)
    for name, content in (
        ('bare.pth', source.state_dict()),
        ('full.pth', dict(state_dict=source.state_dict(), meta=dict(epoch=3))),
    ):
        torch.save(content, tmp_path / name)
        model = nn.Linear(2, 3)
        checkpoint = load_weights(model, tmp_path / name)
        assert torch.equal(model.weight, source.weight) and torch.equal(model.bias, source.bias)
        assert ('meta' in checkpoint) == (name == 'full.pth')


def test_code_is_not_run(tmp_path: Path) -> None:
    trap = tmp_path / 'trap'
    torch.save(dict(state_dict=nn.Linear(1, 1).state_dict(), x=Malicious(trap)), tmp_path / 'm.pth')
    with pytest.raises(InputError, match='m.pth is refused.*would run (posix|os).mkdir'):
        read_checkpoint(tmp_path / 'm.pth')
    assert not trap.exists()
    torch.load(tmp_path / 'm.pth', weights_only=False)
    assert trap.exists()  # the trap does work


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (dict(weight=torch.zeros(3, 3), bias=torch.zeros(3)),
         r'another model \(1 of another shape, such as weight is \(3, 3\), the model has \(3, 2\)'),
        (dict(weight=torch.zeros(3, 2)), '1 weights missing, such as bias'),
        (dict(weight=torch.zeros(3, 2), bias=torch.zeros(3), c=torch.zeros(1)),
         '1 unknown, such as c'),
        (dict(state_dict=dict(weight='text')), 'holds no weights'),
        (dict(epoch=3), 'holds no weights'),
        ([torch.zeros(1)], 'holds no weights'),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit(tmp_path: Path, content: object, message: str) -> None:
    torch.save(content, tmp_path / 'c.pth')
    model = nn.Linear(2, 3)
    before = model.weight.clone()
    with pytest.raises(InputError, match=f'c.pth.*{message}'):
        load_weights(model, tmp_path / 'c.pth')
    assert torch.equal(model.weight, before)


def test_damaged_files(tmp_path: Path) -> None:
    path = tmp_path / 'c.pth'
    torch.save(nn.Linear(2, 3).state_dict(), path)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:10], b'', b'not a checkpoint'):
        path.write_bytes(content)
        with pytest.raises(InputError, match='c.pth cannot be read.*damaged'):
            read_checkpoint(path)
    with pytest.raises(InputError, match='none.pth does not exist'):
        read_checkpoint(tmp_path / 'none.pth')
    with pytest.raises(InputError, match='is a folder: name a file in it$'):
        read_checkpoint(tmp_path)
