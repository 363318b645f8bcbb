"""Weights as float16: what is kept, by values, and what is refused."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import nn

from mmseg_wavemix.checkpoints import load_weights, read_checkpoint
from mmseg_wavemix.checkpoints.convert import export
from mmseg_wavemix.checkpoints.half import ROUNDING, halved
from mmseg_wavemix.errors import InputError

META = dict(classes=['road', 'sky'], palette=[[128, 64, 128], [70, 130, 180]])
# as mmengine records it, with folders of somebody's machine
CFG = """\
data_root = '/home/somebody/data/camvid'
load_from = None
train_dataloader = dict(
    batch_size=8,
    dataset=dict(
        data_prefix=dict(img_path='leftImg8bit/train', seg_map_path='gtFine/train'),
        data_root='/home/somebody/data/camvid'))
work_dir = '/tmp/secret/wavemix'
"""


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.GELU(), nn.Conv2d(8, 2, 1))


def trained() -> nn.Sequential:
    """With statistics that float16 would not keep."""
    net = network().train()
    for _ in range(3):
        net(torch.randn(4, 3, 9, 9))
    net[1].running_var[0], net[1].running_mean[0] = 1e6, 1e-9
    return net.eval()


def test_values_of_a_round_trip(tmp_path: Path) -> None:
    net, path = trained(), tmp_path / 'c.safetensors'
    expected = {f'backbone.{name}': value for name, value in net.state_dict().items()}
    meta = dict(
        cfg=CFG, epoch=100, iter=4500, seed=0, experiment_name='wavemix_camvid_20261121_014501',
        dataset_meta=META, provenance=dict(data_sha256='ab' * 32, versions=dict(torch='2.13.0')),
    )  # fmt: skip
    torch.save(dict(meta=meta, state_dict=expected), tmp_path / 'c.pth')
    assert export(tmp_path / 'c.pth', path, half=True).weights == len(expected)
    with safe_open(path, framework='pt') as file:
        for name, value in expected.items():
            stored = file.get_tensor(name)
            if 'running' in name or 'tracked' in name:
                assert stored.dtype == value.dtype and torch.equal(stored, value)
            else:  # the nearest float16 there is
                assert stored.dtype == torch.float16
                assert torch.equal(stored, value.half())
                assert torch.allclose(stored.float(), value, rtol=ROUNDING, atol=0)
    weight = expected['backbone.0.weight']
    assert not torch.equal(weight.half().float(), weight)  # else there was nothing to round

    found = nn.ModuleDict(dict(backbone=network())).eval()
    content = load_weights(found, path)
    assert {p.dtype for p in found.parameters()} == {torch.float32}
    x = torch.randn(1, 3, 9, 9)
    torch.testing.assert_close(found['backbone'](x), net(x), atol=2e-3, rtol=2e-3)
    assert content['meta']['dataset_meta'] == META


def test_what_goes_with_the_file(tmp_path: Path) -> None:
    """Enough to know what it is without the sidecar; of the machine, nothing."""
    test_values_of_a_round_trip(tmp_path)
    sidecar = tmp_path / 'c.json'
    told = json.loads(sidecar.read_text())
    assert told['epoch'] == 100 and told['trained_on'] == 'camvid leftImg8bit/train'
    assert "data_root = 'camvid'" in told['config'] and "work_dir = 'wavemix'" in told['config']
    assert 'somebody' not in sidecar.read_text() and 'secret' not in sidecar.read_text()
    sidecar.unlink()
    assert read_checkpoint(tmp_path / 'c.safetensors')['meta']['provenance'] == dict(
        config_name='wavemix_camvid', trained_on='camvid leftImg8bit/train', epoch=100, iter=4500,
        seed=0, experiment_name='wavemix_camvid_20261121_014501', data_sha256='ab' * 32,
        versions=dict(torch='2.13.0'),
    )  # fmt: skip


@pytest.mark.parametrize(
    'values, message',
    [
        ([1.0, 7e4], 'c.pth: weight w reaches 7e.04, float16 ends at 65504: leave out --half'),
        ([-1e30, 0.0], 'c.pth: weight w reaches 1e.30'),
        ([1e-9, -2e-9], r'weight w, 2e-09 at most, is too small for float16.*100.0% of it'),
        ([3e-7, 4.1e-7], 'weight w, 4.1e-07 at most, is too small for float16'),
    ],
)
def test_what_float16_does_not_keep(values: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        halved(dict(w=torch.tensor(values)), 'c.pth')


def test_what_it_keeps() -> None:
    """A weight that has vanished beside others that matter is no loss, nor are zeros."""
    for values in ([0.5, 1e-9], [0.0, 0.0], [65504.0], [-65519.0], [1e-3]):
        kept = halved(dict(w=torch.tensor(values)), 'c.pth')['w']
        assert kept.isfinite().all()
        torch.testing.assert_close(kept.float(), torch.tensor(values), rtol=5e-4, atol=1e-8)
    whole = halved(dict(n=torch.tensor([70000])), 'c.pth')['n']
    assert whole.dtype == torch.int64 and whole.item() == 70000


def test_refused_before_it_is_written(tmp_path: Path) -> None:
    torch.save({'backbone.w': torch.tensor([1e5])}, tmp_path / 'c.pth')
    with pytest.raises(InputError, match='backbone.w reaches 1e.05'):
        export(tmp_path / 'c.pth', tmp_path / 'c.safetensors', half=True)
    assert [path.name for path in tmp_path.iterdir()] == ['c.pth']
