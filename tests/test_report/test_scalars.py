"""What is read of a run's log."""

import json
from pathlib import Path

import pytest

from mmseg_wavemix.report.scalars import read_curves


def write(folder: Path, session: str, records: list[dict], tail: str = '') -> None:
    file = folder / session / 'vis_data' / 'scalars.json'
    file.parent.mkdir(parents=True)
    file.write_text(''.join(json.dumps(record) + '\n' for record in records) + tail)


def train(epoch: int | None, i: int, loss: float, **more: float) -> dict:
    place = dict(iter=i, step=i) if epoch is None else dict(epoch=epoch, iter=i, step=i)
    return dict(loss=loss, lr=0.1 * i, **place, **more)


def test_epochs_are_fractions_of_the_longest(tmp_path):
    """45 steps an epoch, logged every 20."""
    records = [train(1, 20, 4.0), train(1, 40, 3.0), dict(mIoU=20.0, step=1), train(2, 90, 2.0)]
    write(tmp_path, '1', records)
    curves, remarks = read_curves(tmp_path)
    assert remarks == []
    assert curves.unit == 'epoch'
    assert curves.training['loss'] == [(20 / 45, 4.0), (40 / 45, 3.0), (2.0, 2.0)]
    assert curves.validation == {'mIoU': [(1, 20.0)]}
    assert curves.iterations == 90 and curves.seconds is None and curves.memory_mb is None


def test_iterations_where_there_are_no_epochs(tmp_path):
    write(tmp_path, '1', [train(None, 50, 4.0), dict(mIoU=9.0, step=50), train(None, 100, 3.0)])
    curves, _ = read_curves(tmp_path)
    assert curves.unit == 'iteration'
    assert curves.training['loss'] == [(50, 4.0), (100, 3.0)]
    assert curves.validation['mIoU'] == [(50, 9.0)]


def test_time_and_memory(tmp_path):
    write(tmp_path, '1', [train(1, 10, 4.0, time=0.5, memory=7), train(1, 30, 4.0, time=0.25)])
    curves, _ = read_curves(tmp_path)
    assert curves.seconds == pytest.approx(10 * 0.5 + 20 * 0.25)
    assert curves.memory_mb == 7


def test_a_resumed_run_counts_once(tmp_path):
    first = [train(e, 10 * e, float(e)) for e in (1, 2, 3)] + [
        dict(mIoU=1.0, step=e) for e in (1, 3)
    ]
    write(tmp_path, '20260101_000000', first, '{"loss": 1.5, "it')
    write(tmp_path, '20260102_000000', [train(3, 30, 0.5), dict(mIoU=2.0, step=3)])
    curves, remarks = read_curves(tmp_path)
    assert curves.training['loss'] == [(1, 1.0), (2, 2.0), (3, 0.5)]
    assert curves.validation['mIoU'] == [(1, 1.0), (3, 2.0)]
    (remark,) = remarks
    assert '20260101_000000/vis_data/scalars.json: line 6 cannot be read' in remark


@pytest.mark.parametrize('tail', ['[1, 2]\n', '"text"\n', '{"step": "x"}\n', '\x00\x00\n', 'nan\n'])
def test_lines_that_are_no_records(tmp_path, tail):
    write(tmp_path, '1', [train(1, 10, 4.0)], tail)
    curves, remarks = read_curves(tmp_path)
    assert len(curves.training['loss']) == 1
    assert len(remarks) == 1 and 'line 2 ' in remarks[0]


def test_best_is_the_first_of_the_highest_and_no_nan(tmp_path):
    values = [3.0, float('nan'), 8.0, 8.0, 1.0]
    write(tmp_path, '1', [dict(mIoU=v, step=i) for i, v in enumerate(values)])
    curves, _ = read_curves(tmp_path)
    assert curves.best('mIoU') == (2, 8.0)
    assert curves.best('iIoU') is None


def test_nothing_logged(tmp_path):
    curves, remarks = read_curves(tmp_path)
    assert (curves.training, curves.validation, curves.iterations, remarks) == ({}, {}, None, [])
