"""Videos read and written, against OpenCV alone."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmseg_wavemix.demo import sources
from mmseg_wavemix.demo.sources import VideoFile, Webcam, limited
from mmseg_wavemix.demo.window import has_display
from mmseg_wavemix.demo.writer import VideoWriter
from mmseg_wavemix.errors import InputError
from tests.clips import read_clip, write_clip
from tests.tiny_model import picture


def test_frames_rate_and_size(clip):
    with VideoFile(clip) as video:
        assert (video.size, video.fps, video.frames) == ((64, 96), 12.5, 12)
        frames = list(video)
        assert video.fault() is None
    assert len(frames) == video.read == 12
    for frame, expected in zip(frames, read_clip(clip)):
        assert np.array_equal(frame[..., ::-1], expected)


@pytest.mark.parametrize(('turn', 'matrix'), [(-1, (0, 1, -1, 0)), (2, (-1, 0, 0, -1))])
def test_rotation_metadata_is_carried_out(clip, tmp_path, turn, matrix):
    """As phones write it: in the matrix of the track's header, ISO 14496-12, 8.3.2."""
    data = bytearray(clip.read_bytes())
    start = data.index(b'tkhd') + 44  # behind times, id, duration, layer and volume
    a, b, c, d = (value << 16 for value in matrix)
    assert struct.unpack('>9i', data[start : start + 36])[:5] == (1 << 16, 0, 0, 0, 1 << 16)
    data[start : start + 36] = struct.pack('>9i', a, b, 0, c, d, 0, 0, 0, 1 << 30)
    (tmp_path / 'turned.mp4').write_bytes(data)
    with VideoFile(tmp_path / 'turned.mp4') as video:
        assert video.size == ((96, 64) if turn == -1 else (64, 96))
        for frame, stored in zip(video, read_clip(clip)):
            assert np.array_equal(frame[..., ::-1], np.rot90(stored, turn))


@pytest.mark.parametrize('share', [0.0, 0.05, 0.5, 0.85])
@pytest.mark.parametrize('suffix', ['mp4', 'avi'])
def test_cut_off_files_are_told(tmp_path, suffix, share, capfd):
    """An mp4 has its index at the end, an AVI is read up to where it ends."""
    frames = [picture(64, 96, seed) for seed in range(40)]
    path = write_clip(tmp_path / f'a.{suffix}', frames, 25, 'MJPG' if suffix == 'avi' else 'mp4v')
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    if suffix == 'avi' and share >= 0.5:
        with VideoFile(path) as video:
            read = len(list(video))
            assert 0 < read < share * 40  # the header comes first
            assert f'ends after {read} of 40 frames' in video.fault()
    else:
        with pytest.raises(InputError, match=f'{path} is damaged, cut off or no video'):
            VideoFile(path)
    assert capfd.readouterr().err == ''  # one sentence, without FFmpeg's


def test_what_is_no_video(tmp_path):
    path = tmp_path / 'page.mp4'
    with pytest.raises(InputError, match='page.mp4 does not exist'):
        VideoFile(path)
    path.write_text('<html>not found</html>')
    with pytest.raises(InputError, match='no video that OpenCV can read'):
        VideoFile(path)
    with pytest.raises(InputError, match='is not a file'):
        VideoFile(tmp_path)


def test_first_seconds(clip):
    with VideoFile(clip) as video:
        assert len(list(limited(video, 0.4))) == 5  # 0, 0.08, 0.16, 0.24, 0.32
        assert video.fault() is None


class Camera:
    """Stands in for cv2.VideoCapture: three frames, then it is unplugged."""

    def __init__(self, index: int) -> None:
        self.frames = [picture(48, 64, seed) for seed in range(3)]

    def set(self, key: int, value: float) -> bool:
        return True

    def get(self, key: int) -> float:
        return 30.0 if key == cv2.CAP_PROP_FPS else 0.0

    def read(self) -> tuple[bool, np.ndarray | None]:
        return (True, self.frames.pop(0)) if self.frames else (False, None)

    def release(self) -> None:
        pass


