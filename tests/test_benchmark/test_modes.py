"""Classifiers and segmentors, inference and training, through the same comparison."""

import math
import runpy
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from mmseg_wavemix.benchmark.compare import compare
from mmseg_wavemix.benchmark.contenders import Contender, Labels, flops_of
from mmseg_wavemix.benchmark.memory import peak_memory
from mmseg_wavemix.benchmark.steps import InferenceStep, TrainingStep
from mmseg_wavemix.errors import InputError

CPU = torch.device('cpu')
SIZE = (32, 48)


def classifier(classes: int, width: int = 16) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, width, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(width, classes),
    )


def contender(name: str, model: nn.Module, **facts: bool) -> Contender:
    params = sum(p.numel() for p in model.parameters())
    return Contender(name, model, params, flops_of(model, SIZE), **facts)


def test_label_of_a_classifier() -> None:
    logits = torch.tensor([[0.0, 2.0, 1.0], [5.0, 4.0, 3.0]])

    class Constant(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return logits

    assert Labels(Constant())(torch.zeros(2, 3, 8, 8)).tolist() == [1, 0]
    step = InferenceStep(contender('x', classifier(5)), SIZE, 3, CPU, 'fp32')
    assert step().shape == (3,)


def test_a_classifier_is_trained_by_cross_entropy() -> None:
    model = classifier(7)
    nn.init.zeros_(model[-1].weight), nn.init.zeros_(model[-1].bias)
    step = TrainingStep(contender('x', model), SIZE, 4, CPU, 'fp32')
    # the step's own trial was the first update, of at most the learning rate
    assert step().item() == pytest.approx(math.log(7), abs=0.01)
    losses = [step().item() for _ in range(30)]
    assert losses[-1] < losses[0]


def test_both_modes() -> None:
    small = contender('small', classifier(5))
    frozen = contender('small+fused', classifier(5).requires_grad_(False), frozen=True)
    wide = contender('wide', classifier(5, width=96), peer=True)
    result = compare([small, frozen, wide], SIZE, 2, CPU, ['fp32'], 'both', 2, memory=2**30)
    rows = {(row['mode'], row['name']): row for row in result['rows']}
    assert list(rows) == [
        ('infer', 'small'), ('infer', 'small+fused'), ('infer', 'wide'),
        ('train', 'small'), ('train', 'wide'),
    ]  # fmt: skip
    for (mode, _), row in rows.items():
        assert row['fps'] == pytest.approx(2e3 / row['latency_ms'], rel=1e-2)
        work = row['flops'] * 2 * (3 if mode == 'train' else 1)
        rate = 1e9 * result['machine']['matmul_gflops_fp32']
        share = work / (row['latency_ms'] / 1e3) / rate
        assert row['roofline_share'] == pytest.approx(share, abs=2e-3)
    for name in ('small', 'wide'):
        train, infer = rows['train', name], rows['infer', name]
        assert train['peak_memory_mb'] > infer['peak_memory_mb'] > 0
        assert train['largest_batch'] < infer['largest_batch']
    assert rows['train', 'wide']['largest_batch'] < rows['train', 'small']['largest_batch']
    assert all(p.grad is None for p in small.model.parameters())  # copies were trained


def test_largest_batch_where_weights_weigh_more_than_pictures() -> None:
    """At batches of 2 and 4 the peak is the optimizer's: their line would promise thousands."""
    heavy = contender('heavy', classifier(400, width=1000))
    memory = 64 * 2**20
    (row,) = compare([heavy], (8, 8), 2, CPU, ['fp32'], 'train', 1, memory=memory)['rows']
    step = TrainingStep(heavy, (8, 8), row['largest_batch'], CPU, 'fp32')
    assert 0.8 * memory < peak_memory(step, CPU, step.held) < 1.05 * memory


def test_without_mmpretrain(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = runpy.run_path(str(repository / 'tools/benchmark_classifiers.py'))
    monkeypatch.setitem(sys.modules, 'mmpretrain', None)
    monkeypatch.delitem(sys.modules, 'mmseg_wavemix.benchmark.classifiers', raising=False)
    monkeypatch.setattr(sys, 'argv', ['benchmark_classifiers.py'])
    with pytest.raises(InputError, match='no mmpretrain, which .* make classification'):
        tool['main']()


@pytest.mark.parametrize(
    ('wrong', 'word'),
    [
        (['--batch', '1'], '2 or more'),
        (['--rounds', '0'], '1 or more'),
        (['--memory', '16'], '16GB'),
        (['--json', __file__], 'exists'),
    ],
)
def test_wrong_options(wrong: list[str], word: str, repository: Path, monkeypatch, capsys) -> None:
    tool = runpy.run_path(str(repository / 'tools/benchmark_classifiers.py'))
    monkeypatch.setattr(sys, 'argv', ['benchmark_classifiers.py', *wrong])
    with pytest.raises(SystemExit):
        tool['parse_args']()
    assert word in capsys.readouterr().err
