"""The metafiles against the configs they describe, their page against the metafiles.

What needs mmpretrain stands in ``test_classification/test_zoo_classification.py``.
"""

import csv
import functools
import re
import runpy
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from mmengine.config import Config
from torch import nn

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.zoo import (
    CLASSIFICATION,
    END,
    PAGE,
    SEGMENTATION,
    ZOOS,
    Zoo,
    build_on_meta,
    count_flops,
    count_parameters,
    format_notes,
    format_table,
    read_metafile,
    replace_block,
    training_size,
    write_blocks,
)
from tests.conftest import REPOSITORY

MODELS, CLASSIFIERS = (
    {model['Name']: model for model in read_metafile(REPOSITORY / zoo.metafile)} for zoo in ZOOS
)
SIZES = re.compile(r'wavemix_(?P<dims>\d+)_(?P<depth>\d+)_l(?P<level>\d)')
NAME = re.compile(
    r'(?P<family>wavemix|convmixer)_(?P<embed_dims>\d+)_(?P<depth>\d+)(?:_l(?P<level>\d))?'
    r'(?:_ff(?P<ff_channels>\d+))?(?:_mul(?P<mlp_ratio>\d))?(?:_patch(?P<patch_size>\d))?'
    r'(?P<pretrained>_in1k-pre)?_(?P<data>cityscapes|camvid|synthetic)(?:-(?P<size>\d+x\d+))?'
)


@functools.cache
def built(name: str, num_classes: int | None = None) -> nn.Module:
    return build_on_meta(REPOSITORY / MODELS[name]['Config'], num_classes)


@pytest.mark.parametrize('zoo', ZOOS, ids=lambda zoo: str(zoo.metafile))
def test_every_config_has_one_entry(zoo: Zoo) -> None:
    content = yaml.safe_load((REPOSITORY / zoo.metafile).read_text())['Models']
    files = (REPOSITORY / zoo.metafile).parent.glob('*.py')
    configs = {str(file.relative_to(REPOSITORY)) for file in files}
    configs -= {'configs/default_runtime.py'}
    assert sorted(model['Config'] for model in content) == sorted(configs)  # none twice
    assert all(model['Name'] == Path(model['Config']).stem for model in content)


def test_index() -> None:
    """All metafiles are imported; every model is in a collection that one of them has."""
    index = yaml.safe_load((REPOSITORY / 'model-index.yml').read_text())
    assert index == {'Import': [str(zoo.metafile) for zoo in ZOOS]}
    contents = [yaml.safe_load((REPOSITORY / path).read_text()) for path in index['Import']]
    collections = [item['Name'] for content in contents for item in content.get('Collections', [])]
    used = {model['In Collection'] for content in contents for model in content['Models']}
    assert sorted(used) == sorted(collections)


@pytest.mark.parametrize('name', MODELS)
def test_computed_numbers(name: str) -> None:
    facts = MODELS[name]['Metadata']
    model = built(name)
    assert facts['Parameters'] == count_parameters(model)
    assert facts['FLOPs'] == count_flops(model, facts['Input Size'])
    if 'cityscapes' in name:
        assert facts['Parameters with 20 Classes'] == count_parameters(built(name, 20))


@pytest.mark.parametrize('name', MODELS)
def test_training(name: str) -> None:
    facts, cfg = MODELS[name]['Metadata'], Config.fromfile(REPOSITORY / MODELS[name]['Config'])
    assert facts['Batch Size'] == cfg.train_dataloader.batch_size
    assert facts['Epochs'] == cfg.train_cfg.max_epochs
    assert tuple(facts['Input Size']) == (training_size(cfg) or (1024, 2048))
    size = NAME.fullmatch(name)['size']
    if 'cityscapes' in name:
        expected = tuple(map(int, size.split('x'))) if size else None
        assert training_size(cfg) == cfg.get('network_size') == expected
        assert cfg.default_hooks.switch.begin == 250  # epochs by AdamW
        assert len((REPOSITORY / MODELS[name]['Config']).read_text().splitlines()) <= 8


