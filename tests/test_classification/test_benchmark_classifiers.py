"""Table 10's models are those of the paper, and the tool measures them in both modes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

NEEDED = 'classification needs mmpretrain: make classification'
pytest.importorskip('mmseg_wavemix.classification', reason=NEEDED)

from mmseg_wavemix.benchmark.classifiers import (
    PEERS,
    TABLE_10,
    WAVEMIX,
    Claim,
    format_table,
    peer,
    wavemix,
)
from tests.conftest import REPOSITORY

CONFIGS = REPOSITORY / 'configs/mmpretrain'
TINY = """
_base_ = {base!r}
model = dict(
    backbone=dict(embed_dims=16, depth=2, level=2),
    neck=dict(in_channels=16),
    head=dict(num_classes=5),
)
"""


def test_every_row_has_a_model() -> None:
    assert TABLE_10.keys() - WAVEMIX.keys() <= PEERS.keys()
    assert PEERS.keys() - TABLE_10.keys() == OTHERS.keys()


# of those that the paper does not count, millions of parameters by their own authors
OTHERS = {'mlp-mixer-b-16': 59.9, 'poolformer-s12': 11.9}
# multiply-adds by the authors of each, in thousand millions
PRODUCTS = {'resnet-18': 1.8, 'resnet-50': 4.1, 'resnet-152': 11.5, 'vit-b-16': 17.6}


@pytest.mark.parametrize('name', PEERS)
def test_peers_have_the_papers_size(name: str) -> None:
    model, nhwc = peer(name)
    assert nhwc.channels_last and not model.channels_last
    millions = OTHERS[name] if name in OTHERS else TABLE_10[name].params
    assert model.params / 1e6 == pytest.approx(millions, abs=0.06) and model.peer
    if name in PRODUCTS:
        assert model.flops / 2e9 == pytest.approx(PRODUCTS[name], abs=0.06)


@pytest.mark.parametrize('name', WAVEMIX)
def test_wavemix_has_the_papers_size(name: str) -> None:
    with torch.device('meta'):
        plain, fused = wavemix(name, CONFIGS, ('plain', 'fused'))
    assert plain.params / 1e6 == pytest.approx(TABLE_10[name].params, abs=0.06)
    assert (plain.name, fused.name, fused.params) == (name, f'{name}+fused', plain.params)
    assert fused.frozen and not plain.frozen and fused.flops <= plain.flops


def test_tool(tmp_path: Path) -> None:
    out, stem, path = tmp_path / 'new' / 'f.json', 'tiny', tmp_path / 'tiny.py'
    path.write_text(TINY.format(base=str(CONFIGS / 'wavemix_128_8_l3_emb1024_in1k.py')))
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / 'tools/benchmark_classifiers.py')]
        + [str(path), '--against', 'mobilenet-v3-small', '--batch', '2']
        + ['--rounds', '1', '--memory', '1GB', '--device', 'cpu', '--json', str(out)],
        capture_output=True,
        text=True,
        env=os.environ | {'OMP_NUM_THREADS': '1'},  # threads of two runs wait for one another
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(out.read_text())
    rows = {(row['mode'], row['name']): row for row in result['rows']}
    small = 'mobilenet-v3-small'
    assert list(rows) == [
        ('infer', small), ('infer', f'{small}+nhwc'), ('infer', stem), ('infer', f'{stem}+fused'),
        ('train', small), ('train', f'{small}+nhwc'), ('train', stem),
    ]  # fmt: skip
    for row in rows.values():
        assert row['size'] == [224, 224] and row['batch'] == 2
        assert row['fps'] == pytest.approx(2e3 / row['latency_ms'], rel=1e-2)
    for name in (small, stem):
        assert rows['train', name]['peak_memory_mb'] > rows['infer', name]['peak_memory_mb']
        assert 2 < rows['train', name]['largest_batch'] < rows['infer', name]['largest_batch']
    assert format_table(result) in done.stdout


def test_unknown_peer() -> None:
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / 'tools/benchmark_classifiers.py'), '--against', 'vgg'],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and '--against vgg: one of resnet-18' in done.stderr
    assert 'Traceback' not in done.stderr


def test_table() -> None:
    infer = dict(name='resnet-18', dtype='fp32', params=11_690_000, flops=3_630_000_000, batch=8)
    infer |= dict(mode='infer', peak_memory_mb=100.4, fps=20.0)
    train = infer | dict(mode='train', peak_memory_mb=900.0, fps=6.04, largest_batch=12)
    lines = format_table(dict(rows=[infer, infer | dict(name='other+fused'), train])).splitlines()
    cells = [[cell.strip() for cell in line.strip('|').split('|')] for line in lines]
    assert [len(row) for row in cells] == [12] * 4
    assert cells[0][4:6] == ['train, batch 8: MB', 'largest batch']
    assert cells[2] == [
        'resnet-18', 'fp32', '11.69 M', '3.6', '900', '12', '6.0', '100', '20.0', '2.7', '450',
        '439',
    ]  # fmt: skip
    assert cells[3][4:] == ['', '', '', '100', '20.0', '', '', '']
    assert TABLE_10['resnet-18'] == Claim(55.12, 11.7, 2.7, 450, 439)
