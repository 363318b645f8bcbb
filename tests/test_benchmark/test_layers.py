"""Time taken apart: nothing is lost, nothing counted twice, each product in its place."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mmseg_wavemix.benchmark.contenders import Contender, from_config
from mmseg_wavemix.benchmark.layers import format_layers, layer_times
from mmseg_wavemix.errors import InputError

SIZE = (64, 128)
CPU = torch.device('cpu')


def taken_apart(repository: Path, form: str) -> tuple[dict, int]:
    path = repository / 'configs/wavemix_64_6_l3_synthetic.py'
    [contender] = from_config(path, SIZE, [form])
    return layer_times(contender, SIZE, 2, CPU, 'fp32', rounds=1), contender.flops


@pytest.mark.parametrize('form', ['plain', 'fused'])
def test_products_add_up_to_the_models(form: str, repository: Path) -> None:
    result, flops = taken_apart(repository, form)
    assert sum(row['flops'] for row in result['rows']) == 2 * flops  # a batch of two
    assert all(row['ms'] > 0 and row['calls'] > 0 for row in result['rows'])


def test_places_and_shapes(repository: Path) -> None:
    rows = taken_apart(repository, 'fused')[0]['rows']
    blocks = {tuple(row['output']): row for row in rows if row['where'].endswith('.upsample')}
    # three levels: the finest returns to a quarter of the picture, with all channels
    assert list(map(list, sorted(blocks))) == [[2, 32, 4, 8], [2, 32, 8, 16], [2, 64, 16, 32]]
    finest = blocks[2, 64, 16, 32]
    assert finest['where'] == 'backbone.blocks.*.levels.*.upsample'
    assert finest['factor'][2:] == [4, 4] and finest['calls'] == 6  # once a block
    [stem] = [row for row in rows if row['where'] == 'backbone.stem.conv']
    # a 7x7 window of three colours and ones, for each of 64 channels of 16x32 pixels
    assert stem['flops'] == 2 * (2 * 7 * 7 * 4 * 64 * 16 * 32)
    others = {row['operation']: row['calls'] for row in rows if not row['flops']}
    assert others['gelu'] == 6 * 3 and others['argmax'] == 1
    assert 'native_batch_norm' not in others  # folded, all of them


def test_what_is_lost_adds_up() -> None:
    product = dict(
        where='a.*', operation='mm', factor=[8, 8], output=[1, 8], calls=3, ms=6.0,
        flops=2 * 10**9, roofline_share=0.333,
    )  # fmt: skip
    other = dict(
        where='', operation='add', factor=[], output=[], calls=1, ms=2.0, flops=0,
        roofline_share=None,
    )  # fmt: skip
    machine = dict(matmul_gflops_fp32=1000.0)
    result = dict(machine=machine, dtype='fp32', latency_ms=10.0, rows=[product, other])
    lines = format_layers(result).splitlines()
    assert '| a.* | mm | 8x8 | 1x8 | 3 | 6.00 | 75.0 % | 33 % |' in lines
    assert lines[-5:] == [
        'the step as a whole: 10.0 ms, 20 % of the peak rate',
        'its operations one by one: 8.0 ms',
        'products at the peak rate: 2.0 ms',
        'products beyond that: 4.0 ms',
        'operations that are no products: 2.0 ms',
    ]


def test_the_factor_is_the_weight_not_what_is_added() -> None:
    linear = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 4 * 4, 5))
    contender = Contender('linear', linear, params=0, flops=0)
    rows = layer_times(contender, (4, 4), 2, CPU, 'fp32', rounds=1)['rows']
    [product] = [row for row in rows if row['flops']]
    assert product['operation'] == 'addmm' and product['factor'] == [48, 5]
    assert product['flops'] == 2 * 2 * 48 * 5 and product['where'] == '*'


def test_what_does_not_run_is_a_sentence(repository: Path, monkeypatch) -> None:
    [contender] = from_config(
        repository / 'configs/peers/segnext_mscan-t_camvid.py', SIZE, ['plain']
    )
    with pytest.raises(InputError, match='does not run with --dtype bf16 .*another dtype'):
        layer_times(contender, SIZE, 1, CPU, 'bf16', rounds=1)
    monkeypatch.setattr('mmseg_wavemix.benchmark.steps.computes_float16', lambda: False)
    with pytest.raises(InputError, match='only emulates'):
        layer_times(contender, SIZE, 1, CPU, 'fp16', rounds=1)


def test_tool(tmp_path: Path, repository: Path) -> None:
    out = tmp_path / 'new' / 'layers.json'
    tool = [sys.executable, str(repository / 'tools/layer_times.py')]
    tool += [str(repository / 'configs/wavemix_64_6_l3_synthetic.py'), '--size', '64x128']
    tool += ['--dtype', 'bf16', '--rounds', '1', '--json', str(out)]
    done = subprocess.run(tool, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '| backbone.blocks.*.reduction | convolution | 16x64x1x1 |' in done.stdout
    result = json.loads(out.read_text())
    assert result['dtype'] == 'bf16' and 'layer_times.py' in result['machine']['command']
    again = subprocess.run(tool, capture_output=True, text=True)
    assert again.returncode == 2 and 'exists and is not overwritten' in again.stderr