@pytest.mark.parametrize('name', MODELS)
def test_models_are_what_their_names_say(name: str) -> None:
    said = {key: value for key, value in NAME.fullmatch(name).groupdict().items() if value}
    model = built(name)
    assert type(model.backbone).__name__.lower() == said['family']
    assert len(model.backbone.blocks) == int(said['depth'])
    assert model.decode_head.in_channels == int(said['embed_dims'])
    assert model.num_classes == (11 if said['data'] == 'camvid' else 19)
    init = model.backbone.init_cfg
    assert ('ClassifierWeights' in str(init)) == ('pretrained' in said)
    if said['family'] == 'wavemix':
        channels = int(said['embed_dims'])
        for block in model.backbone.blocks:
            assert len(block.mixers) == int(said['level'])
            for mixer in block.mixers:
                assert mixer[0].out_channels == channels * int(said.get('mlp_ratio', 2))
                assert mixer[3].out_channels == int(said.get('ff_channels', channels))
                published = 'patch_size' in said and said['data'] == 'cityscapes'
                assert mixer[2].p == (0.5 if published else 0)
        stem = model.backbone.stem
        patch = stem.convs[2].stride[0] if type(stem).__name__ == 'PatchifyStem' else None
        assert patch == (int(said['patch_size']) if 'patch_size' in said else None)


CLAIMED = [name for name, model in MODELS.items() if model['Claimed']]


@pytest.mark.parametrize('name', CLAIMED)
def test_a_config_says_what_the_metafile_claims(name: str) -> None:
    if 'patch4' in name:
        return  # its number is no mIoU: the metafile's note tells
    comment = (REPOSITORY / MODELS[name]['Config']).read_text().split('_base_')[0]
    numbers = [float(number) for number in re.findall(r'\b\d\d\.\d+\b', comment)]
    assert MODELS[name]['Claimed']['mIoU'] in numbers


def test_head_of_the_published_model() -> None:
    """192 -> 128 -> 64 -> classes, not half and a quarter of 192."""
    head = built('wavemix_192_16_l3_patch4_cityscapes', 20).decode_head
    shapes = [tuple(parameter.shape) for parameter in head.parameters() if parameter.ndim == 4]
    assert sorted(shapes) == [(20, 64, 1, 1), (128, 64, 4, 4), (192, 128, 4, 4)]


def test_table_6(shared_data: Path) -> None:
    table = shared_data.parent / 'paper' / 'table6.csv'
    if not table.is_file():
        pytest.skip(f'no {table}')
    rows = list(csv.DictReader(table.open()))
    assert len(rows) == 39
    for row in rows:
        model = MODELS[row['config'].removesuffix('.py')]
        assert model['Claimed'] == {'mIoU': float(row['paper_miou']), 'Source': 'paper, Table 6'}
        assert 'x'.join(map(str, model['Metadata']['Input Size'])) == row['input']
        assert model['Metadata']['Parameters'] == int(row['params_19_classes'])
        assert model['Metadata']['Parameters with 20 Classes'] == int(row['params_20_classes'])
        assert model['Metadata']['Batch Size'] <= max(int(row['paper_max_batch']), 5)


def test_flops_by_hand() -> None:
    """wavemix_128_8_l1 on 256x512: multiply-adds of each convolution, times two."""
    stem = 9 * 3 * 64 * (128 * 256) + 9 * 64 * 128 * (64 * 128)
    reduction = 128 * 32 * (64 * 128)
    mlp = (128 * 256 + 256 * 128) * (32 * 64)
    upsampling = 16 * 128 * 128 * (32 * 64)
    # the last 1x1 is in the weights before it: their product, then 19 channels instead of 32
    head = 16 * 128 * 64 * (64 * 128) + 16 * 64 * 32 * 19 + 16 * 64 * 19 * (128 * 256)
    expected = 2 * (stem + 8 * (reduction + mlp + upsampling) + head)
    assert count_flops(built('wavemix_128_8_l1_cityscapes-256x512'), (256, 512)) == expected


def rows_of_table(paper: str, number: int) -> list[list[str]]:
    """Cells of a table of the paper, which stands before its caption, without marks and units."""
    rows = []
    for line in reversed(paper.split(f'\nTable {number}:')[0].rstrip().splitlines()):
        if not line.startswith('|'):
            break
        line = line.replace(r'\times', 'x').translate(str.maketrans('', '', '*%$†, '))
        rows.append(line.strip('|').split('|'))
    return rows


