"""Studies: the ones there are, and mistakes in them."""

from pathlib import Path

import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from mmseg_wavemix.benchmark.contenders import build_model
from mmseg_wavemix.config import load_config
from mmseg_wavemix.engine.model import check_model
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.study.plan import read_study
from mmseg_wavemix.zoo import count_parameters
from tests.conftest import REPOSITORY

STUDIES = REPOSITORY / 'configs/studies'
PEERS = sorted(path.name for path in (REPOSITORY / 'configs/peers').glob('*.py'))


def test_recipe_compares_equal_sizes() -> None:
    study = read_study(STUDIES / 'camvid_recipe.py')
    sizes = {}
    for row in study.rows:
        cfg = load_config(row.config, row.options)
        assert cfg.train_cfg.max_epochs == 30
        sizes[row.name] = count_parameters(build_model(cfg, row.config))
    assert sizes['wide-88x3'] == pytest.approx(sizes['baseline'], rel=0.02)
    assert sizes['deep-48x11'] == pytest.approx(sizes['baseline'], rel=0.02)
    assert sizes['level-1'] < sizes['level-2'] < sizes['level-3'] < sizes['baseline']
    same = {'gamma-0', 'gamma-1', 'no-class-weight', 'adamw-constant', 'flip-only', 'ema'}
    assert {sizes[name] for name in same} == {sizes['baseline']}


def test_peers_share_the_recipe() -> None:
    study = read_study(STUDIES / 'camvid_peers.py')
    seen = set()
    for row in study.rows:
        cfg = load_config(row.config, row.options)
        seen.add(row.config.name)
        assert cfg.model.type == 'LeanEncoderDecoder'  # the same memory layout for all
        assert (cfg.train_cfg.max_epochs, cfg.train_dataloader.batch_size) == (300, 8)
        assert cfg.optim_wrapper.optimizer.type == 'AdamW'
        steps = [step.type for step in cfg.train_dataloader.dataset.pipeline]
        assert [step for step in steps if step != 'GenerateEdge'] == [
            'LoadImageFromFile', 'LoadAnnotations', 'RandomResize', 'RandomCrop', 'RandomFlip',
            'PhotoMetricDistortion', 'PackSegInputs',
        ]  # fmt: skip
    small = {'wavemix_64_11_l4_camvid.py', 'wavemix_64_11_l4_patch4_camvid.py'}
    assert seen == {*PEERS, *small, 'wavemix_128_11_l4_patch4_camvid.py'}
    rates = {row.options['optim_wrapper.optimizer.lr'] for row in study.rows}
    assert rates == {5e-4, 2e-3}
    for name in small:
        path = REPOSITORY / 'configs' / name
        assert count_parameters(build_model(load_config(path), path)) <= 3_000_000


def test_peers_at_half_the_size_see_what_the_recipes_baseline_sees() -> None:
    baseline = read_study(STUDIES / 'camvid_recipe.py').rows[0]
    expected = load_config(baseline.config, baseline.options)
    for row in read_study(STUDIES / 'camvid_peers_180x240.py').rows:
        cfg = load_config(row.config, row.options)
        assert cfg.train_cfg.max_epochs == expected.train_cfg.max_epochs
        for part in ('val_dataloader', 'test_dataloader'):
            assert cfg[part].dataset.pipeline == expected[part].dataset.pipeline
        steps = [s for s in cfg.train_dataloader.dataset.pipeline if s.type != 'GenerateEdge']
        assert steps == expected.train_dataloader.dataset.pipeline


def test_what_is_made_larger_is_all_that_differs_from_the_row_that_ships() -> None:
    rows = {row.name: row for row in read_study(STUDIES / 'camvid_peers_180x240.py').rows}
    row = rows['wavemix-64_11_l4_patch4-lr2e-3']
    expected = load_config(row.config, row.options).to_dict()
    model = expected.pop('model')
    larger = {}
    for row in read_study(STUDIES / 'camvid_larger_180x240.py').rows:
        cfg = load_config(row.config, row.options).to_dict()
        larger[row.name] = cfg.pop('model')
        assert cfg == expected
    deep, context = larger['depth-22'], larger['aspp-head']
    assert deep == {**model, 'backbone': {**model['backbone'], 'depth': 22}}
    head = context['decode_head']
    assert context == {**model, 'decode_head': head}
    assert head['type'] == 'DepthwiseSeparableASPPHead'
    assert head['loss_decode'] == model['decode_head']['loss_decode']


