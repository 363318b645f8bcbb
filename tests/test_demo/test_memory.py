"""What fits into memory, and the tiles for what does not."""

import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from mmseg_wavemix.demo import memory, segmenter
from mmseg_wavemix.demo.memory import HELD, HOST, SHARE, Needs, available_memory, measure, tile_for
from mmseg_wavemix.demo.segmenter import Segmenter
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import segment, segment_tiles
from tests.tiny_model import ROOT, picture

NEEDS = Needs(fixed=1e6, per_pixel=100, on_host=False)


def test_whole_where_it_fits():
    size, needed = (1000, 2000), 1e6 + 100 * 2e6
    assert NEEDS.of(2_000_000) == needed
    assert tile_for(NEEDS, size, int(needed / SHARE) + 1, 64) is None
    assert tile_for(NEEDS, size, int(needed / SHARE) - 1, 64) == (1984, 1984)  # two
    assert tile_for(NEEDS, size, None, 64) is None  # nobody knows


@pytest.mark.parametrize('megabytes', [20, 60, 150, 1000])
@pytest.mark.parametrize('divisor', [8, 64, 128])
@pytest.mark.parametrize('size', [(8192, 4096), (3000, 3000), (400, 50_000)])
def test_tiles_are_the_largest_that_fit(megabytes, divisor, size):
    available = megabytes * 10**6
    side = tile_for(NEEDS, size, available, divisor)[0]
    step = max(64, divisor)
    assert side % divisor == 0 and memory.SMALLEST_TILE <= side <= memory.LARGEST_TILE
    assert NEEDS.of(min(side, size[0]) * min(side, size[1])) <= SHARE * available
    larger = min(side + step, size[0]) * min(side + step, size[1])
    assert NEEDS.of(larger) > SHARE * available or side + step > memory.LARGEST_TILE


def test_main_memory_holds_the_whole_picture_besides():
    host = Needs(1e6, 100, on_host=True)
    assert host.of(10**6) == 1e6 + (100 + HELD) * 10**6
    assert host.of(10**7, whole=2 * 10**7) == 1e6 + 100 * 10**7 + HELD * 2 * 10**7
    assert host.of(10**6, whole=10**8) == HOST * 10**8  # drawing takes more than the model did
    assert host.pixels(host.of(12345)) == 12345
    with pytest.raises(InputError, match='in tiles, 7 MB are free: .* scale the picture down'):
        tile_for(host, (4096, 8192), 7 * 10**6, 64)


def test_measured_line_holds_for_larger_pictures(model):
    """Against the record of all allocations for a picture eight times as large."""
    from mmseg_wavemix.benchmark.memory import peak_memory

    image = np.zeros((512, 1024, 3), np.uint8)
    peak = peak_memory(lambda: segment(model, image), next(model.parameters()).device, 0)
    needs = measure(model)
    estimate = needs.of(512 * 1024) - HELD * 512 * 1024
    assert 0.97 * peak < estimate < 1.1 * peak
    assert needs.per_pixel > 4 * 3 * 2  # logits and their sums, at least


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='read from /proc')
def test_free_memory_is_what_linux_says(monkeypatch):
    device = torch.device('cpu')
    assert 10**7 < available_memory(device) < 10**13
    monkeypatch.setattr(memory, '_left_in_groups', lambda: [123])  # a container's limit
    assert available_memory(device) == 123


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='read from /proc')
def test_a_process_stays_within_what_it_says(trained, tmp_path):
    """Reading, segmenting, drawing and writing 6 megapixels, by the kernel's own peak."""
    Image.fromarray(picture(2000, 3000)).save(tmp_path / 'street.jpg')
    code = rf"""
import re, numpy as np
from pathlib import Path
from mmseg_wavemix.demo.jobs import plan_jobs
from mmseg_wavemix.demo.picture import segment_picture
from mmseg_wavemix.demo.segmenter import Segmenter
from mmseg_wavemix.demo.view import View
from mmseg_wavemix.inference import load_model
def kib(key):
    return int(re.search(key + r':\s+(\d+)', Path('/proc/self/status').read_text())[1])
model = load_model({str(trained[0])!r}, {str(trained[1])!r}, 'cpu', fused=True)
segmenter = Segmenter(model)
segmenter.needs
[job] = plan_jobs([Path({str(tmp_path / 'street.jpg')!r})], Path({str(tmp_path)!r}), 'side-by-side')
view = View(**model.dataset_meta, layout='side-by-side')
before = kib('VmRSS')
record = segment_picture(job, segmenter, view, np.arange(3, dtype=np.uint8))
print((kib('VmHWM') - before) / 1024 * 1.048576, record['memory_mb'])
"""
    run = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, cwd=ROOT, timeout=300
    )
    assert run.returncode == 0, run.stderr
    taken, said = map(float, run.stdout.split()[-2:])
    assert 0.5 * said < taken < said


