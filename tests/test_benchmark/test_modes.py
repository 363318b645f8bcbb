"""Classifiers and segmentors, inference and training, through the same comparison."""

import argparse
import math
import runpy
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from mmseg_wavemix.benchmark.compare import compare
from mmseg_wavemix.benchmark.contenders import Contender, Labels, flops_of
from mmseg_wavemix.benchmark.memory import peak_memory
from mmseg_wavemix.benchmark.options import memory_of
from mmseg_wavemix.benchmark.report import format_table
from mmseg_wavemix.benchmark.steps import InferenceStep, TrainingStep
from mmseg_wavemix.engine.cpu import computes_float16
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
    result = compare([small, frozen, wide], SIZE, [2], CPU, ['fp32'], 'both', 2, memory=2**30)
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
    (row,) = compare([heavy], (8, 8), [2], CPU, ['fp32'], 'train', 1, memory=memory)['rows']
    step = TrainingStep(heavy, (8, 8), row['largest_batch'], CPU, 'fp32')
    assert 0.8 * memory < peak_memory(step, CPU, step.held) < 1.05 * memory


def test_a_row_for_each_batch() -> None:
    result = compare([contender('a', classifier(5))], SIZE, [1, 4], CPU, ['fp32'], 'infer', 3)
    assert [row['batch'] for row in result['rows']] == [1, 4]
    for row in result['rows']:
        assert row['fps'] == pytest.approx(1e3 * row['batch'] / row['latency_ms'], rel=1e-2)
    assert result['rounds'] == 3 and result['machine']['command'].startswith('python ')
    header, _, first, second = format_table(result).splitlines()
    assert header.startswith('| model | dtype | batch |')
    assert first.startswith('| a | fp32 | 1 |') and second.startswith('| a | fp32 | 4 |')


class Failing(nn.Sequential):
    """Runs with fewer pictures than ``least``."""

    least = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if len(x) >= self.least:
            raise RuntimeError(f'no memory for {len(x)}')
        return super().forward(x)


def test_what_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    one = replace(contender('a', classifier(5)), model=Failing(*classifier(5)))
    with pytest.raises(InputError, match='none of the models runs'):
        compare([one], SIZE, [1], CPU, ['fp32'], 'infer', 1)
    monkeypatch.setattr(Failing, 'least', 3)
    with pytest.raises(InputError, match='a does not run with 4 .*no memory for 4.*less memory'):
        compare([one], SIZE, [2], CPU, ['fp32'], 'infer', 1, memory=2**34)
    (row,) = compare([one], SIZE, [2], CPU, ['fp32'], 'infer', 1, memory=2**10)['rows']
    assert row['largest_batch'] == 0  # and 4 pictures were not tried


@pytest.mark.skipif(computes_float16(), reason='this CPU computes float16')
def test_emulated_float16_is_refused() -> None:
    with pytest.raises(InputError, match='only emulates it, take bf16'):
        compare([contender('a', classifier(5))], SIZE, [1], CPU, ['fp32', 'fp16'], 'infer', 1)


@pytest.mark.parametrize('text', ['0GB', '16', '9' * 400 + 'GB', '-1GB'])
def test_no_memory(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match='such as 16GB'):
        memory_of(text)


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
