"""The folder checks and tools/evaluate.py."""

import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_wavemix.datasets.camvid import instance_ids
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation import check_folder, official_scores

TOOL = Path(__file__).parents[2] / 'tools' / 'evaluate.py'
# road, car, vegetation, building
LABELS = np.array([[7, 7, 7, 26], [7, 7, 26, 26], [21, 21, 21, 21], [11, 11, 11, 11]])


@pytest.fixture
def root(tmp_path, add_frame) -> Path:
    """Three perfect predictions of the val split, and an unpredicted frame of another split."""
    for number in range(3):
        add_frame(tmp_path, number, LABELS, LABELS)
    train = tmp_path / 'gtFine' / 'train' / 'ulm'
    train.mkdir(parents=True)
    Image.new('L', (4, 4)).save(train / 'ulm_000000_000019_gtFine_labelIds.png')
    return tmp_path


def prediction(root: Path, number: int) -> Path:
    return root / 'results' / f'hof_{number:06d}_000019_leftImg8bit.png'


def run_tool(monkeypatch, *args: object, tool: Path = TOOL) -> int | str | None:
    """Runs a tool in this process; its exit status, or the sentence it ends with."""
    monkeypatch.setattr(sys, 'argv', [str(tool), *map(str, args)])
    try:
        runpy.run_path(str(tool), run_name='__main__')
    except SystemExit as end:
        return end.code
    return 0


def fault(root: Path) -> str:
    with pytest.raises(InputError) as error:
        check_folder(root / 'results', root)
    return str(error.value)


@pytest.mark.parametrize('below', ['', 'gtFine', 'gtFine/val', 'gtFine/val/hof'])
def test_ground_truth_is_found_from_every_level(root, below):
    pairs = check_folder(root / 'results', root / below)
    assert [(Path(a).name[:10], Path(b).name[:10]) for a, b in pairs] == [
        (f'hof_{number:06d}',) * 2 for number in range(3)
    ]
    assert official_scores(pairs)['mIoU'] == 100


def test_predictions_may_lie_in_folders_and_be_named_by_prefix(root):
    folder = root / 'results' / 'deep' / 'hof'
    folder.mkdir(parents=True)
    prediction(root, 1).rename(folder / 'hof_000001_000019_anything_else.png')
    (root / 'results' / 'notes.txt').write_text('not a prediction')
    Image.new('RGB', (2, 2)).save(root / 'results' / 'overview.png')
    assert len(check_folder(root / 'results', root)) == 3


def test_linked_ground_truth_is_found(root, tmp_path_factory):
    other = tmp_path_factory.mktemp('linked')
    (other / 'val').mkdir()
    (other / 'val' / 'hof').symlink_to(root / 'gtFine' / 'val' / 'hof')
    assert len(check_folder(root / 'results', other)) == 3


def test_all_faults_in_one_pass(root, add_frame):
    prediction(root, 0).unlink()
    shutil.copy(prediction(root, 1), root / 'results' / 'hof_000001_000019.png')
    Image.new('L', (5, 4), 7).save(prediction(root, 2))
    bad = {
        3: Image.new('RGB', (4, 4)),
        4: Image.fromarray(np.full((4, 4), 255, np.uint8)),
        5: Image.fromarray(np.full((4, 4), 40, np.uint8)),
    }
    for number, image in bad.items():
        add_frame(root, number, LABELS)
        image.save(prediction(root, number))
    _, truth = add_frame(root, 6, LABELS)
    prediction(root, 6).write_bytes(b'no image')
    Path(truth.replace('labelIds', 'instanceIds')).unlink()
    lines = fault(root).split('\n')
    expected = [
        ('1 of 7 ground truths have no prediction', 'hof_000000_000019;'),
        ('1 of 7 ground truths have several', 'hof_000001_000019.png', 'leave one'),
        ('Instance file not found', 'hof_000006_000019_gtFine_instanceIds.png', 'zip'),
        ('1 of 5 predictions cannot be read', 'hof_000006'),
        ('1 of 5 predictions are not single-channel', 'hof_000003', '(RGB)'),
        ('1 of 5 predictions differ', 'hof_000002', '(4x5, ground truth 4x4)'),
        ('2 of 5 predictions hold ids outside 0 to 33', '(id 255)', '(id 40)'),
    ]
    assert len(lines) == len(expected)
    for line, parts in zip(lines, expected, strict=True):
        assert all(part in line for part in parts), line


