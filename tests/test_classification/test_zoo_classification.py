"""The classifiers' metafile against what their configs build; the rest is in ``test_zoo.py``."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config
from torch import nn

NEEDED = 'classification needs mmpretrain: make classification'
pytest.importorskip('mmseg_wavemix.classification', reason=NEEDED)

from mmseg_wavemix.zoo import (
    CLASSIFICATION,
    build_on_meta,
    count_flops,
    count_parameters,
    read_metafile,
)
from tests.conftest import REPOSITORY
from tests.test_classification.test_configs import DATA, NAME, STAR

MODELS = {model['Name']: model for model in read_metafile(REPOSITORY / CLASSIFICATION.metafile)}

every_model = pytest.mark.parametrize('name', MODELS)


def built(name: str) -> nn.Module:
    return build_on_meta(REPOSITORY / MODELS[name]['Config'])


@every_model
def test_computed_numbers(name: str) -> None:
    facts, model = MODELS[name]['Metadata'], built(name)
    assert facts['Parameters'] == count_parameters(model)
    assert facts['FLOPs'] == count_flops(model, facts['Input Size'])


@every_model
def test_training(name: str) -> None:
    facts, cfg = MODELS[name]['Metadata'], Config.fromfile(REPOSITORY / MODELS[name]['Config'])
    assert facts['Batch Size'] == cfg.train_dataloader.batch_size
    assert facts['Epochs'] == cfg.train_cfg.max_epochs
    parts = NAME.fullmatch(name)
    assert facts['Input Size'] == [int(parts['size'] or DATA[parts['data']][3])] * 2
    pretrained = isinstance(facts['Training Data'], list)
    assert pretrained == (name in STAR)
    assert not pretrained or facts['Training Data'][0] == 'ImageNet-1k'


@every_model
def test_dataset_is_the_tested_one(name: str) -> None:
    """Name and split of the result are those of the config's test data."""
    cfg, result = Config.fromfile(REPOSITORY / MODELS[name]['Config']), MODELS[name]['Results'][0]
    dataset = cfg.test_dataloader.dataset
    split = dataset.get('split') or {'2021_valid': 'val'}[dataset.version]
    assert result['Dataset'].split()[-1] == split
    said = re.sub(r'\W', '', result['Dataset']).lower()
    assert dataset.type.lower() in said and dataset.get('variant', '') in said


@every_model
def test_config_says_the_same(name: str) -> None:
    """A claim in the first line of a config is the metafile's, and none is left out."""
    line = Path(REPOSITORY / MODELS[name]['Config']).read_text().splitlines()[0]
    said = re.search(r'([\d.]+) %(?: top-1)? claimed', line)
    claimed = MODELS[name]['Claimed'].get('Top 1 Accuracy')
    assert claimed == (float(said[1]) if said else None)
    if said:
        table = MODELS[name]['Claimed']['Source'].removeprefix('paper, Table ')
        assert re.search(rf'\b{table}\b', line)


def test_flops_by_hand() -> None:
    """wavemix_64_6_l1_cifar10 on 32x32: multiply-adds of each layer, times two."""
    stem = (9 * 3 * 32 + 9 * 32 * 64) * (32 * 32)
    reduction = 64 * 16 * (32 * 32)
    mlp = (64 * 128 + 128 * 64) * (16 * 16)
    upsampling = 16 * 64 * 64 * (16 * 16)
    expected = 2 * (stem + 6 * (reduction + mlp + upsampling) + 64 * 10)
    assert count_flops(built('wavemix_64_6_l1_cifar10'), (32, 32)) == expected


def test_flops_of_the_neck() -> None:
    """1024 channels after the pooling, and as many for the classes instead of 192."""
    plain, wide = (
        count_flops(built(f'wavemix_192_16_l3{neck}_in1k'), (224, 224)) for neck in ('', '_emb1024')
    )
    assert wide - plain == 2 * (192 * 1024 + (1024 - 192) * 1000)


def test_index_is_read_by_mim() -> None:
    """MIM's reader finds every classifier, and the collection that they share with the others."""
    index = pytest.importorskip('modelindex').load(str(REPOSITORY / 'model-index.yml'))
    models = {model.name: model for model in index.models}
    assert MODELS.keys() <= models.keys()
    assert not index.check_errors
    for name in MODELS:
        assert not models[name].check_errors
        assert models[name].full_model.paper['URL'] == 'https://arxiv.org/abs/2205.14375'
