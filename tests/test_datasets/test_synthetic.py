"""The synthetic scenes: bytes by seed, official labels, pixels true to polygons, refusals."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cityscapesscripts.helpers.annotation import Annotation
from cityscapesscripts.helpers.labels import id2label, trainId2label
from cityscapesscripts.preparation.json2labelImg import createLabelImage, json2labelImg
from PIL import Image

from mmseg_wavemix.datasets.synthetic import generate_dataset, synthesize
from mmseg_wavemix.datasets.synthetic.paint import Painter
from mmseg_wavemix.datasets.synthetic.people import person, two_wheeler
from mmseg_wavemix.datasets.synthetic.shapes import Stroke, Texture, Thing
from mmseg_wavemix.datasets.synthetic.stage import Stage
from mmseg_wavemix.datasets.synthetic.vehicles import bus, car, train, truck
from mmseg_wavemix.datasets.synthetic.write import scene_files

ROOT = Path(__file__).resolve().parents[2]
SIZE = (64, 128)


def labels_of(annotation: dict, encoding: str) -> np.ndarray:
    official = Annotation()
    official.fromJsonText(json.dumps(annotation))
    return np.array(createLabelImage(official, encoding))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob('*'))
        if path.is_file()
    }


def stage(size: tuple[int, int] = (256, 512), seed: int = 0) -> Stage:
    """A stage with a straight street."""
    drawn = Stage.sample(np.random.default_rng(seed), size)
    return Stage(drawn.camera, drawn.light, drawn.rng, 0.0)


@pytest.fixture(scope='module')
def written(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp('synthetic') / 'set'
    generate_dataset(out, 3, 2, SIZE, seed=5, workers=1)
    return out


@pytest.fixture(scope='module')
def dozen() -> list[tuple[np.ndarray, dict, np.ndarray]]:
    scenes = [synthesize(3, index, (256, 512), 'val') for index in range(12)]
    return [(image, annotation, labels_of(annotation, 'trainIds')) for image, annotation in scenes]


def test_same_bytes_whatever_the_workers_and_the_number_of_scenes(written, tmp_path):
    generate_dataset(tmp_path / 'two', 3, 2, SIZE, seed=5, workers=2)
    assert contents(tmp_path / 'two') == contents(written)
    generate_dataset(tmp_path / 'fewer', 1, 1, SIZE, seed=5, workers=1)
    fewer, all_files = contents(tmp_path / 'fewer'), contents(written)
    fewer.pop('synthetic.json')
    assert len(fewer) == 10
    assert all(all_files[name] == data for name, data in fewer.items())


def test_scenes_differ_by_seed_split_and_number():
    pictures = [
        synthesize(*which)[0].tobytes()
        for which in ((0, 0, SIZE), (1, 0, SIZE), (0, 1, SIZE), (0, 0, SIZE, 'val'))
    ]
    assert len(set(pictures)) == 4


def test_layout_is_that_of_cityscapes(written):
    names = set(contents(written))
    assert len(names) == 5 * 5 + 1
    assert 'leftImg8bit/train/wavetown/wavetown_000002_000019_leftImg8bit.png' in names
    stem = 'gtFine/val/mixville/mixville_000001_000019_gtFine_'
    assert {
        stem + kind
        for kind in ('polygons.json', 'labelIds.png', 'instanceIds.png', 'labelTrainIds.png')
    } <= names
    manifest = json.loads((written / 'synthetic.json').read_text())
    assert (manifest['seed'], manifest['size'], manifest['train'], manifest['val']) == (
        5,
        [64, 128],
        3,
        2,
    )


@pytest.mark.parametrize(('split', 'index'), [('train', 0), ('train', 2), ('val', 1)])
def test_label_images_are_the_official_ones(written, tmp_path, split, index):
    files = scene_files(written, split, index)
    json2labelImg(str(files['polygons']), str(tmp_path / 'official.png'))
    ids = np.array(Image.open(files['labelIds']))
    assert ids.shape == SIZE
    assert ids.dtype == np.uint8
    np.testing.assert_array_equal(ids, np.array(Image.open(tmp_path / 'official.png')))
    expected = np.vectorize(lambda number: id2label[number].trainId)(ids)
    np.testing.assert_array_equal(np.array(Image.open(files['labelTrainIds'])), expected)
    assert Image.open(files['image']).mode == 'RGB'


@pytest.mark.parametrize(('split', 'index'), [('train', 0), ('val', 0)])
def test_instances_agree_with_labels(written, split, index):
    files = scene_files(written, split, index)
    with Image.open(files['instanceIds']) as image:
        assert image.mode == 'I;16'
        instances = np.array(image).astype(int)
    ids = np.array(Image.open(files['labelIds'])).astype(int)
    single = instances >= 1000
    np.testing.assert_array_equal(np.where(single, instances // 1000, instances), ids)
    counted = {number for number in np.unique(ids) if id2label[number].hasInstances}
    assert set(np.unique(ids[single])) <= counted
    assert len(np.unique(instances[single])) >= 5


def test_all_classes_occur_often_and_large_enough(dozen):
    counts = np.array([[(labels == k).sum() for k in range(19)] for _, _, labels in dozen])
    frequency = (counts >= 50).mean(axis=0)
    assert {trainId2label[k].name: f for k, f in enumerate(frequency) if f < 0.4} == {}
    share = counts.sum(axis=0) / (12 * 256 * 512)
    assert {trainId2label[k].name: s for k, s in enumerate(share) if s < 0.004} == {}
    void = np.mean([(labels == 255).mean() for _, _, labels in dozen])
    assert 0.001 < void < 0.1


def test_riders_sit_on_a_two_wheeler(dozen):
    for _, annotation, _ in dozen:
        objects = annotation['objects']
        for below, above in zip(objects, objects[1:], strict=False):
            if above['label'] == 'rider':
                assert below['label'] in ('bicycle', 'motorcycle')
                seat, human = np.array(below['polygon']), np.array(above['polygon'])
                assert human[:, 1].min() < seat[:, 1].min() < human[:, 1].max()


def test_corners_lie_on_whole_pixels_inside_the_picture(dozen):
    for _, annotation, _ in dozen:
        for thing in annotation['objects']:
            corners = np.array(thing['polygon'])
            assert corners.dtype == int
            assert len(corners) >= 3
            assert corners.min() >= 0
            assert corners[:, 0].max() < 512
            assert corners[:, 1].max() < 256


@pytest.mark.parametrize('sheer', [False, True])
def test_paint_stays_within_the_polygon_and_fills_it(sheer):
    scene = stage()
    painter = Painter(scene)
    before = painter.canvas.copy()
    corners = np.array([[100.0, 40], [180, 60], [150, 200], [90, 160], [130, 100]])
    magenta = np.array([255.0, 0, 255])
    painter.add(
        Thing(
            'car', 5, 10.0, [Stroke(corners, magenta)], Texture(contrast=0), sheer=sheer, haze=False
        )
    )
    annotation = {'imgHeight': 256, 'imgWidth': 512, 'objects': painter.objects}
    inside = labels_of(annotation, 'ids') == 26
    np.testing.assert_array_equal(painter.canvas[~inside], before[~inside])
    exact = (painter.canvas == magenta).all(axis=-1)
    assert exact[inside].mean() > 0.96  # all but the softened edge
    assert inside.sum() > 5000


def test_a_painted_body_changes_its_label_pixels_and_no_others():
    scene = stage(seed=2)
    painter = Painter(scene)
    painter.canvas[:] = (0, 255, 0)
    painter.add(bus(scene, -2.0, 14.0, np.pi, 7))
    inside = labels_of({'imgHeight': 256, 'imgWidth': 512, 'objects': painter.objects}, 'ids') == 28
    changed = (painter.canvas != (0, 255, 0)).any(axis=-1)
    assert not (changed & ~inside).any()
    assert changed[inside].mean() > 0.97


@pytest.mark.parametrize('build', [car, bus, truck, train])
def test_size_falls_with_depth(build):
    heights = []
    for depth in (20.0, 40.0, 80.0):
        scene = stage(seed=4)
        points = np.concatenate(
            [stroke.points for stroke in build(scene, -6.0, depth, np.pi / 2, 5).strokes]
        )
        heights.append(np.ptp(points[:, 1]))
    # The near flank stands about a metre nearer: half the size at twice the depth within 8 %.
    np.testing.assert_allclose(heights[0] / heights[1], 2.0, rtol=0.08)
    np.testing.assert_allclose(heights[1] / heights[2], 2.0, rtol=0.08)


def test_a_person_stands_on_the_ground_at_life_size():
    scene = stage(seed=7)
    camera = scene.camera
    points = np.concatenate([stroke.points for stroke in person(scene, 1.0, 12.0, 5).strokes])
    ground = camera.horizon + camera.focal * camera.height / 12.0
    np.testing.assert_allclose(points[:, 1].max(), ground, atol=0.01)
    assert 1.5 < np.ptp(points[:, 1]) / camera.scale(12.0) < 2.0


@pytest.mark.parametrize('kind', ['bicycle', 'motorcycle'])
def test_a_rider_is_one_connected_polygon_with_a_head(kind):
    for seed in range(8):
        scene = stage(seed=seed)
        machine, human = two_wheeler(scene, 0.0, 8.0, 5, kind, ridden=True)
        painter = Painter(scene)
        painter.add(machine)
        painter.add(human)
        assert [thing['label'] for thing in painter.objects[1:]] == [kind, 'rider']
        drawn = np.concatenate([stroke.points for stroke in human.strokes])[:, 1]
        assert abs(np.array(painter.objects[-1]['polygon'])[:, 1].min() - drawn.min()) <= 1.5


@pytest.mark.parametrize('size', [(64, 128), (130, 250), (360, 480)])
def test_other_sizes(size):
    image, annotation = synthesize(0, 0, size)
    assert image.shape == (*size, 3)
    assert labels_of(annotation, 'ids').shape == size
    assert len(np.unique(labels_of(annotation, 'trainIds'))) >= 12


def test_a_finished_set_is_left_alone(written):
    stamps = {path: path.stat().st_mtime_ns for path in written.rglob('*')}
    generate_dataset(written, 3, 2, SIZE, seed=5, workers=2)
    assert {path: path.stat().st_mtime_ns for path in written.rglob('*')} == stamps


def test_an_interrupted_set_is_continued(tmp_path):
    out = tmp_path / 'set'
    generate_dataset(out, 3, 2, SIZE, seed=5, workers=1)
    whole = contents(out)
    (out / 'synthetic.json').rename(out / 'synthetic.unfinished.json')
    scene_files(out, 'train', 1)['image'].unlink()
    scene_files(out, 'val', 0)['labelIds'].unlink()
    kept = scene_files(out, 'train', 0)['image']
    stamp = kept.stat().st_mtime_ns
    generate_dataset(out, 3, 2, SIZE, seed=5, workers=1)
    assert contents(out) == whole
    assert kept.stat().st_mtime_ns == stamp


def test_another_set_or_other_files_are_never_touched(written, tmp_path):
    before = contents(written)
    with pytest.raises(
        ValueError,
        match=r'set holds another data set with seed 5 \(asked: 6\): name another folder',
    ):
        generate_dataset(written, 3, 2, SIZE, seed=6)
    assert contents(written) == before
    (tmp_path / 'thesis.txt').write_text('mine')
    with pytest.raises(
        ValueError, match=r'holds other files \(thesis.txt\): name a folder that is new or empty'
    ):
        generate_dataset(tmp_path, 1, 0, SIZE)
    assert contents(tmp_path) == {'thesis.txt': b'mine'}
    with pytest.raises(ValueError, match='is a file'):
        generate_dataset(tmp_path / 'thesis.txt', 1, 0, SIZE)


@pytest.mark.parametrize(
    ('values', 'words'),
    [
        (dict(size=(10, 10)), '--size is 10x10'),
        (dict(train=-1), '--train is -1'),
        (dict(train=0, val=0), 'both 0'),
        (dict(seed=-3), '--seed is -3'),
        (dict(workers=0), '--workers is 0'),
    ],
)
def test_bad_values_are_refused_before_any_work(tmp_path, values, words):
    with pytest.raises(ValueError, match=words):
        generate_dataset(**{'out': tmp_path / 'new', 'train': 1, 'val': 1, 'size': SIZE} | values)
    assert not (tmp_path / 'new').exists()


def test_too_little_room_is_told_before_any_work(tmp_path, monkeypatch):
    from mmseg_wavemix.datasets.synthetic import write

    usage = write.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(write.shutil, 'disk_usage', lambda path: usage._replace(free=1000))
    with pytest.raises(OSError, match=r'0.00 GiB free.*name a folder on another disk'):
        generate_dataset(tmp_path / 'new', 2, 0, SIZE, workers=1)
    assert not list(tmp_path.rglob('*.png'))


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(
        OSError, match=r'cannot be created \(Not a directory\): name another folder'
    ):
        generate_dataset(tmp_path / 'file' / 'new', 1, 0, SIZE, workers=1)


def test_command_line_ends_in_one_sentence(tmp_path):
    command = [
        sys.executable,
        str(ROOT / 'tools' / 'dataset_converters' / 'synthetic.py'),
        str(tmp_path / 'new'),
        '--size',
        '10x10',
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert (
        done.stderr.strip().splitlines()[-1].startswith('error: --size is 10x10 (height x width)')
    )
    assert 'Traceback' not in done.stderr
