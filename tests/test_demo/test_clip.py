"""A video through the model: frame by frame what a picture gives, in constant memory."""

import csv
import weakref

import numpy as np
import pytest

from mmseg_wavemix.demo.clip import segment_clip
from mmseg_wavemix.demo.segmenter import Segmenter
from mmseg_wavemix.demo.sources import VideoFile
from mmseg_wavemix.demo.view import View, gap
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import segment
from tests.clips import read_clip, write_clip
from tests.tiny_model import CLASSES, PALETTE, picture


@pytest.fixture
def segmenter(model) -> Segmenter:
    return Segmenter(model)


def view(**options) -> View:
    return View(CLASSES, PALETTE, **options)


def class_maps(model, path) -> list[np.ndarray]:
    return [segment(model, np.ascontiguousarray(frame[..., ::-1])) for frame in read_clip(path)]


def test_each_frame_is_what_a_picture_gives(model, segmenter, clip, tmp_path):
    """To the last bit: against frames drawn one by one and encoded by OpenCV itself."""
    file, shares, maps = tmp_path / 'out.mp4', tmp_path / 'shares.csv', view(layout='map')
    with VideoFile(clip) as source:
        record = segment_clip(source, segmenter, maps, file, shares, codec='mpeg4')
    expected = class_maps(model, clip)
    assert len(np.unique(expected)) > 1
    drawn = [maps.draw(frame, one, still=True) for frame, one in zip(read_clip(clip), expected)]
    height, width = (side - side % 2 for side in drawn[0].shape[:2])
    reference = write_clip(tmp_path / 'a.mp4', [one[:height, :width] for one in drawn], 12.5)
    written = read_clip(file)
    assert len(written) == 12
    for seen, one in zip(written, read_clip(reference)):
        assert np.array_equal(seen[: height - 16, : width - 16], one[:-16, :-16])
    with VideoFile(file) as video:
        assert video.fps == 12.5 and video.frames == 12
    assert record['size'] == [64, 96] and record['fps'] == 12.5 and record['frames'] == 12
    assert record['tile'] is None and not {'error', 'interrupted'} & set(record)
    counts = np.array([np.bincount(one.ravel(), minlength=3) / one.size for one in expected])
    assert list(record['shares'].values()) == pytest.approx(counts.mean(0), abs=1e-6)
    with open(shares, newline='') as lines:
        rows = list(csv.DictReader(lines))
    assert [float(row['seconds']) for row in rows] == pytest.approx(np.arange(12) / 12.5)
    table = [[float(row[name]) for name in CLASSES] for row in rows]
    assert np.array(table) == pytest.approx(counts, abs=1e-6)


def test_overlay_beside_the_frame(model, segmenter, clip, tmp_path):
    both = view(layout='side-by-side', opacity=0.25, with_legend=False)
    with VideoFile(clip) as source:
        segment_clip(source, segmenter, both, tmp_path / 'out.mp4', codec='mpeg4')
    between = gap(96)
    for written, frame, one in zip(
        read_clip(tmp_path / 'out.mp4'), read_clip(clip), class_maps(model, clip)
    ):
        assert written.shape == (64, 2 * 96 + between, 3)
        assert np.abs(written[:, :96].astype(float) - frame).mean() < 8
        blend = 0.75 * frame + 0.25 * PALETTE[one]
        assert np.abs(written[:, 96 + between :] - blend).mean() < 8


def test_without_legend_size_and_rate_are_kept(segmenter, clip, tmp_path):
    with VideoFile(clip) as source:
        segment_clip(source, segmenter, view(with_legend=False), tmp_path / 'out.mp4')
    with VideoFile(tmp_path / 'out.mp4') as written:
        assert (written.size, written.fps, written.frames) == ((64, 96), 12.5, 12)


