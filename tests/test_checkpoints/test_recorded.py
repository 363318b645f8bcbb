"""A recorded config is data, whatever its text says."""

from pathlib import Path

import pytest
from mmengine.config import Config

from mmseg_wavemix.checkpoints.recorded import plain_config, trained_on, without_paths


def test_reads_what_mmengine_writes(repository: Path) -> None:
    cfg = Config.fromfile(repository / 'configs/wavemix_64_6_l4_camvid.py')
    found = plain_config(cfg.pretty_text)
    assert found['model']['backbone']['embed_dims'] == cfg.model.backbone.embed_dims
    assert found['optim_wrapper'] == cfg.optim_wrapper.to_dict()
    assert list(found['metainfo']['classes']) == list(cfg.metainfo.classes)
    assert found['load_from'] is None
    assert trained_on(found) == 'camvid leftImg8bit/train'


@pytest.mark.parametrize(
    'text',
    [
        'a = __import__("os").mkdir("trap")',
        'a = dict(b=open("trap", "w"))',
        'a = [1, exec("x")]',
        'a = ',
        'a = ' + '[' * 5000,
    ],
)
def test_runs_nothing(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert plain_config(text) == {}
    assert not list(tmp_path.iterdir())


def test_values() -> None:
    text = "a = dict(b=[1, (2.5, None)], c={'d-e': dict(f=-1)})\nimport os\nx.y = 3\n"
    assert plain_config(text) == dict(a=dict(b=[1, [2.5, None]], c={'d-e': dict(f=-1)}))


def test_several_data_sets() -> None:
    def one(split: str) -> dict:
        return dict(data_root='data/camvid/', data_prefix=dict(img_path=f'leftImg8bit/{split}'))

    both = dict(dataset=dict(type='ConcatDataset', datasets=[one('train'), one('val')]))
    expected = 'camvid leftImg8bit/train + camvid leftImg8bit/val'
    assert trained_on(dict(train_dataloader=both)) == expected
    assert trained_on(dict(train_dataloader=dict(dataset=dict(dataset=one('train'))))) == (
        'camvid leftImg8bit/train'
    )
    assert trained_on({}) == ''


def test_paths() -> None:
    text = "a = '/home/me/runs/x/'\nb = \"/y\"\nc = 'data/z'\nd = 'http://h/p'\ne = '/'\n"
    assert without_paths(text) == "a = 'x'\nb = \"y\"\nc = 'data/z'\nd = 'http://h/p'\ne = '/'\n"
