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
        experiment_name=f'cycle{number}_20261122_113048', time=f'2026112{number}',
        provenance=dict(data_sha256='ab' * 32),
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


def test_in_float64(tmp_path: Path) -> None:
    """In a sum of float32 the threes after 2 ** 24 would be rounded to twos and fours."""
    sources = [run(tmp_path, i, (3.0 if i else 2.0**24, 1.0)) for i in range(4)]
    average(sources, tmp_path / 'mean.pth')
    weight = read_checkpoint(tmp_path / 'mean.pth')['state_dict']['backbone.norm.weight']
    assert weight.dtype == torch.float32
    assert weight.tolist() == [4194306.0, 1.0]  # of 4194306.25, the nearest float32


def test_dtypes(tool, tmp_path: Path) -> None:
    """float16 where all have it, or where it is asked for; beyond its range the wider one."""
    small = [run(tmp_path, number, (float(number), 5.0)) for number in (0, 1)]
    large = run(tmp_path, 2, (3e5, 5.0))
    halves = [tmp_path / f'half{number}.safetensors' for number in (0, 1)]
    for source, half in zip(small, halves):
        export(source, half, half=True)
    average(halves, tmp_path / 'of_halves.pth')
    average([halves[1], large], tmp_path / 'mixed.pth')
    args = ('cycle0.pth', 'cycle1.pth', '--half', '--out', 'half.safetensors')
    result = tool('average_checkpoints.py', *args)
    assert result.returncode == 0, result.stderr
    for name, dtype, value in (
        ('of_halves.pth', torch.float16, 0.5),
        ('mixed.pth', torch.float32, 150000.5),
        ('half.safetensors', torch.float16, 0.5),
    ):
        weights = read_checkpoint(tmp_path / name)['state_dict']
        assert weights['backbone.norm.weight'].dtype == dtype
        assert weights['backbone.norm.weight'].tolist() == [value, 5.0]
        assert weights['backbone.norm.running_var'].dtype == torch.float32
    with pytest.raises(InputError, match='float16 ends at 65504: leave out --half'):
        average([small[0], large], tmp_path / 'new.pth', half=True)


def test_what_is_told(tmp_path: Path) -> None:
    """What the parts share, and each of them; nothing of a machine's folders."""
    sources = [run(tmp_path, 7, (1.0, 2.0)), run(tmp_path, 9, (3.0, 4.0))]
    average(sources, tmp_path / 'mean.safetensors')
    told = json.loads((tmp_path / 'mean.json').read_text())
    parts = [
        dict(source=f'cycle{n}.pth', config_name=f'cycle{n}', trained_on='', data_sha256='ab' * 32,
             epoch=45, iter=4095, seed=n, time=f'2026112{n}')
        for n in (7, 9)
    ]  # fmt: skip
    assert told['averaged'] == parts
    assert told['source'] == 'mean.safetensors'
    assert (told['config_name'], told['epoch']) == ('cycle7', 45)
    assert 'seed = 7' in told['config'] and told['data_sha256'] == 'ab' * 32
    assert not {'seed', 'time', 'experiment_name'} & told.keys()  # of one of them alone
    assert 'somebody' not in (tmp_path / 'mean.json').read_text()
    # the file itself tells it, too, and stays told when the average is averaged again
    (tmp_path / 'mean.json').unlink()
    third = run(tmp_path, 8, (0.0, 0.0))
    average([tmp_path / 'mean.safetensors', third], tmp_path / 'more.pth')
    more = read_checkpoint(tmp_path / 'more.pth')['meta']['provenance']['averaged']
    assert more[0]['averaged'] == parts and more[1]['config_name'] == 'cycle8'


