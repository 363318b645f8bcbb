"""Tables by values worked out by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.study.plan import Row, Study, read_study
from mmseg_wavemix.study.runs import pixel_accuracy
from mmseg_wavemix.study.table import draw_curves, format_table, read_results
from tests.conftest import REPOSITORY

RESULTS = REPOSITORY / 'docs/results'
STUDY = Study(
    'two',
    'Two rows',
    (Row('a', Path('a.py'), {}, claim='better'), Row('b', Path('b.py'), {'x.y': (1, 2)})),
)


def result(name: str, seed: int, miou: float, accuracy: float, options: dict) -> dict:
    return dict(
        name=name, seed=seed, config=f'{name}.py', options=options, params=1_520_000,
        flops=9_640_000_000, epochs=2, train_minutes=1.5 + seed,
        curve=[[1.0, miou - 1], [2.0, miou]], scores=dict(mIoU=miou), pixel_accuracy=accuracy,
    )  # fmt: skip


def written(name: str, seed: int, options: dict) -> str:
    return json.dumps(result(name, seed, 50, 80, options))


def test_mean_and_spread(tmp_path: Path) -> None:
    for seed, miou, accuracy in ((0, 50.0, 80.0), (1, 52.0, 81.0)):
        file = tmp_path / f'b-{seed}.json'
        one = result('b', seed, miou, accuracy, {'x.y': (1, 2)})
        file.write_text(json.dumps({**one, 'compiled': seed == 1}))
    results = read_results(tmp_path, STUDY)
    assert format_table(STUDY, results).splitlines() == [
        '| row | params | GFLOPs | mIoU | pixel accuracy | seeds | epochs | minutes | the paper |',
        '|---|---:|---:|---:|---:|---:|---:|---:|---|',
        '| a | pending | pending | pending | pending | pending | pending | pending | better |',
        '| b | 1.52 M | 9.6 | 51.00 ± 1.41 | 80.50 ± 0.71 | 2 | 2 | 2.0 compiled |  |',
    ]
    (line,) = draw_curves(STUDY, results).axes[0].lines
    np.testing.assert_allclose(line.get_xydata(), [[1, 50], [2, 51]])


def test_the_legend_begins_with_the_best_row() -> None:
    results = {
        'a': [result('a', 0, 40.0, 80.0, {})],
        'b': [result('b', 0, 60.0, 80.0, {}), result('b', 1, 50.0, 80.0, {})],
    }
    lines = draw_curves(STUDY, results).axes[0].lines
    assert [line.get_label() for line in lines] == ['b', 'a']
    np.testing.assert_allclose(lines[0].get_ydata(), [54, 55])


@pytest.mark.parametrize(
    'content, message',
    [
        ('{', 'is no result of a study'),
        ('[]', 'is no result of a study'),
        (json.dumps({**result('b', 0, 50, 80, {}), 'scores': {}}), 'no mIoU among its scores'),
        (json.dumps({**result('b', 0, 50, 80, {}), 'scores': None}), 'is no result of a study'),
        ('{"name": "b", "seed": 0}', 'no config, curve, epochs, flops, options'),
        (written('c', 0, {}), 'is of row c, which two has not'),
        (written('b', 0, {'x.y': [3]}), 'other options than row b has now: x.y; move it away'),
        (written('b', 0, {'x.y': [1, 2], 'z': 1}), 'has now: z; move it away'),
        (written('b', 1, {'x.y': [1, 2]}), 'one.json is of b, seed 1'),
        (written('a', 0, {}).replace('a.py', 'z.py'), 'made with z.py, row a has a.py now'),
    ],
)
def test_results_that_do_not_belong(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / 'one.json').write_text(content)
    with pytest.raises(InputError, match=message):
        read_results(tmp_path, STUDY)


def test_results_of_other_data(tmp_path: Path) -> None:
    for seed, scored in ((0, 'ab'), (1, None), (2, 'cd')):
        one = result('a', seed, 50, 80, {}) | (dict(scored_sha256=scored) if scored else {})
        (tmp_path / f'a-{seed}.json').write_text(json.dumps(one))
    with pytest.raises(InputError, match='a-2.json was scored on other data than .*a-0.json'):
        read_results(tmp_path, STUDY)
    (tmp_path / 'a-2.json').unlink()
    assert len(read_results(tmp_path, STUDY)['a']) == 2


def test_a_file_for_the_results(tmp_path: Path) -> None:
    (tmp_path / 'results').touch()
    with pytest.raises(InputError, match='results is a file: name a folder'):
        read_results(tmp_path / 'results', STUDY)


def test_pixel_accuracy() -> None:
    confusion = np.zeros((34, 34), int)
    confusion[7, 7], confusion[7, 8] = 60, 20  # road, road taken for sidewalk
    confusion[8, 8] = 10
    confusion[0, 7] = 999  # unlabelled: not counted
    assert pixel_accuracy(confusion) == round(100 * 70 / 90, 2)


@pytest.mark.parametrize('name', sorted(path.parent.name for path in RESULTS.glob('*/table.md')))
def test_the_page_shows_the_table_that_was_measured(name: str) -> None:
    study = read_study(REPOSITORY / f'configs/studies/{name}.py')
    table = format_table(study, read_results(RESULTS / name, study))
    assert table in (REPOSITORY / 'docs/camvid.md').read_text()