@pytest.mark.parametrize('name', [name for name in CLASSIFIERS if CLASSIFIERS[name]['Claimed']])
def test_claims_of_classifiers(name: str, shared_data: Path) -> None:
    """One row of the table that is named has the model's sizes, its level and the number."""
    file = shared_data.parent / 'paper' / 'wavemix_paper.md'
    if not file.is_file():
        pytest.skip(f'no {file}')
    model, said = CLASSIFIERS[name], SIZES.match(name)
    claimed = model['Claimed']['Top 1 Accuracy']
    values = {f'{claimed:.2f}', f'{claimed:.0f}'}
    table = int(re.fullmatch(r'paper, Table (\d+)', model['Claimed']['Source'])[1])
    kind = 'WaveMix-Lite' if said['level'] == '1' else 'WaveMix'
    architecture = re.compile(rf'{kind}-{said["dims"]}/{said["depth"]}(\(.*\))?')
    (row,) = (
        row
        for row in rows_of_table(file.read_text(encoding='utf-8'), table)
        if values & set(row) and any(map(architecture.fullmatch, row))
    )
    assert ''.join(re.findall(r'\(\D*(\d)\D*\)', ''.join(row))) == said['level'].strip('1')
    if table in (5, 7):
        data = re.sub(r'\W|_', '', row[0]).lower().replace('inat', 'inaturalist')
        assert data in re.sub(r'\W', '', model['Results'][0]['Dataset']).lower()
    if table == 5:
        assert row[3] == str(model['Metadata']['Parameters'])
    elif table == 7:
        assert row[2] == 'x'.join(map(str, model['Metadata']['Input Size']))
    elif table == 11:
        assert row[3] == f'{claimed}' and 'CIFAR-10 ' in model['Results'][0]['Dataset']


@pytest.mark.parametrize('name', [*MODELS, *CLASSIFIERS])
def test_a_number_has_a_source(name: str) -> None:
    model = (MODELS | CLASSIFIERS)[name]
    assert not model['Claimed'] or model['Claimed']['Source'].startswith(('paper', 'authors'))
    (result,) = model['Results']
    score = 'mIoU' if name in MODELS else 'Top 1 Accuracy'
    if result['Metrics'] == {score: 'pending'}:
        assert 'Measured' not in result
    else:
        assert all(isinstance(value, float) for value in result['Metrics'].values())
        assert {'Machine', 'Command', 'Date'} <= result['Measured'].keys()
    if model.get('Converted', {}).get(score, 'pending') != 'pending':
        assert {'Machine', 'Command', 'Date'} <= model['Converted'].keys()


def entry(name: str, dataset: str, metrics: dict, claimed: dict, **other) -> dict:
    facts = {'Input Size': [32, 64], 'Parameters': 1234567, 'FLOPs': 1234567890123}
    result = dict(Dataset=dataset, Metrics=metrics)
    model = dict(Name=name, Config=f'configs/{name}.py', Metadata=facts, Claimed=claimed)
    return dict(model, Results=[result], **other)


def test_table_by_hand() -> None:
    models = [
        entry('a', 'Streets', dict(mIoU='pending'), dict(mIoU=78.64), Note='Not tuned.'),
        entry('c', 'Pictures', {'Top 1 Accuracy': 97.5}, {}, Weights='https://host/c.pth'),
        entry('b', 'Streets', dict(mIoU=50.1), {}, Converted=dict(mIoU='pending')),
    ]
    assert format_table(models) == (
        '**Streets**\n\n'
        '| config | input | parameters | GFLOPs | mIoU, claimed | mIoU, converted '
        '| mIoU, measured |\n'
        '| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n'
        '| [a](../configs/a.py) \\* | 32x64 | 1.23 M | 1,234.6 | 78.64 |  | pending |\n'
        '| [b](../configs/b.py) | 32x64 | 1.23 M | 1,234.6 |  | pending | 50.1 |\n\n'
        '**Pictures**\n\n'
        '| config | input | parameters | GFLOPs | top-1, measured | weights |\n'
        '| --- | ---: | ---: | ---: | ---: | --- |\n'
        '| [c](../configs/c.py) | 32x64 | 1.23 M | 1,234.6 | 97.5 '
        '| [download](https://host/c.pth) |'
    )
    assert format_notes(models) == '* a: Not tuned.'