def test_the_unseen_drive_is_all_that_differs() -> None:
    seen = {row.name: row for row in read_study(STUDIES / 'camvid_peers_180x240.py').rows}
    for row in read_study(STUDIES / 'camvid_unseen_180x240.py').rows:
        cfg = load_config(row.config, row.options)
        expected = load_config(row.config, seen[row.name].options)
        for part in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
            assert cfg[part].dataset.data_root == 'data/camvid_unseen'
            expected[part].dataset.data_root = 'data/camvid_unseen'
        assert cfg.to_dict() == expected.to_dict()


def test_augmentations_alone_differ_on_the_unseen_drive() -> None:
    rows = {row.name: row for row in read_study(STUDIES / 'camvid_unseen_180x240.py').rows}
    row = rows['wavemix-64_11_l4_patch4-lr2e-3']
    expected = load_config(row.config, row.options).to_dict()
    steps = expected['train_dataloader']['dataset'].pop('pipeline')
    seen = [steps]
    for row in read_study(STUDIES / 'camvid_unseen_recipe_180x240.py').rows:
        cfg = load_config(row.config, row.options).to_dict()
        pipeline = cfg['train_dataloader']['dataset'].pop('pipeline')
        assert cfg == expected and pipeline not in seen
        assert (pipeline[:2], pipeline[-1]) == (steps[:2], steps[-1])  # loaded, packed
        seen.append(pipeline)


@pytest.mark.parametrize('name', PEERS)
def test_peers_train_from_scratch(name: str) -> None:
    path = REPOSITORY / 'configs/peers' / name
    cfg = load_config(path)
    assert 'http' not in path.read_text().replace('https://arxiv', '')  # no weights from elsewhere
    torch.manual_seed(0)
    model = build_model(cfg, path).train()
    check_model(model, cfg.model, training=True)  # as tools/train.py does before anything else
    label = torch.randint(11, (2, 1, 128, 128))
    samples = []
    for one in label:
        sample = SegDataSample(gt_sem_seg=PixelData(data=one))
        sample.gt_edge_map = PixelData(data=(one > 5).long())
        sample.set_metainfo(dict(img_shape=(128, 128), ori_shape=(128, 128)))
        samples.append(sample)
    losses = model.loss(torch.randn(2, 3, 128, 128), samples)
    total = sum(value for key, value in losses.items() if 'loss' in key)
    total.backward()
    assert total > 0
    untrained = [name for name, weight in model.named_parameters() if weight.grad is None]
    assert untrained == []


@pytest.mark.parametrize(
    'rows, message',
    [
        ("{'a': dict(options={})}", 'row a has options: config, and if wanted options and claim'),
        ("{'a b': dict(config='x.py')}", "row 'a b': letters, digits"),
        ('[1, 2]', 'rows is no dict of dicts by name'),
        ("{'a': 1}", 'rows is no dict of dicts by name'),
        ("{'a': dict(config='none.py')}", 'none.py does not exist'),
        ('3', 'AttributeError'),
    ],
)
def test_mistakes(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / 'configs/studies/wrong.py'
    path.parent.mkdir(parents=True)
    path.write_text(f"title = 'x'\nrows = {rows}\n")
    with pytest.raises(InputError, match=message):
        read_study(path)


def test_unknown_rows() -> None:
    study = read_study(STUDIES / 'camvid_recipe.py')
    assert [row.name for row in study.select(['ema', 'level-1'])] == ['ema', 'level-1']
    with pytest.raises(InputError, match='--rows levle-1: camvid_recipe has baseline, level-1'):
        study.select(['levle-1'])
    with pytest.raises(InputError, match='is no file: see configs/studies/'):
        read_study(STUDIES / 'none.py')
    with pytest.raises(InputError, match=r'^\S*camvid.py is no study, it has no rows'):
        read_study(REPOSITORY / 'configs/wavemix_64_6_l4_camvid.py')
