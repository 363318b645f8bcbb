"""Archives for the benchmark's server: what is written, and what the linter finds."""

import io
import json
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from mmseg.registry import MODELS
from PIL import Image

from mmseg_wavemix.config import load_config
from mmseg_wavemix.engine import testing
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation import check_folder, frames_below, lint_submission
from mmseg_wavemix.evaluation.lint import frame_of
from mmseg_wavemix.evaluation.submission import check_images
from tests.conftest import REPOSITORY
from tests.test_evaluation.test_evaluate_tool import run_tool

ROAD, CAR = 7, 26
NAMES = [f'berlin_{i:06d}_000019' for i in range(3)]
SIZES = {name: (4, 6) for name in NAMES}


def png(ids: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(ids).save(file, 'PNG')
    return file.getvalue()


GOOD = png(np.array([[ROAD, CAR] * 3] * 4, np.uint8))


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    """Writes an archive of three good predictions, some replaced or left out."""

    def write(changes: dict[str, bytes | None] | None = None) -> Path:
        entries = {f'{name}_leftImg8bit.png': GOOD for name in NAMES} | (changes or {})
        path = tmp_path / 'archive.zip'
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as opened:
            for name, content in entries.items():
                if content is not None:
                    opened.writestr(name, content)
        return path

    return write


def test_a_sound_archive(archive):
    assert lint_submission(archive(), SIZES) == []
    renamed = {f'{NAMES[0]}_leftImg8bit.png': None, f'results/berlin/{NAMES[0]}.png': GOOD}
    assert lint_submission(archive(renamed), SIZES) == []  # folders and suffixes do not matter


def test_every_kind_of_fault_in_one_pass(archive):
    many = {f'bonn_{i:06d}_000019.png': GOOD for i in range(5)}
    faults = lint_submission(
        archive(
            {
                f'{NAMES[0]}_leftImg8bit.png': None,
                f'copy/{NAMES[1]}_again.png': GOOD,
                f'{NAMES[2]}_leftImg8bit.png': png(np.zeros((4, 5), np.uint8)),
                '__MACOSX/._berlin_000000_000019.png': b'junk',
                'readme.txt': b'hello',
                **many,
                'bonn_000005_000019.png': png(np.zeros((4, 6, 3), np.uint8)),
                'bonn_000006_000019.png': png(np.full((4, 6), 255, np.uint8)),
                'bonn_000007_000019.png': b'no image',
                'bonn_000008_000019.png': GOOD[:-30],
            }
        ),
        SIZES,
    )
    expected = [
        ('2 files are no predictions', '__MACOSX/._berlin', 'readme.txt', 'leave them out'),
        ('2 files cannot be read', 'bonn_000007', 'bonn_000008', 'write them again'),
        ('1 files are not single-channel', 'bonn_000005_000019.png (RGB)'),
        ('1 files differ in height x width', f'{NAMES[2]}_leftImg8bit.png (4x5, its image 4x6)'),
        ('1 files hold ids outside 0 to 33', 'bonn_000006_000019.png (id 255)'),
        ('1 images have several predictions', f'{NAMES[1]} (', 'copy/'),
        ('1 of 3 images have no prediction', NAMES[0]),
        ('9 predictions are of no image', 'bonn_000000_000019', 'and 6 more'),
    ]
    assert len(faults) == len(expected), faults
    for fault, parts in zip(faults, expected):
        assert all(part in fault for part in parts), fault


def test_train_ids_are_suspected(archive):
    train_ids = png(np.array([[0, 13, 10]] * 2, np.uint8).repeat(2, axis=0).repeat(2, axis=1))
    path = archive({f'{name}_leftImg8bit.png': train_ids for name in NAMES})
    (fault,) = lint_submission(path, SIZES)
    assert 'All ids are trainIds (0, 10, 13)' in fault and 'trainId2label' in fault
    assert lint_submission(archive({f'{NAMES[0]}_leftImg8bit.png': train_ids}), SIZES) == []


def test_without_images_it_is_the_benchmarks_test_split(archive):
    faults = lint_submission(archive())
    assert faults[0].startswith('3 files differ in height x width')
    assert 'its image 1024x2048' in faults[0]
    assert faults[1].startswith('3 images are predicted, the test split has 1525')


@pytest.mark.parametrize('damage', ['missing', 'text', 'cut', 'flipped', 'folder'])
def test_damaged_archives(archive, tmp_path, damage):
    path = archive()
    content = bytearray(path.read_bytes())
    if damage == 'missing':
        path = tmp_path / 'absent.zip'
    elif damage == 'folder':
        path = tmp_path
    elif damage == 'text':
        path.write_text('no archive')
    elif damage == 'cut':
        path.write_bytes(content[: len(content) // 2])
    else:
        content[60] ^= 255  # inside the first picture's data
        path.write_bytes(content)
    faults = lint_submission(path, SIZES)
    assert len(faults) == 1 and 'cannot be read' in faults[0] or 'can be read' in faults[0]


def test_names():
    assert frame_of('a/b/münchen_000001_000019_leftImg8bit.png') == 'münchen_000001_000019'
    assert frame_of('berlin_000001_000019.png') == 'berlin_000001_000019'
    for name in ('berlin_1_19.png', '0001TP_008550.png', '._berlin_000001.png', 'x_y_000001.png'):
        assert frame_of(name) is None
    with pytest.raises(InputError, match=r'No \*_leftImg8bit\.png below'):
        frames_below('tests/absent')
    with pytest.raises(InputError, match='1 images are not named .*: 0001TP.png; rename'):
        check_images(['0001TP.png'])
    with pytest.raises(InputError, match='Several images are of one frame: berlin_000001_000019;'):
        check_images(['a/berlin_000001_000019_x.png', 'b/berlin_000001_000019_y.png'])
    with pytest.raises(InputError, match='holds no image.\nget it'):
        check_images([], 'get it')


@pytest.fixture
def checkpoint(config: Path, tmp_path: Path) -> Path:
    torch.manual_seed(0)
    model = MODELS.build(load_config(config).model)
    path = tmp_path / 'model.pth'
    torch.save(dict(state_dict=model.state_dict(), meta={}), path)
    return path


@pytest.fixture
def unlabelled(scenes: Path, tmp_path: Path, monkeypatch) -> Path:
    """The scenes' validation images as a test split, without any ground truth."""
    root = tmp_path / 'unlabelled'
    shutil.copytree(scenes / 'leftImg8bit' / 'val', root / 'leftImg8bit' / 'test')
    monkeypatch.setenv('SYNTHETIC_DATASET', str(root))
    return root


SPLIT = {'test_dataloader.dataset.data_prefix.img_path': 'leftImg8bit/test'}


def submit(config: Path, checkpoint: Path, archive: Path, **options: object) -> dict:
    cfg = load_config(config, SPLIT)
    cfg.launcher, cfg.work_dir = 'none', str(archive.parent / 'work')
    return testing.test(cfg, config, checkpoint, format_submission=archive, **options)


@pytest.mark.parametrize('tta', [False, True])
def test_archive_of_a_split_without_labels(
    config, checkpoint, unlabelled, scenes, tmp_path, monkeypatch, tta
):
    path = tmp_path / 'new' / 'submission.zip'
    assert submit(config, checkpoint, path, tta=tta)['images'] == 4
    assert [entry.name for entry in path.parent.iterdir() if entry.is_file()] == [path.name]
    images = unlabelled / 'leftImg8bit' / 'test'
    with zipfile.ZipFile(path) as opened:
        names = opened.namelist()
        opened.extractall(tmp_path / 'extracted')
    assert names == sorted(image.name for image in images.rglob('*.png'))
    assert lint_submission(path, frames_below(images)) == []
    if not tta:  # the same label ids as --out writes where there are labels
        monkeypatch.setenv('SYNTHETIC_DATASET', str(scenes))
        cfg = load_config(config, {'test_evaluator.streaming': True})
        cfg.launcher, cfg.work_dir = 'none', str(tmp_path / 'work')
        streamed = 'mmseg_wavemix.evaluation.metric.scores_of_counts'
        monkeypatch.setattr(streamed, lambda _: pytest.fail('final numbers come from files'))
        testing.test(cfg, config, checkpoint, out=tmp_path / 'out')
        for name in names:
            expected, found = (
                np.array(Image.open(tmp_path / folder / name)) for folder in ('out', 'extracted')
            )
            assert np.array_equal(expected, found)
        # the official rule finds them all
        assert len(check_folder(tmp_path / 'extracted', scenes)) == 4


def test_what_cannot_be_submitted(config, checkpoint, unlabelled, tmp_path):
    path = tmp_path / 'submission.zip'
    path.write_text('mine')
    with pytest.raises(InputError, match=r'submission\.zip exists and is not overwritten'):
        submit(config, checkpoint, path)
    assert path.read_text() == 'mine'
    with pytest.raises(InputError, match='leave out --out, --json, --show-dir'):
        submit(config, checkpoint, tmp_path / 'x.zip', json_file=tmp_path / 'x.json')
    image = next((unlabelled / 'leftImg8bit').rglob('*.png'))
    image.rename(image.with_name('0001TP_leftImg8bit.png'))
    with pytest.raises(InputError, match='1 images are not named .*0001TP_leftImg8bit'):
        submit(config, checkpoint, tmp_path / 'x.zip')
    shutil.rmtree(unlabelled)
    with pytest.raises(InputError, match='leftImg8bit/test'):
        submit(config, checkpoint, tmp_path / 'x.zip')
    assert not (tmp_path / 'x.zip').exists()


def test_tools(config, checkpoint, unlabelled, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / 'submission.zip'
    options = [f'{key}={value}' for key, value in SPLIT.items()]
    args = (config, checkpoint, '--format-submission', path, '--cfg-options', *options)
    tools = REPOSITORY / 'tools'
    assert run_tool(monkeypatch, *args, tool=tools / 'test.py') == 0
    lint = tools / 'lint_submission.py'
    images = unlabelled / 'leftImg8bit' / 'test'
    assert run_tool(monkeypatch, path, '--images', images, tool=lint) == 0
    assert 'submission.zip: no fault found' in capsys.readouterr().out
    end = run_tool(monkeypatch, path, tool=lint)
    assert 'the test split has 1525' in end and end.startswith('error: 4 files differ')


RANK = """
import json, sys, time
import torch
sys.path[:0] = [sys.argv[1]]
from tests.test_evaluation.test_metric import sample
from mmseg_wavemix.evaluation import CityscapesSubmission
folder, rank, images = sys.argv[2], int(sys.argv[3]), sys.argv[4:]
torch.distributed.init_process_group(
    'gloo', init_method=f'file://{folder}/meet', rank=rank, world_size=2)
metric = CityscapesSubmission(f'{folder}/out.zip')
metric.dataset_meta = dict(classes=('road', 'car'))
for image in (images[0], images[2]) if rank == 0 else (images[1], images[0]):
    metric.process(None, [dict(img_path=image, pred_sem_seg=dict(data=torch.ones(1, 4, 6).long()))])
assert metric.evaluate(3) == {'images': 3}
torch.distributed.barrier()
time.sleep(0.5)  # see engine/launch.py
torch.distributed.destroy_process_group()
"""


def test_two_processes_write_one_archive(tmp_path):
    import subprocess

    images = [tmp_path / f'{name}_leftImg8bit.png' for name in NAMES]
    for image in images:
        Image.new('RGB', (6, 4)).save(image)
    command = [sys.executable, '-c', RANK, REPOSITORY, tmp_path]
    ranks = [subprocess.Popen([*command, str(rank), *images]) for rank in range(2)]
    assert [rank.wait(timeout=200) for rank in ranks] == [0, 0]
    assert lint_submission(tmp_path / 'out.zip', SIZES) == []
    with zipfile.ZipFile(tmp_path / 'out.zip') as opened, opened.open(opened.namelist()[0]) as file:
        assert (np.array(Image.open(file)) == CAR).all()


def test_faults_at_an_image(tmp_path, monkeypatch):
    from mmseg_wavemix.evaluation import CityscapesSubmission

    image = tmp_path / f'{NAMES[0]}_leftImg8bit.png'
    Image.new('RGB', (6, 4)).save(image)
    metric = CityscapesSubmission(str(tmp_path / 'out.zip'))
    metric.dataset_meta = dict(classes=('road', 'car'))

    def process(shape: tuple[int, int], value: int, path: Path = image) -> None:
        data = torch.full((1, *shape), value)
        metric.process(None, [dict(img_path=str(path), pred_sem_seg=dict(data=data))])

    with pytest.raises(InputError, match=r'is 2x3 \(height x width\), the image 4x6: predict at'):
        process((2, 3), 0)
    with pytest.raises(InputError, match='holds classes 2 to 2, the dataset names 2: set the head'):
        process((4, 6), 2)
    with pytest.raises(InputError, match='0001TP.png: the benchmark takes images named'):
        process((4, 6), 0, tmp_path / '0001TP.png')
    process((4, 6), 1)
    assert metric.evaluate(1) == {'images': 1}
    assert json.dumps(lint_submission(tmp_path / 'out.zip', {NAMES[0]: (4, 6)})) == '[]'