def test_memory_is_that_of_one_frame(segmenter, tmp_path, monkeypatch):
    """Of 200 frames, those that are still alive when the next one is segmented."""
    path = write_clip(tmp_path / 'in.mp4', [picture(32, 48, seed % 7) for seed in range(200)], 25)
    alive: list[weakref.ref] = []
    most = 0

    def counted(image: np.ndarray, tile: object) -> np.ndarray:
        nonlocal most
        class_map = np.zeros(image.shape[:2], int)
        alive.extend((weakref.ref(image), weakref.ref(class_map)))
        most = max(most, sum(one() is not None for one in alive))
        return class_map

    monkeypatch.setattr(segmenter, 'segment', counted)
    with VideoFile(path) as source:
        record = segment_clip(source, segmenter, view(), tmp_path / 'out.mp4', codec='mpeg4')
    assert record['frames'] == 200 == len(alive) // 2
    assert most <= 4  # a frame and its classes, and those before


def test_interrupted_it_plays(segmenter, clip, tmp_path, monkeypatch):
    original = segmenter.segment

    def interrupt(image: np.ndarray, tile: object) -> np.ndarray:
        if source.read == 6:
            raise KeyboardInterrupt
        return original(image, tile)

    monkeypatch.setattr(segmenter, 'segment', interrupt)
    with VideoFile(clip) as source:
        record = segment_clip(source, segmenter, view(), tmp_path / 'out.mp4')
    assert record['interrupted'] and record['frames'] == 5
    assert len(read_clip(tmp_path / 'out.mp4')) == 5


def test_faults_keep_what_is_done(segmenter, tmp_path, monkeypatch):
    path = write_clip(tmp_path / 'in.avi', [picture(64, 96, s) for s in range(40)], 25, 'MJPG')
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with VideoFile(path) as source:
        record = segment_clip(source, segmenter, view(), tmp_path / 'cut.mp4')
    assert f'ends after {record["frames"]} of 40 frames' in record['error']
    assert len(read_clip(tmp_path / 'cut.mp4')) == record['frames'] > 10
    monkeypatch.setattr(segmenter, 'plan', lambda size: (_ for _ in ()).throw(InputError('big')))
    with VideoFile(path) as source, pytest.raises(InputError, match='big'):
        segment_clip(source, segmenter, view(), tmp_path / 'big.mp4')
    assert not (tmp_path / 'big.mp4').exists()


class SlowCamera:
    """Twenty pictures a second are promised; each takes ``pause`` seconds of a clock of its own."""

    live, size, fps, frames = True, (32, 48), 20.0, None

    def __init__(self, clock: list[float], pause: float) -> None:
        self.clock, self.pause = clock, pause

    def __iter__(self):
        while True:
            yield picture(*self.size)
            self.clock[0] += self.pause

    def fault(self) -> None:
        return None


def test_webcam_runs_as_fast_as_the_street(segmenter, tmp_path, monkeypatch):
    """At 4 pictures a second each is shown five times, and the video is as long as it took."""
    clock = [100.0]
    for module in ('clip', 'sources'):
        monkeypatch.setattr(f'mmseg_wavemix.demo.{module}.time.monotonic', lambda: clock[0])
    camera = SlowCamera(clock, pause=0.25)
    record = segment_clip(
        camera, segmenter, view(), tmp_path / 'out.mp4', tmp_path / 'shares.csv', seconds=3.0
    )
    assert record['frames'] == 12 and 'error' not in record
    with VideoFile(tmp_path / 'out.mp4') as written:
        assert written.fps == 20 and written.frames == pytest.approx(55, abs=5)
    lines = (tmp_path / 'shares.csv').read_text().splitlines()
    assert [line.split(',')[1] for line in lines[1:4]] == ['0.000', '0.250', '0.500']


def test_a_closed_window_ends_it(segmenter, clip, tmp_path):
    class Window:
        seen = 0

        def show(self, picture: np.ndarray) -> bool:
            assert picture.shape[1] >= 96
            self.seen += 1
            return self.seen < 4

    with VideoFile(clip) as source:
        record = segment_clip(source, segmenter, view(), tmp_path / 'o.mp4', window=Window())
    assert record['frames'] == 4
    assert 'error' not in record and 'interrupted' not in record
