"""tools/average_checkpoints.py: values by hand, what is told of them, what is refused."""

import json
from pathlib import Path

import pytest
import torch

from mmseg_wavemix.checkpoints import read_checkpoint
from mmseg_wavemix.checkpoints.average import average
from mmseg_wavemix.checkpoints.convert import export
from mmseg_wavemix.errors import InputError

CLASSES = dict(classes=['road', 'sky'], palette=[[128, 64, 128], [70, 130, 180]])
CFG = "work_dir = '/home/somebody/wavemix'\nseed = {}\n"


def run(folder: Path, number: int, values: tuple[float, ...], **changed: object) -> Path:
    """A checkpoint of a small run."""
    weights = {
        'backbone.norm.weight': torch.tensor(values),
        'backbone.norm.running_var': torch.tensor(values) * 1e5,  # beyond float16
        'backbone.norm.num_batches_tracked': torch.tensor(number),
    }
    meta = dict(
        cfg=CFG.format(number), epoch=45, iter=4095, seed=number, dataset_meta=CLASSES,
        experiment_name=f'cycle{number}_20261122_113048', provenance=dict(data_sha256='ab' * 32),
    ) | changed.pop('meta', {})  # fmt: skip
    path = folder / f'cycle{number}.pth'
    optimizer = dict(state=torch.ones(3))
    torch.save(dict(meta=meta, state_dict={**weights, **changed}, optimizer=optimizer), path)
    return path


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_values_by_hand(suffix: str, tool, tmp_path: Path) -> None:
    for number, values in ((7, (1.0, 2.0)), (8, (2.0, -2.0)), (9, (6.0, 0.75))):
        run(tmp_path, number, values)
    sources = [f'cycle{number}.pth' for number in (7, 8, 9)]
    result = tool('average_checkpoints.py', *sources, '--out', f'mean{suffix}')
    assert result.returncode == 0, result.stderr
    assert f'3 weights, the average of 3 checkpoints, written to mean{suffix}' in result.stdout
    content = read_checkpoint(tmp_path / f'mean{suffix}')
    assert {name: value.tolist() for name, value in content['state_dict'].items()} == {
        'backbone.norm.weight': [3.0, 0.25],
        'backbone.norm.running_var': [300000.0, 25000.0],
        'backbone.norm.num_batches_tracked': 7,
    }
    assert 'optimizer' not in content
    assert content['meta']['dataset_meta'] == CLASSES


def test_in_float64_and_half(tmp_path: Path) -> None:
    """2048 and three times 1 would stay 2048 in a sum of float16."""
    sources = [run(tmp_path, i, (1.0 if i else 2048.0, 5.0)) for i in range(4)]
    small = [tmp_path / f'{path.stem}.safetensors' for path in sources]
    for source, half in zip(sources, small):
        export(source, half, half=True)
    average(small, tmp_path / 'of_halves.pth')
    average(sources, tmp_path / 'half.safetensors', half=True)
    for name in ('of_halves.pth', 'half.safetensors'):
        weights = read_checkpoint(tmp_path / name)['state_dict']
        assert weights['backbone.norm.weight'].dtype == torch.float16
        assert weights['backbone.norm.weight'].tolist() == [513.0, 5.0]  # 512.75, rounded once
        assert weights['backbone.norm.running_var'].dtype == torch.float32


def test_what_is_told(tmp_path: Path) -> None:
    """The first one's config and data, and which checkpoints; nothing of a machine's folders."""
    sources = [run(tmp_path, 7, (1.0, 2.0)), run(tmp_path, 9, (3.0, 4.0))]
    average(sources, tmp_path / 'mean.safetensors')
    told = json.loads((tmp_path / 'mean.json').read_text())
    assert told['averaged'] == [
        dict(source=f'cycle{n}.pth', config_name=f'cycle{n}', epoch=45, iter=4095, seed=n)
        for n in (7, 9)
    ]
    assert (told['source'], told['config_name'], told['seed']) == ('mean.safetensors', 'cycle7', 7)
    assert 'seed = 7' in told['config'] and told['data_sha256'] == 'ab' * 32
    assert 'somebody' not in (tmp_path / 'mean.json').read_text()
    # and stays told when the average is handed on
    average(sources, tmp_path / 'mean.pth')
    export(tmp_path / 'mean.pth', tmp_path / 'again.safetensors')
    assert json.loads((tmp_path / 'again.json').read_text())['averaged'] == told['averaged']


def test_refusals(tool, tmp_path: Path) -> None:
    first, second = (run(tmp_path, number, (1.0, 2.0)) for number in (1, 2))
    (tmp_path / 'last.pth').symlink_to(first)
    wide = run(tmp_path, 3, (1.0, 2.0, 3.0))
    more = run(tmp_path, 4, (1.0, 2.0), **{'backbone.extra': torch.ones(1)})
    streets = dict(dataset_meta=dict(CLASSES, classes=['sky', 'road']))
    other = run(tmp_path, 5, (1.0, 2.0), meta=streets)
    for sources, message in (
        ([first], 'cycle1.pth alone has no average: name two checkpoints or more'),
        ([first, second, tmp_path / 'last.pth'], 'last.pth is named twice'),  # under another name
        ([first, wide], r'cycle3.pth is of another model than .*cycle1.pth: 2 of another shape: '
         r'.*running_var is \(3,\) instead of \(2,\)'),
        ([first, more], 'cycle4.pth is of another model than .*: 1 unknown: backbone.extra'),
        ([more, first], 'cycle1.pth is of another model than .*: 1 missing: backbone.extra'),
        ([first, other], 'cycle5.pth has other classes than .*: sky, road, not road, sky'),
        ([first, tmp_path / 'none.pth'], 'none.pth does not exist'),
    ):  # fmt: skip
        with pytest.raises(InputError, match=message):
            average(sources, tmp_path / 'mean.pth')
        assert not (tmp_path / 'mean.pth').exists()
    before = first.read_bytes()
    result = tool('average_checkpoints.py', first, second, '--out', first)
    assert result.returncode == 1 and 'Traceback' not in result.stderr
    assert 'cycle1.pth exists and is not overwritten' in result.stderr
    assert first.read_bytes() == before