def test_other_data_is_told(tmp_path: Path) -> None:
    """An average has seen what any of its parts has."""
    data = (
        "train_dataloader = dict(dataset=dict(data_root='camvid', data_prefix=dict(img_path='{}')))"
    )
    sources = [
        run(tmp_path, 1, (1.0, 2.0), meta=dict(cfg=data.format('train'))),
        run(tmp_path, 2, (1.0, 2.0), meta=dict(
            cfg=data.format('val'), provenance=dict(data_sha256='cd' * 32))),
    ]  # fmt: skip
    told = average(sources, tmp_path / 'mean.pth').provenance
    assert told['trained_on'] == 'camvid train + camvid val' and 'data_sha256' not in told


def test_files_that_tell_nothing(tmp_path: Path) -> None:
    """Bare weights, and what others put where mmengine has its data."""
    sources = []
    for number, meta in enumerate((None, ['text'], dict(dataset_meta=dict(classes=['a'])))):
        content = dict(state_dict={'backbone.weight': torch.tensor([float(number)])}, meta=meta)
        sources.append(tmp_path / f'{number}.pth')
        torch.save(content if number else content['state_dict'], sources[-1])
    told = average(sources, tmp_path / 'mean.pth').provenance
    assert [part['source'] for part in told['averaged']] == ['0.pth', '1.pth', '2.pth']
    assert read_checkpoint(tmp_path / 'mean.pth')['state_dict']['backbone.weight'].tolist() == [1.0]


def test_refusals(tool, tmp_path: Path) -> None:
    first, second = (run(tmp_path, number, (1.0, 2.0)) for number in (1, 2))
    (tmp_path / 'last.pth').symlink_to(first)
    wide = run(tmp_path, 3, (1.0, 2.0, 3.0))
    more = run(tmp_path, 4, (1.0, 2.0), **{'backbone.extra': torch.ones(1)})
    counts = run(tmp_path, 6, (1.0, 2.0), **{'backbone.norm.weight': torch.tensor([1, 2])})
    broken = run(tmp_path, 7, (1.0, float('nan')))
    streets = dict(dataset_meta=dict(CLASSES, classes=['sky', 'road']))
    other = run(tmp_path, 5, (1.0, 2.0), meta=streets)
    for sources, message in (
        ([tmp_path / 'cycle[89].pth'], r'\[89\].pth does not exist: nothing matches that pattern'),
        ([first], 'cycle1.pth alone has no average: name two checkpoints or more'),
        ([first, second, tmp_path / 'last.pth'], 'last.pth is named twice'),  # under another name
        ([first, wide], r'cycle3.pth is of another model than .*cycle1.pth, .*2 of another shape: '
         r'.*running_var is \(3,\) instead of \(2,\)'),
        ([first, more], 'cycle4.pth is of another model than .*: 1 unknown: backbone.extra'),
        ([more, first], 'cycle1.pth is of another model than .*: 1 missing: backbone.extra'),
        ([first, other], 'cycle5.pth has other classes than .*: sky, road, not road, sky'),
        ([first, counts], 'cycle6.pth is of another model .*whole numbers in one.*norm.weight'),
        ([first, broken], 'cycle7.pth is refused: its weight backbone.norm.* is not finite'),
        ([first, first.as_uri()], 'cycle1.pth is named twice'),
        ([first, tmp_path / 'none.pth'], 'none.pth does not exist'),
    ):  # fmt: skip
        with pytest.raises(InputError, match=message):
            average(sources, tmp_path / 'mean.pth')
        assert not (tmp_path / 'mean.pth').exists()
    with pytest.raises(InputError, match='mean.bin ends in'):  # before anything is read
        average([first, tmp_path / 'none.pth'], tmp_path / 'mean.bin')
    (tmp_path / 'mean.json').write_text('mine')
    with pytest.raises(InputError, match='mean.json exists and is not overwritten'):
        average([first, second], tmp_path / 'mean.safetensors')
    before = first.read_bytes()
    result = tool('average_checkpoints.py', first, second, '--out', first)
    assert result.returncode == 1 and 'Traceback' not in result.stderr
    assert 'cycle1.pth exists and is not overwritten' in result.stderr
    assert first.read_bytes() == before