def test_limits_of_groups(tmp_path, monkeypatch):
    """A tree as the kernel shows it: the own group is free, the one around it limited."""
    inner = tmp_path / 'sys' / 'batch' / 'job'
    inner.mkdir(parents=True)
    for folder, limit, used, cached in (
        (inner.parents[1], 'max', 900, 0),
        (inner.parent, '5000', 1200, 200),
        (inner, 'max', 1000, 0),
    ):
        (folder / 'memory.max').write_text(f'{limit}\n')
        (folder / 'memory.current').write_text(f'{used}\n')
        (folder / 'memory.stat').write_text(f'anon 7\ninactive_file {cached}\n')
    (tmp_path / 'cgroup').write_text('0::/batch/job\n')
    monkeypatch.setattr(memory, 'GROUPS', (tmp_path / 'cgroup', tmp_path / 'sys'))
    assert memory._left_in_groups() == [5000 - 1200 + 200]


def test_segmenter_says_when_it_tiles(model, monkeypatch):
    told = []
    ours = Segmenter(model, tell=told.append)
    ours.needs = Needs(1e6, 1000, on_host=True)
    image = picture(320, 640)
    assert ours.plan((320, 640)) is None and told == []
    least = ours.needs.of(256 * 256, 320 * 640)
    monkeypatch.setattr(segmenter, 'available_memory', lambda _: int(least / SHARE) + 1000)
    tile = ours.plan((320, 640))
    assert tile == (256, 256) and len(told) == 1
    assert re.fullmatch(r'640x320 .* take about \d+ MB .*: in tiles of 256x256', told[0])
    assert np.array_equal(ours.segment(image, tile), segment_tiles(model, image, (256, 256)))
    large = picture(600, 1100)  # larger tiles see more of their surroundings
    seen = []
    monkeypatch.setattr(segmenter, 'segment_tiles', lambda *args, margin: seen.append(margin))
    ours.segment(large, (512, 576)), ours.segment(large, (448, 576))
    assert seen == [128, 64]
    assert ours.memory((320, 640), tile) == least
    assert ours.plan((64, 64)) is None and len(told) == 1
    assert Segmenter(model, (192, 256)).plan((320, 640)) == (192, 256)  # forced
    monkeypatch.setattr(segmenter, 'available_memory', lambda _: 1000)
    with pytest.raises(InputError, match='640x320 pixels take about .* even in tiles'):
        ours.plan((320, 640))


def test_no_tiles_where_the_config_scales_pictures(model, monkeypatch):
    """A tile would be scaled to the size of a whole picture."""
    ours = Segmenter(model)
    ours.needs = Needs(1e6, 1000, on_host=True)
    least = ours.needs.of(256 * 256, 320 * 640)
    monkeypatch.setattr(segmenter, 'available_memory', lambda _: int(least / SHARE) + 1000)
    pipeline = [dict(type='LoadImageFromFile'), dict(type='Resize')]
    monkeypatch.setattr(model, 'cfg', SimpleNamespace(test_pipeline=pipeline))
    with pytest.raises(InputError, match='scale the picture down'):
        ours.plan((320, 640))