def test_train_ids_are_suspected(root):
    to_train = {7: 0, 26: 13, 21: 8, 11: 2}
    train_ids = np.vectorize(to_train.get)(LABELS).astype(np.uint8)
    for number in range(3):
        Image.fromarray(train_ids).save(prediction(root, number))
    text = fault(root)
    assert text.count('\n') == 0
    assert 'trainIds' in text and 'as trainIds 48 pixels' in text and 'as label ids 0;' in text


@pytest.mark.parametrize('void', [19, 255])
def test_train_ids_with_void_are_suspected(root, void):
    """A model with an output for void calls it 19 or 255; 19 is also a label id."""
    train_ids = np.vectorize({7: 0, 26: 13, 21: 8, 11: void}.get)(LABELS).astype(np.uint8)
    for number in range(3):
        Image.fromarray(train_ids).save(prediction(root, number))
    assert 'look like trainIds' in fault(root)


def test_damaged_ground_truth_is_told_with_everything_else(root, add_frame):
    prediction(root, 0).unlink()
    folder = root / 'gtFine' / 'val' / 'hof'
    (folder / 'hof_000001_000019_gtFine_labelIds.png').write_bytes(b'no image')
    Image.new('I;16', (4, 5)).save(folder / 'hof_000002_000019_gtFine_instanceIds.png')
    shutil.copytree(folder, root / 'gtFine' / 'val' / 'copy')
    lines = fault(root).split('\n')
    expected = [
        ('2 of 6 ground truths have no prediction', 'hof_000000'),
        ('3 ground truths lie there more than once', 'hof_000000_000019_gtFine_labelIds.png'),
        ('Ground truth cannot be read', 'hof_000001_000019_gtFine_labelIds.png', 'unpack'),
        ('Instance files differ', 'hof_000002_000019_gtFine_instanceIds.png (5x4, not 4x4)'),
    ]
    assert len(lines) == len(expected), lines
    for line, parts in zip(lines, expected, strict=True):
        assert all(part in line for part in parts), line


def truth(root: Path, number: int, kind: str = 'labelIds') -> Path:
    return root / 'gtFine' / 'val' / 'hof' / f'hof_{number:06d}_000019_gtFine_{kind}.png'


def cut_short(path: Path) -> None:
    """Leaves header and part of the pixels, as a broken download does."""
    noise = np.random.default_rng(0).integers(0, 33, (64, 64), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:1500])


INSTANCES = np.where(LABELS == 26, 26001, LABELS).astype(np.uint16)


@pytest.mark.parametrize(
    ('kind', 'pixels', 'parts'),
    [
        ('instanceIds', np.zeros((4, 4, 3), np.uint8), ['not one integer id', '(RGB)']),
        ('instanceIds', INSTANCES.astype(np.uint8), ['contradict', '(id 145 on label id 26, 3 ']),
        ('instanceIds', INSTANCES[::-1], ['contradict', 'id 11 on label id 26, 6 such']),
        ('instanceIds', np.where(LABELS == 7, 7001, LABELS), ['no class with', '(id 7001)']),
        ('instanceIds', np.where(LABELS == 7, 40000, LABELS), ['no class with', '(id 40000)']),
        ('instanceIds', None, ['cannot be read']),
        ('labelIds', np.zeros((4, 4, 3), np.uint8), ['not one integer id', '(RGB)']),
        ('labelIds', np.where(LABELS == 11, 255, LABELS), ['label ids outside', '(id 255)']),
        ('labelIds', None, ['cannot be read']),
    ],
)
def test_damaged_pixels_of_ground_truth(root, monkeypatch, kind, pixels, parts):
    """Told by the tool before it scores, with the faults of other files."""
    path = truth(root, 1, kind)
    if pixels is None:
        cut_short(path)
    else:
        Image.fromarray(pixels.astype(np.uint16 if pixels.max() > 255 else np.uint8)).save(path)
    prediction(root, 0).write_bytes(b'no image')
    end = run_tool(monkeypatch, root / 'results', root)
    lines = [line for line in str(end).split('\n') if 'differ' not in line]  # the cut one is large
    assert len(lines) == 2 and f'{path}' in lines[0] and '1 of 3 predictions' in lines[1], lines
    assert all(part in lines[0] for part in [*parts, 'unpack']), lines


