"""Where results cannot be written: told before the work, or passed over for the next input."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_wavemix.demo import picture as demo_picture
from mmseg_wavemix.demo import segmenter
from mmseg_wavemix.demo.jobs import Job, check_results, plan_jobs
from mmseg_wavemix.demo.sources import VideoFile
from mmseg_wavemix.demo.writer import VideoWriter
from mmseg_wavemix.errors import InputError
from tests.tiny_model import picture, run_demo

KINDS = ('overlay', 'color', 'labelIds')


@pytest.fixture
def streets(tmp_path: Path) -> Path:
    """A folder of three pictures."""
    folder = tmp_path / 'in'
    folder.mkdir()
    for name in ('a', 'm', 'z'):
        Image.fromarray(picture(16, 24)).save(folder / f'{name}.png')
    return folder


def written(*names: str) -> set[str]:
    return {f'{name}_{kind}.png' for name in names for kind in KINDS}


def test_a_name_too_long_is_passed_over(streets, trained, monkeypatch, capsys) -> None:
    """Of 250 bytes: with _overlay it is more than file systems take."""
    long = 'n' * 246 + '.png'
    (streets / 'm.png').rename(streets / long)
    out, file = streets.parent / 'out', streets.parent / 'out.json'
    end = run_demo(monkeypatch, trained, streets, '--out', out, '--json', file)
    assert end == 'error: 1 of 3 pictures failed, see above'
    printed = capsys.readouterr()
    assert '2 of 3 pictures segmented' in printed.out
    assert f'failed: {streets / long}: ' in printed.err and 'rename it' in printed.err
    assert {path.name for path in out.iterdir()} == written('a', 'z')
    first, second, third = json.loads(file.read_text())['inputs']
    assert second['file'] == str(streets / long) and second['outputs'] == {}
    assert 'cannot be written' in second['error']
    assert len(first['outputs']) == len(third['outputs']) == 3


@pytest.mark.parametrize(
    ('error', 'said'),
    [(OSError(28, 'No space left on device'), 'm.png: [Errno 28] No space left on device'),
     (MemoryError(), 'm.png does not fit into memory: scale it down')],
)  # fmt: skip
def test_whatever_fails_the_next_has_its_turn(
    streets, trained, monkeypatch, capsys, error: Exception, said: str
) -> None:
    read = demo_picture.read_picture

    def failing(path: Path, tell: object) -> np.ndarray:
        if path.name == 'm.png':
            raise error
        return read(path, tell)

    monkeypatch.setattr(demo_picture, 'read_picture', failing)
    out = streets.parent / 'out'
    end = run_demo(monkeypatch, trained, streets, '--out', out)
    assert end == 'error: 1 of 3 pictures failed, see above'
    assert said in capsys.readouterr().err
    assert {path.name for path in out.iterdir()} == written('a', 'z')


@pytest.mark.parametrize(
    ('options', 'reason'),
    [
        (['--json', 'in/a.png/x.json'], 'a.png cannot be made a folder (Not a directory)'),
        (['--json', f'new/{"j" * 252}'], 'cannot be written (File name too long): name another'),
        (['--json', 'out/z_color.png'], 'has the name of a result: name another file'),
        (['--json', 'in/a.png'], 'in/a.png exists and is not overwritten: name a new file'),
        (['--out', 'in/a.png'], '--out in/a.png cannot be made a folder (Not a directory)'),
        (['--out', 'in/a.png/x'], '--out in/a.png/x cannot be made a folder (Not a directory)'),
        (['--out', 'o' * 256], 'cannot be made a folder (File name too long)'),
        (['--classes', 'tram'], "'tram': the model does not know it"),
        (['--checkpoint', 'no.pth'], 'no.pth does not exist'),
        (['--config', 'no.py'], 'no.py'),
    ],
)
def test_refused_before_the_work(
    streets, trained, monkeypatch, options: list[str], reason: str
) -> None:
    """And without leaving a trace, such as an empty folder."""
    monkeypatch.chdir(streets.parent)
    monkeypatch.setattr(segmenter, 'segment', None)
    options = dict(zip(options[::2], options[1::2]))
    config, checkpoint = (
        options.pop('--config', trained[0]),
        options.pop('--checkpoint', trained[1]),
    )
    given = [word for pair in ({'--out': 'out'} | options).items() for word in pair]
    end = run_demo(monkeypatch, (config, checkpoint), 'in', *given)
    assert isinstance(end, str) and end.startswith('error: ') and reason in end
    assert [path.name for path in streets.parent.iterdir()] == ['in']
    assert len(list(streets.iterdir())) == 3


@pytest.mark.skipif(not Path('/proc/self').is_dir(), reason='a folder that nobody may write to')
def test_a_folder_that_takes_no_files(streets, tmp_path) -> None:
    """Permissions do not tell: root has all of them there."""
    jobs = plan_jobs([streets / 'a.png'], tmp_path / 'out', 'overlay')
    for name in ('/proc', '/proc/nope'):
        with pytest.raises(InputError, match=f'{name} (is not writable|cannot be made a folder)'):
            check_results(jobs, tmp_path / 'out', Path(name, 'x.json'))
        with pytest.raises(InputError, match=f'--out {name} (is not|cannot)'):
            check_results([], Path(name))
    check_results(jobs, tmp_path / 'out', tmp_path / 'a' / 'b' / 'x.json')
    assert {path.name for path in tmp_path.iterdir()} == {'in'}


def test_a_full_name_that_fits(tmp_path) -> None:
    """The longest that is written, and one byte more: results have another name meanwhile."""
    longest = 255 - len(f'..{os.getpid()}')
    for length, fits in ((longest, True), (longest + 1, False)):
        job = Job(Path('a.mp4'), tmp_path / 'out' / ('n' * length), {})
        if fits:
            job.check_names()
        else:
            with pytest.raises(InputError, match='a.mp4: .* cannot be written .*: rename it'):
                job.check_names()
        assert job.outputs() == {}


def test_names_that_are_not_utf8(streets, clip, trained, monkeypatch, capsysbinary) -> None:
    """OpenCV's videos would end the process by a segmentation fault."""
    (streets / 'm.png').rename(os.fsdecode(os.fsencode(streets) + b'/m\xff.png'))
    video = Path(os.fsdecode(os.fsencode(streets) + b'/v\xff.mp4'))
    video.write_bytes(clip.read_bytes())
    with pytest.raises(InputError, match='its name is not UTF-8: rename it'):
        VideoFile(video)
    with pytest.raises(InputError, match='its name is not UTF-8: rename it'):
        VideoWriter(video.with_name('new\udcff.mp4'), 25)
    out = streets.parent / 'out\udcff'
    end = run_demo(monkeypatch, trained, streets, '--out', out)
    assert end == 'error: 1 of 4 inputs failed, see above'
    assert b'3 of 4 inputs segmented, results in' in capsysbinary.readouterr().out
    assert {path.name for path in out.iterdir()} == written('a', 'm\udcff', 'z')