def test_table_of_classifiers_by_hand() -> None:
    """One table; small models are counted exactly."""
    models = [
        entry('a', 'Cats', top_1('pending'), dict(top_1(75.0), Source='paper, Table 4')),
        entry('b', 'Dogs', top_1(97.5), {}, Note='Not tuned.'),
    ]
    models[1]['Metadata'] |= {
        'Parameters': 3566, 'FLOPs': 2302112, 'Training Data': ['Pictures', 'Dogs']
    }  # fmt: skip
    assert format_table(models, by_data=False) == (
        '| config | data | input | parameters | GFLOPs | top-1, claimed | claimed in '
        '| top-1, measured |\n'
        '| --- | --- | ---: | ---: | ---: | ---: | --- | ---: |\n'
        '| [a](../configs/a.py) | Cats | 32x64 | 1.23 M | 1,234.6 | 75.0 | Table 4 | pending |\n'
        '| [b](../configs/b.py) \\* | Dogs, from Pictures | 32x64 | 3,566 | 0.0023 |  |  | 97.5 |'
    )


def top_1(value: float | str) -> dict[str, float | str]:
    return {'Top 1 Accuracy': value}


def test_page_is_current() -> None:
    assert write_blocks(REPOSITORY, check=True) == [], 'run python tools/model_zoo.py'


def test_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that was edited by hand is noticed, and mended; nothing else in it changes."""
    for folder in ('tools', 'configs/mmpretrain', 'docs'):
        (tmp_path / folder).mkdir(parents=True)
    for file in (*(zoo.metafile for zoo in ZOOS), 'tools/model_zoo.py'):
        shutil.copy(REPOSITORY / file, tmp_path / file)
    page = tmp_path / PAGE
    edited = '# Before\n' + ''.join(
        f'{zoo.begin}\nedited by hand\n{END}\nafter {zoo.metafile}\n' for zoo in ZOOS
    )
    page.write_text(edited)
    monkeypatch.setattr(sys, 'path', [*sys.path])

    def tool(*options: str) -> int | str | None:
        monkeypatch.setattr(sys, 'argv', ['model_zoo.py', *options])
        try:
            runpy.run_path(str(tmp_path / 'tools' / 'model_zoo.py'), run_name='__main__')
        except SystemExit as end:
            return end.code
        return 0

    def outdated(metafiles: str) -> str:
        return f'error: {PAGE} differs from {metafiles}: run python tools/model_zoo.py'

    both = 'configs/metafile.yml and configs/mmpretrain/metafile.yml'
    assert tool('--check') == outdated(both) and page.read_text() == edited
    assert tool() == 0
    text = page.read_text()
    assert text.startswith(f'# Before\n{SEGMENTATION.begin}\n\n## All ')
    assert f'\n\n{END}\nafter configs/metafile.yml\n{CLASSIFICATION.begin}\n\n## All' in text
    assert text.endswith(f'\n\n{END}\nafter configs/mmpretrain/metafile.yml\n')
    assert 'edited by hand' not in text
    assert tool('--check') == tool() == 0 and page.read_text() == text
    page.write_text(text.replace('99.17', '99.71'))
    assert tool('--check') == outdated('configs/mmpretrain/metafile.yml')


def test_faults_are_named(tmp_path: Path) -> None:
    begin, other = SEGMENTATION.begin, CLASSIFICATION.begin
    for text in ('', f'{begin}\n{begin}\n{END}', f'{END}\n{begin}', f'{begin}\n{other}\n{END}'):
        with pytest.raises(InputError, match=f'{PAGE} needs the line {begin} once'):
            replace_block(text, SEGMENTATION, 'table')
    path = tmp_path / 'metafile.yml'
    for content in ('Models: [', 'Collections: []', '- 1'):
        path.write_text(content)
        with pytest.raises(InputError, match=f'{path} is no metafile'):
            read_metafile(path)
    model = entry('a', 'Streets', dict(mIoU=1.0), {})
    del model['Claimed'], model['Metadata']['FLOPs']
    path.write_text(yaml.safe_dump(dict(Models=[model])))
    with pytest.raises(InputError, match=f'{path}: a has no Claimed, FLOPs'):
        read_metafile(path)
