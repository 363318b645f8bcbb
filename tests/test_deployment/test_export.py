"""Exported graphs compute what PyTorch does, and are not written otherwise."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmseg.datasets import CityscapesDataset
from torch import nn

from mmseg_wavemix.benchmark.contenders import build_model
from mmseg_wavemix.checkpoints.formats import write_checkpoint
from mmseg_wavemix.config import load_config
from mmseg_wavemix.deployment import export
from mmseg_wavemix.deployment.agreement import compare_forms, torch_graph
from mmseg_wavemix.deployment.export import export_onnx
from mmseg_wavemix.deployment.pictures import pictures
from mmseg_wavemix.deployment.quantize import quantize
from mmseg_wavemix.deployment.runtimes import onnxruntime_graph, openvino_graph
from mmseg_wavemix.deployment.shuffled import ShuffledConv, shuffled
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import load_model, segment
from tests.oracle import randomise_norms

onnx = pytest.importorskip('onnx', reason="pip install -e '.[export]'")


@pytest.fixture
def checkpoint(config: Path, tmp_path: Path) -> Path:
    """Weights of the tiny model whose norms have statistics of their own."""
    from mmseg.registry import MODELS

    torch.manual_seed(0)
    model = randomise_norms(MODELS.build(Config.fromfile(config).model))
    path = tmp_path / 'weights.pth'
    write_checkpoint(path, model.state_dict(), dict(CityscapesDataset.METAINFO))
    return path


@pytest.fixture
def model(config: Path, checkpoint: Path) -> nn.Module:
    return load_model(config, checkpoint, 'cpu')


@pytest.mark.parametrize('channels', [(1, 1), (3, 5)])
def test_shuffled_convolution(channels: tuple[int, int]) -> None:
    conv = nn.ConvTranspose2d(*channels, 4, stride=2, padding=1)
    x = torch.randn(2, channels[0], 5, 7)
    torch.testing.assert_close(ShuffledConv(conv)(x), conv(x), atol=1e-6, rtol=0)
    with pytest.raises(ValueError, match='4x4, stride 2'):
        ShuffledConv(nn.ConvTranspose2d(2, 2, 6, stride=4, padding=1))
    model = nn.Sequential(conv, nn.Sequential(nn.ConvTranspose2d(channels[1], 2, 4, 2, 1)))
    other = shuffled(model)
    assert not any(isinstance(m, nn.ConvTranspose2d) for m in other.modules())
    torch.testing.assert_close(other(x), model(x), atol=1e-6, rtol=0)


@pytest.mark.parametrize('convolutions_only', [False, True])
@pytest.mark.parametrize('size', [None, (64, 128), (50, 75)])
def test_same_labels(
    model: nn.Module, config: Path, size: tuple | None, convolutions_only: bool, tmp_path: Path
) -> None:
    out = tmp_path / 'new' / 'model.onnx'
    assert export_onnx(model, out, size, convolutions_only) < 1e-5
    assert [path.name for path in out.parent.iterdir()] == ['model.onnx']
    run = onnxruntime_graph(out)
    for picture, _ in pictures(load_config(config), 'val', 1, 2):
        picture = picture[: size[0], : size[1]] if size else picture
        expected = segment(model, np.ascontiguousarray(picture[..., ::-1]))
        assert (labels(run, picture) == expected).mean() > 0.999
    graph = onnx.load(out)
    operators = {node.op_type for node in graph.graph.node}
    assert {node.domain for node in graph.graph.node} == {''}  # no custom functions
    assert ('ConvTranspose' in operators) != convolutions_only
    facts = {entry.key: entry.value for entry in graph.metadata_props}
    assert json.loads(facts['classes']) == list(model.dataset_meta['classes'])


def test_as_it_was_trained(model: nn.Module, tmp_path: Path) -> None:
    fused, plain = tmp_path / 'fused.onnx', tmp_path / 'plain.onnx'
    assert export_onnx(model, fused, (64, 128)) < 1e-5
    assert export_onnx(model, plain, (64, 128), fused=False) < 1e-5
    sums, parts = ([node.op_type for node in onnx.load(file).graph.node] for file in (fused, plain))
    assert len(sums) < len(parts)


def test_a_graph_that_differs_is_not_written(
    model: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, '_difference', lambda *_: 0.5)
    with pytest.raises(InputError, match='differs from the model by 5.0e-01'):
        export_onnx(model, tmp_path / 'out' / 'a.onnx', (64, 64))
    assert not list((tmp_path / 'out').iterdir())
    monkeypatch.setitem(sys.modules, 'onnxscript', None)
    with pytest.raises(InputError, match=r'pip install .*\[export\]'):
        export_onnx(model, tmp_path / 'a.onnx', (64, 64))
    monkeypatch.setitem(sys.modules, 'openvino', None)
    with pytest.raises(InputError, match='openvino is missing .*: pip install it'):
        openvino_graph(tmp_path / 'a.onnx')


def labels(graph, picture: np.ndarray) -> np.ndarray:
    image = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
    return graph(image)[0].argmax(0)


def test_openvino(model: nn.Module, config: Path, tmp_path: Path) -> None:
    pytest.importorskip('openvino', reason='pip install openvino')
    out = tmp_path / 'model.onnx'
    export_onnx(model, out, (64, 128))
    for picture, _ in pictures(load_config(config), 'val', 1, 2):
        expected = labels(onnxruntime_graph(out), picture)
        assert (labels(openvino_graph(out), picture) == expected).mean() > 0.999


def test_int8(model: nn.Module, config: Path, tmp_path: Path) -> None:
    out, cfg = tmp_path / 'int8.onnx', load_config(config)
    quantize(
        model, out, (64, 128), (picture for picture, _ in pictures(cfg, 'train', (64, 128), 8))
    )
    operators = [node.op_type for node in onnx.load(out).graph.node]
    assert 'ConvTranspose' not in operators and operators.count('QuantizeLinear') > 5
    run, same = onnxruntime_graph(out), []
    for picture, _ in pictures(cfg, 'val', 1, 4):
        expected = segment(model, np.ascontiguousarray(picture[..., ::-1]))
        same.append((labels(run, picture) == expected).mean())
    assert np.mean(same) > 0.9  # random weights: classes lie close together


def test_patches_stay_float(config: Path, tmp_path: Path) -> None:
    """By the weights: those of 8 bits come from a node that scales them."""
    stem = dict(_delete_=True, type='PatchifyStem', patch_size=4)
    cfg, out = load_config(config, {'model.backbone.stem': stem}), tmp_path / 'int8.onnx'
    calibration = [picture for picture, _ in pictures(cfg, 'train', (64, 128), 8)]
    model = build_model(cfg, config).eval()
    model.dataset_meta = dict(CityscapesDataset.METAINFO)
    quantize(model, out, (64, 128), calibration)
    graph = onnx.load(out).graph
    computed = {name for node in graph.node for name in node.output}
    convs = [node for node in graph.node if node.op_type == 'Conv']
    (floats,) = [node for node in convs if node.input[1] not in computed]
    assert len(convs) > 5 and 'stem.convs.2' in floats.input[1]


def test_scores_are_the_test_tools(
    model: nn.Module, config: Path, checkpoint: Path, tmp_path: Path, repository: Path
) -> None:
    graph, scores = tmp_path / 'model.onnx', tmp_path / 'scores.json'
    tool = [sys.executable, str(repository / 'tools/export.py'), str(config), str(checkpoint)]
    done = subprocess.run(
        [*tool, '--out', str(graph), '--size', '64x128', '--score'], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    tested = subprocess.run(
        [sys.executable, str(repository / 'tools/test.py'), str(config), str(checkpoint)]
        + ['--json', str(scores), '--work-dir', str(tmp_path / 'test')],
        capture_output=True,
        text=True,
    )
    assert tested.returncode == 0, tested.stderr
    expected = json.loads(scores.read_text())['mIoU']
    classes = list(model.dataset_meta['classes'])
    forms = {'plain': torch_graph(model), 'graph': onnxruntime_graph(graph)}
    plain, got = compare_forms(load_config(config), classes, forms)
    assert (plain['same'], plain['same_worst'], plain['difference']) == (100, 100, 0)
    assert plain['mIoU'] == pytest.approx(expected, abs=0.05)
    assert got['images'] == 4 and got['mIoU'] == pytest.approx(expected, abs=0.05)
    assert 0 < got['difference'] < 1e-5 and 99.9 < got['same_worst'] <= got['same'] <= 100
    assert f' | {got["mIoU"]:.2f} |' in done.stdout.splitlines()[-1]
    again = subprocess.run([*tool, '--out', str(graph)], capture_output=True, text=True)
    assert again.returncode == 2 and 'exists' in again.stderr and 'Traceback' not in again.stderr


def test_the_forms_of_a_model(
    model: nn.Module, config: Path, checkpoint: Path, tmp_path: Path, repository: Path
) -> None:
    graph, out = tmp_path / 'model.onnx', tmp_path / 'forms.json'
    export_onnx(model, graph, (64, 128))
    tool = [sys.executable, str(repository / 'tools/agreement.py'), str(config), str(checkpoint)]
    done = subprocess.run(
        [*tool, '--graphs', str(graph), '--json', str(out)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows = {row['name']: row for row in json.loads(out.read_text())['rows']}
    assert list(rows) == [
        'plain, fp32', 'fused, fp32', 'plain, bf16', 'fused, bf16', 'model, onnxruntime',
    ]  # fmt: skip
    exact, rounded = rows['fused, fp32'], rows['fused, bf16']
    assert 0 < exact['difference'] < 1e-5 < rounded['difference'] < 0.1
    assert exact['same'] > 99.9 and rounded['same'] > 90
    assert all(f'| {name} |' in done.stdout for name in rows)
    with pytest.raises(InputError, match='small does not take .*64x128 .*--size 64x128'):
        small = tmp_path / 'small.onnx'
        export_onnx(model, small, (32, 64))
        forms = {'plain': torch_graph(model), 'small': onnxruntime_graph(small)}
        compare_forms(load_config(config), list(model.dataset_meta['classes']), forms)
    missing = subprocess.run([*tool, '--graphs', 'no.onnx'], capture_output=True, text=True)
    assert missing.returncode == 1 and 'no.onnx does not exist: write it by' in missing.stderr


def test_more_pictures_than_there_are(config: Path) -> None:
    with pytest.raises(InputError, match='99 pictures are asked for, the train split has 8'):
        next(pictures(load_config(config), 'train', 1, 99))


@pytest.mark.parametrize(
    ('sizes', 'taken'), [(48, 'multiples of 48'), ((64, 64), '64x64')], ids=['multiple', 'size']
)
def test_pictures_of_another_size(config: Path, sizes: tuple | int, taken: str) -> None:
    with pytest.raises(InputError, match=f'is 64x128 .*takes {taken}: export with --size 64x128'):
        next(pictures(load_config(config), 'val', sizes))


@pytest.mark.parametrize(
    ('wrong', 'word'),
    [
        (['--int8', '2', '--no-fuse'], '8-bit graphs are made of the fused model'),
        (['--runtime', 'onnxruntime'], 'computes the scores of --score'),
        (['--int8', '0'], '1 or more'),
    ],
)
def test_options_that_do_not_go_together(
    wrong: list[str], word: str, repository: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    tool = runpy.run_path(str(repository / 'tools/export.py'))
    command = ['export.py', 'some.py', 'some.pth', '--out', str(tmp_path / 'a.onnx'), *wrong]
    monkeypatch.setattr(sys, 'argv', command)
    with pytest.raises(SystemExit):
        tool['parse_args']()
    assert word in capsys.readouterr().err