def test_webcam(monkeypatch):
    with pytest.raises(InputError, match='no webcam 97 that gives a picture: see whether'):
        Webcam(97)
    with pytest.raises(InputError, match='no webcam'):
        Webcam(10**15)
    monkeypatch.setattr(sources.cv2, 'VideoCapture', Camera)
    with Webcam(0) as camera:
        assert (camera.size, camera.fps, camera.frames) == ((48, 64), 30.0, None)
        assert camera.fault() is None
        assert [np.array_equal(f, picture(48, 64, i)) for i, f in enumerate(camera)] == [True] * 3
        assert 'no more pictures after 3' in camera.fault()


def test_no_window_without_a_display(monkeypatch):
    """A display that is named but not there would end the process."""
    monkeypatch.setattr('sys.platform', 'linux')
    monkeypatch.delenv('DISPLAY', raising=False)
    monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
    assert not has_display()
    monkeypatch.setenv('DISPLAY', ':4077')
    assert not has_display()


@pytest.mark.parametrize('codec', [None, 'vp9', 'mpeg4'])
@pytest.mark.parametrize('size', [(64, 96), (17, 33), (16, 16)])
def test_what_is_written_plays(tmp_path, codec, size):
    """An odd side gets its last pixel twice: encoders know even ones alone."""
    path = tmp_path / 'a.mp4'
    ramp = np.indices(size).sum(0)
    with VideoWriter(path, 29.97, codec) as writer:
        for i in range(5):
            writer.write(np.stack([ramp + 15 * i] * 3, -1).astype(np.uint8))
        assert not path.exists()  # under its name when it is whole
    assert [p.name for p in tmp_path.iterdir()] == ['a.mp4']
    with VideoFile(path) as video:
        assert video.size == tuple(side + side % 2 for side in size)
        assert video.fps == pytest.approx(29.97) and video.frames == 5
        for i, frame in enumerate(video):
            assert np.abs(frame[: size[0], : size[1], 0] - (ramp + 15.0 * i)).mean() < 6


def test_an_exception_leaves_a_video_that_plays(tmp_path):
    with pytest.raises(KeyboardInterrupt), VideoWriter(tmp_path / 'a.mp4', 25) as writer:
        for seed in range(3):
            writer.write(picture(64, 96, seed), times=2)
        raise KeyboardInterrupt
    assert len(read_clip(tmp_path / 'a.mp4')) == 6
    with pytest.raises(KeyboardInterrupt), VideoWriter(tmp_path / 'b.mp4', 25):
        raise KeyboardInterrupt
    assert [p.name for p in tmp_path.iterdir()] == ['a.mp4']


def test_faults_of_writing(tmp_path, monkeypatch):
    with VideoWriter(tmp_path / 'a.mp4', 25) as writer:
        writer.write(picture(64, 96))
        with pytest.raises(ValueError, match='among those of'):  # OpenCV drops them
            writer.write(picture(64, 98))
    with (
        pytest.raises(InputError, match='nowhere/a.mp4: this OpenCV cannot write 96x64 pixels as'),
        VideoWriter(tmp_path / 'nowhere' / 'a.mp4', 25) as writer,
    ):
        writer.write(picture(64, 96))
    with (
        pytest.raises(InputError, match=r'whole \(0 of 2 frames\): see whether the disk is full'),
        VideoWriter(tmp_path / 'b.mp4', 25) as writer,
    ):
        writer.write(picture(64, 96), times=2)
        writer._writer.release()
        next(Path(tmp_path).glob('.*b.mp4')).write_bytes(b'')  # as on a full disk
    assert [p.name for p in tmp_path.iterdir()] == ['a.mp4']


@pytest.mark.parametrize(
    ('suffix', 'codec'),
    [('.3gp', 'mp4v'), ('.flv', 'FLV1'), ('.mts', 'MPG2'), ('.m2ts', 'MPG2')],
)
def test_containers_of_phones_and_camcorders(tmp_path, suffix: str, codec: str) -> None:
    frames = [np.full((64, 96, 3), 20 * i, np.uint8) for i in range(12)]
    path = write_clip(tmp_path / f'a{suffix}', frames, 25, codec)
    with VideoFile(path) as video:
        read = [frame for frame in video]
        assert (len(read), video.size, video.fps, video.fault()) == (12, (64, 96), 25, None)
    for frame, written in zip(read, frames):
        assert np.abs(frame.astype(int) - written).max() <= 6