def test_sound_instances_pass(root, scenes, add_frame, real_truth, tmp_path_factory):
    """Numbered ones, groups alone, of our converters and of a real frame."""
    Image.fromarray(INSTANCES).save(truth(root, 1, 'instanceIds'))
    Image.fromarray(LABELS.astype(np.uint8)).save(truth(root, 2, 'instanceIds'))
    ids = np.array(Image.open(real_truth))
    numbered = np.array(Image.open(str(real_truth).replace('labelIds', 'instanceIds')))
    add_frame(root, 3, ids, ids, numbered)
    camvid = np.random.default_rng(0).integers(0, 34, (40, 50)).astype(np.uint8)
    add_frame(root, 4, camvid, camvid, instance_ids(camvid))
    assert len(check_folder(root / 'results', root)) == 5
    copies = tmp_path_factory.mktemp('copies')
    for path in (scenes / 'gtFine' / 'val').rglob('*_labelIds.png'):
        shutil.copy(path, copies)
    assert len(check_folder(copies, scenes)) == 4


@pytest.mark.parametrize('damage', ['rgb', 'short'])
def test_train_ids_beside_damaged_ground_truth(root, damage):
    """Both are told, and what was found before."""
    train_ids = np.vectorize({7: 0, 26: 13, 21: 8, 11: 2}.get)(LABELS).astype(np.uint8)
    for number in range(3):
        Image.fromarray(train_ids).save(prediction(root, number))
    if damage == 'rgb':
        Image.new('RGB', (4, 4)).save(truth(root, 1))
    else:
        cut_short(truth(root, 1))
    truth(root, 0, 'instanceIds').unlink()
    text = fault(root)
    assert 'Instance file not found' in text and str(truth(root, 1)) in text
    assert 'as trainIds 32 pixels' in text


def test_instances_without_label_ids(root):
    """Such a frame must not drop out of the scores."""
    truth(root, 1).unlink()
    (line,) = fault(root).split('\n')
    assert line.startswith('Instance files have no *_gtFine_labelIds.png beside them: ')
    assert str(truth(root, 1, 'instanceIds')) in line and 'unpack' in line


def test_notes_go_to_stderr(root, tmp_path):
    """On what the official script passes over in silence; nothing of it is a fault."""
    for folder in (truth(root, 0).parent, root / 'results'):
        for path in list(folder.glob('hof_000000*.png')):
            path.with_name(f'._{path.name}').write_bytes(b'Mac OS X')
    extra = root / 'results' / 'ulm_000000_000019.png'
    shutil.copy(prediction(root, 0), extra)
    command = [sys.executable, TOOL, root / 'results', root]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    lines = [line for line in run.stderr.split('\n') if line.startswith('note: ')]
    assert len(lines) == 3 and 'note' not in run.stdout and '3 images' in run.stdout
    assert f'note: files ._*.png of macOS below {root / "gtFine" / "val"} are skipped' in lines[0]
    assert f'note: files ._*.png of macOS below {root / "results"} are' in lines[1]
    assert '1 of 4 pictures' in lines[2] and f'not scored: {extra}' in lines[2]


def test_floats_are_no_label_ids(root):
    """A TIFF, whatever it is called."""
    Image.fromarray(LABELS.astype(np.float32)).save(prediction(root, 1), format='TIFF')
    (line,) = fault(root).split('\n')
    assert line.startswith('1 of 3 predictions are not single-channel') and '(F)' in line


def test_long_lists_are_shortened(root, add_frame):
    for number in range(3, 10):
        add_frame(root, number, LABELS)
    text = fault(root)
    assert text.startswith('7 of 10 ground truths have no prediction') and 'and 4 more' in text
    assert text.count('hof_') == 3


@pytest.mark.parametrize('value', [0, 7, 8, 11])
def test_poor_label_ids_are_not_taken_for_train_ids(root, value):
    """0 as 'unlabeled', or one class everywhere: bad, but label ids. As a trainId, 8 would agree
    better than as a label id."""
    picture = np.full((4, 4), value, np.uint8)
    picture[0] = 7
    for number in range(3):
        Image.fromarray(picture).save(prediction(root, number))
    assert len(check_folder(root / 'results', root)) == 3


