"""Exported graphs compute what PyTorch does, and are not written otherwise."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from torch import nn

from mmseg_wavemix.checkpoints.formats import write_checkpoint
from mmseg_wavemix.config import load_config
from mmseg_wavemix.deployment import export
from mmseg_wavemix.deployment.export import export_onnx
from mmseg_wavemix.deployment.pictures import pictures, score
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
    from mmseg.datasets import CityscapesDataset
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
    for picture, _ in pictures(load_config(config), 'val', None, 2):
        picture = picture[: size[0], : size[1]] if size else picture
        expected = segment(model, np.ascontiguousarray(picture[..., ::-1]))
        assert (labels(run, picture) == expected).mean() > 0.999
    graph = onnx.load(out)
    operators = {node.op_type for node in graph.graph.node}
    assert {node.domain for node in graph.graph.node} == {''}  # no custom functions
    assert ('ConvTranspose' in operators) != convolutions_only
    facts = {entry.key: entry.value for entry in graph.metadata_props}
    assert json.loads(facts['classes']) == list(model.dataset_meta['classes'])


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
    for picture, _ in pictures(load_config(config), 'val', None, 2):
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
    for picture, _ in pictures(cfg, 'val', None, 4):
        expected = segment(model, np.ascontiguousarray(picture[..., ::-1]))
        same.append((labels(run, picture) == expected).mean())
    assert np.mean(same) > 0.9  # random weights: classes lie close together


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
    got = score(load_config(config), classes, onnxruntime_graph(graph))
    assert got['images'] == 4 and got['mIoU'] == pytest.approx(expected, abs=0.05)
    assert f'mIoU of {graph} on 4 pictures: {got["mIoU"]:.2f}' in done.stdout
    again = subprocess.run([*tool, '--out', str(graph)], capture_output=True, text=True)
    assert again.returncode == 1 and 'exists' in again.stderr and 'Traceback' not in again.stderr


def test_more_pictures_than_there_are(config: Path) -> None:
    with pytest.raises(InputError, match='99 pictures are asked for, the train split has 8'):
        next(pictures(load_config(config), 'train', None, 99))
