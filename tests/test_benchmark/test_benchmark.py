"""The benchmark measures what it says, and its figures hang together."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from mmseg_wavemix.benchmark.contenders import (
    AGAINST,
    Contender,
    Labels,
    against,
    flops_of,
    from_config,
)
from mmseg_wavemix.benchmark.machine import spread
from mmseg_wavemix.benchmark.memory import largest_batch, peak_memory, tensor_bytes
from mmseg_wavemix.benchmark.reference import reference_of
from mmseg_wavemix.benchmark.report import format_table, plot
from mmseg_wavemix.benchmark.steps import InferenceStep, TrainingStep
from mmseg_wavemix.errors import InputError
from tests.test_models.test_parity import build

CPU = torch.device('cpu')


def test_flops_by_hand() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ConvTranspose2d(8, 5, 4, 2, 1))
    # a multiply-add is two: 3x3 taps of 3 channels to 8 at 10x12 places, then 4x4 from each of them
    assert flops_of(model, (10, 12)) == 2 * 120 * (9 * 3 * 8 + 16 * 8 * 5)
    assert next(model.parameters()).device == CPU  # it was counted on a copy


def test_peak_memory_by_hand() -> None:
    mega = 2**20

    def run() -> torch.Tensor:
        a = torch.zeros(mega, dtype=torch.uint8)
        b = torch.zeros(4 * mega, dtype=torch.uint8)
        del b
        return a, torch.zeros(2 * mega, dtype=torch.uint8)

    peak = peak_memory(run, CPU, held=7 * mega)
    assert peak == pytest.approx(12 * mega, rel=1e-3)  # 7 before, then 1 and 4


def test_bytes_of_shared_storage_count_once() -> None:
    x = torch.zeros(1000)
    assert tensor_bytes(x, x[:10], x.view(10, 100)) == 4000


def test_largest_batch() -> None:
    # 100 to begin with and 50 a picture: 18 pictures are 1000
    assert largest_batch({2: 200, 4: 300}, memory=1000) == 18
    assert largest_batch({2: 200, 4: 300}, memory=1049) == 18
    assert largest_batch({2: 200, 4: 300}, memory=90) == 0


def test_spread() -> None:
    assert spread([5.0, 1.0, 2.0, 4.0, 3.0]) == (3, 2, 4)
    assert spread([7.0]) == (7, 7, 7)


def test_labels_are_at_the_pictures_size() -> None:
    logits = torch.zeros(1, 3, 2, 2)
    logits[0, 1], logits[0, 2, :, 1] = 0.5, 1  # class 2 goes 0, 1/4, 3/4, 1 from left to right

    class Constant(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return logits

    assert Labels(Constant())(torch.zeros(1, 3, 4, 4)).tolist() == [[[1, 1, 2, 2]] * 4]


def test_the_reference_has_the_same_size() -> None:
    for level in (1, 4):
        model = build(level, ff_channels=48, mlp_ratio=3)
        reference = reference_of(model)
        counts = [sum(p.numel() for p in m.parameters()) for m in (model, reference)]
        assert counts[0] == counts[1]
    with pytest.raises(InputError, match='no such segmentation model'):
        reference_of(build(1, stem=dict(type='PatchifyStem')))
    with pytest.raises(InputError, match='name a config of WaveMix'):
        reference_of(against('bisenetv2', Path('unused'), (64, 64))[0].model)


@pytest.mark.parametrize('name', sorted(set(AGAINST) - {'reference', 'segformer-b5', 'pidnet-l'}))
def test_peers_build_and_run(name: str) -> None:
    peers = against(name, Path('unused'), (128, 128))
    assert [peer.name for peer in peers] == [name, f'{name}+nhwc']
    found = []
    for peer in peers:
        torch.manual_seed(0)
        step = InferenceStep(peer, (128, 128), 1, CPU, 'fp32')
        last = peer.channels_last
        assert step.x.is_contiguous(
            memory_format=torch.channels_last if last else torch.contiguous_format
        )
        found.append(step())
        assert found[-1].shape == (1, 128, 128) and peer.flops > 0 and peer.params > 1e6
    assert (found[0] == found[1]).float().mean() > 0.99  # two orders of summation


def test_a_size_that_a_model_does_not_take(repository: Path) -> None:
    path = repository / 'configs/peers/unet-s5-d16_camvid.py'
    with pytest.raises(InputError, match='65x128 pixels: .*multiples of 64'):
        from_config(path, (65, 128), ['plain'])


def test_what_has_nothing_to_fuse_is_measured_once(repository: Path) -> None:
    path = repository / 'configs/peers/ddrnet_23-slim_camvid.py'
    for forms in (['plain', 'fused'], ['fused']):
        [contender] = from_config(path, (64, 64), forms)
        assert contender.name == path.stem and not contender.frozen
        assert contender.channels_last  # as ours: neither is slowed down by how it lies


def test_heads_of_training_alone_are_not_counted(repository: Path) -> None:
    path = repository / 'configs/peers/bisenetv2_camvid.py'
    [contender] = from_config(path, (64, 64), ['plain'])
    model = contender.model
    logits = model(torch.randn(1, 3, 64, 64), mode='tensor')
    logits.sum().backward()
    used = sum(weight.numel() for weight in model.parameters() if weight.grad is not None)
    assert contender.params == used < sum(weight.numel() for weight in model.parameters()) / 4


def test_training_steps_train() -> None:
    for model in (build(1), reference_of(build(1))):
        contender = Contender('x', model, params=0, flops=0)
        step = TrainingStep(contender, (32, 64), 2, CPU, 'fp32')
        losses = [step().item() for _ in range(12)]
        assert losses[-1] < losses[0]
        # weights, their two moments, the norms' statistics, the picture
        weights = sum(p.numel() for p in model.parameters())
        assert step.held >= 4 * (3 * weights + 2 * 3 * 32 * 64)


def test_a_peer_with_boundaries_trains(repository: Path) -> None:
    [contender] = from_config(repository / 'configs/peers/pidnet-s_camvid.py', (64, 64), ['plain'])
    assert TrainingStep(contender, (64, 64), 2, CPU, 'fp32')() > 0


def test_tool(tmp_path: Path, repository: Path) -> None:
    command = [
        sys.executable,
        str(repository / 'tools/benchmark.py'),
        str(repository / 'configs/wavemix_64_6_l3_synthetic.py'),
    ]
    out = tmp_path / 'new' / 'f.json'
    done = subprocess.run(
        [*command, '--against', 'reference', 'bisenetv2', '--size', '64x128']
        + ['--dtype', 'fp32', 'bf16', '--rounds', '2', '--memory', '1GB', '--json', str(out)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(out.read_text())
    stem = 'wavemix_64_6_l3_synthetic'
    names = [(row['name'], row['dtype']) for row in result['rows']]
    assert names == [('reference', 'fp32')] + [
        (name, dtype)
        for name in ('bisenetv2', 'bisenetv2+nhwc', stem, f'{stem}+fused')
        for dtype in ('fp32', 'bf16')
    ]
    assert set(result['rows'][0]) >= {
        'name', 'params', 'flops', 'mode', 'device', 'dtype', 'size', 'batch', 'latency_ms', 'fps',
        'peak_memory_mb', 'roofline_share',
    }  # fmt: skip
    rows = dict(zip(names, result['rows']))
    plain, fused = rows[stem, 'fp32'], rows[f'{stem}+fused', 'fp32']
    assert plain['params'] == fused['params'] and plain['flops'] > fused['flops']
    # weights count for more than so few pixels, and the fused stem has more of them
    assert fused['peak_memory_mb'] < 1.1 * plain['peak_memory_mb']
    assert plain['largest_batch'] < fused['largest_batch']
    for row in result['rows']:
        assert row['fps'] == pytest.approx(1e3 / row['latency_ms'], rel=1e-2)
        rate = 1e9 * result['machine'][f'matmul_gflops_{row["dtype"]}']
        share = row['flops'] / (row['latency_ms'] / 1e3) / rate
        assert row['roofline_share'] == pytest.approx(share, abs=1e-3)
    assert rows['bisenetv2', 'fp32']['published_miou'] == 73.21  # what MMSegmentation says
    assert format_table(result) in done.stdout


@pytest.mark.parametrize(
    ('wrong', 'word'),
    [
        (['--size', '256'], 'height x width'),
        (['--memory', '16'], '16GB'),
        (['--against', 'unet'], 'unet'),
        (['--rounds', '0'], '1 or more'),
        (['--plot', 'a.txt'], '.png'),
        (['--json', __file__], 'exists'),
    ],
)
def test_wrong_options(wrong: list[str], word: str, repository: Path, monkeypatch, capsys) -> None:
    tool = runpy.run_path(str(repository / 'tools/benchmark.py'))
    monkeypatch.setattr(sys, 'argv', ['benchmark.py', 'some_config.py', *wrong])
    with pytest.raises(SystemExit):
        tool['parse_args']()
    assert word in capsys.readouterr().err


def test_plot(tmp_path: Path) -> None:
    row = dict(dtype='fp32', fps=2.0, params=10**6, size=[8, 8], published_miou=70.0, name='a')
    fused = dict(row, fps=3.0, name='a+fused')
    rows = [row, fused, dict(row, name='b', dtype='bf16', published_miou=None)]
    result = dict(machine=dict(device='some'), rows=rows)
    assert plot(result) is None  # a single model with a published score
    rows[2]['published_miou'] = 75.5
    axis = plot(result).axes[0]
    lines = [line.get_xydata().tolist() for line in axis.lines if line.get_linestyle() != 'None']
    assert lines == [[[2, 70], [3, 70]], [[2, 75.5]]]  # a line a model, slowest form first
    assert [text.get_text() for text in axis.texts] == ['a', 'b']
    looks = {
        line.get_xydata()[0].tolist()[0]: (line.get_marker(), line.get_markerfacecolor())
        for line in axis.lines
        if line.get_linestyle() == 'None'
        and len(line.get_xydata())
        and line.get_xydata()[0, 1] == 70
    }
    assert looks == {2: ('o', 'white'), 3: ('o', 'tab:blue')}  # plain is hollow, fused is filled
    said = [text.get_text() for text in axis.get_legend().get_texts()]
    assert said == ['fp32', 'bf16', 'plain', 'fused']