def test_palette_is_read_by_its_indices(root):
    """mmseg's own CityscapesMetric writes such files, and the official code takes them."""
    image = Image.fromarray(LABELS.astype(np.uint8)).convert('P')
    image.putpalette(list(range(255, -1, -1)) * 3)
    for number in range(3):
        image.save(prediction(root, number))
    assert Image.open(prediction(root, 0)).mode == 'P'
    assert official_scores(check_folder(root / 'results', root))['mIoU'] == 100


def test_no_ground_truth_and_no_folder(root):
    with pytest.raises(InputError, match=r'No \*_gtFine_labelIds\.png below'):
        check_folder(root / 'results', root / 'results')
    with pytest.raises(InputError, match='absent is not a directory'):
        check_folder(root / 'absent', root)


def test_tool_prints_table_and_writes_json(root, monkeypatch, capsys):
    file = root / 'out' / 'scores.json'
    assert run_tool(monkeypatch, root / 'results', root, '--json', file) == 0
    assert 'average class' in capsys.readouterr().out
    scores = json.loads(file.read_text())
    assert scores['images'] == 3 and scores['mIoU'] == 100
    assert scores['classes']['train'] == {'IoU': None, 'iIoU': None}


def test_tool_with_intervals_difference_and_audit(root, monkeypatch, capsys):
    """The other model takes the second image's cars for roads."""
    other = root / 'other'
    shutil.copytree(root / 'results', other)
    wrong = np.where(LABELS == 26, 7, LABELS).astype(np.uint8)
    Image.fromarray(wrong).save(other / prediction(root, 1).name)
    file = root / 'scores.json'
    args = (root / 'results', root, '--against', other, '--bootstrap', 60, '--seed', 4)
    assert run_tool(monkeypatch, *args, '--audit', '--json', file) == 0
    text = capsys.readouterr().out
    for words in ('average class', '60 resamples, seed 4', 'Differences are paired', 'IoUMetric'):
        assert words in text
    scores = json.loads(file.read_text())
    assert scores['mIoU'] == 100
    result = scores['bootstrap']
    assert result['intervals']['mIoU'] == [100, 100]
    # of 9 cars 6 are found; of 9 + 6 roads by the other 15 + 3 wrong ones are claimed
    assert result['against']['IoU/car'] == pytest.approx(100 * 6 / 9)
    difference = result['differences']['IoU/car']
    assert difference['difference'] == pytest.approx(100 * 3 / 9)
    assert difference['interval'][0] == 0 and 40 < difference['interval'][1] <= 100
    assert scores['audit']['IoUMetric']['mIoU'] == scores['audit']['bitwise'] == 100


def test_tool_checks_both_folders_and_draws_a_thousand(root, monkeypatch, capsys):
    other = root / 'other'
    shutil.copytree(root / 'results', other)
    (other / prediction(root, 1).name).unlink()
    prediction(root, 2).unlink()
    end = run_tool(monkeypatch, root / 'results', root, '--against', other)
    lines = str(end).split('\n')
    assert [('results' in line, 'other' in line) for line in lines] == [(1, 0), (0, 1)]
    assert 'hof_000002' in lines[0] and 'hof_000001' in lines[1]
    shutil.copy(root / 'other' / prediction(root, 2).name, prediction(root, 2))
    shutil.copy(prediction(root, 1), other)
    assert run_tool(monkeypatch, root / 'results', root, '--against', other) == 0
    assert '1000 resamples, seed 0' in capsys.readouterr().out
    for options in (('--bootstrap', 0), ('--bootstrap', 5, '--seed', -1)):
        assert run_tool(monkeypatch, root / 'results', root, *options) == 2


def test_tool_refuses_before_work(root, monkeypatch, capsys):
    file = root / 'scores.json'
    file.write_text('mine')
    assert run_tool(monkeypatch, root / 'results', root, '--json', file) == 2
    assert 'is not overwritten' in capsys.readouterr().err
    assert file.read_text() == 'mine'


def test_tool_ends_without_traceback(root, monkeypatch):
    prediction(root, 0).unlink()
    file = root / 'scores.json'
    end = run_tool(monkeypatch, root / 'results', root, '--json', file)
    assert str(end).startswith('error: 1 of 3 ground truths have no prediction')
    assert not file.exists()


def test_tool_runs_from_anywhere(root, tmp_path):
    env = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
    command = [sys.executable, TOOL, root / 'results', root / 'absent']
    run = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert run.returncode == 1
    assert 'absent is not a directory' in run.stderr and 'Traceback' not in run.stderr
