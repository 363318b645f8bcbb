"""What the page shows and hands out, without Gradio."""

import os
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from cityscapesscripts.helpers.labels import name2label
from PIL import Image

from mmseg_wavemix.checkpoints import read_checkpoint, write_checkpoint
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import segment
from mmseg_wavemix.shipped import shipped_model
from mmseg_wavemix.visualization import overlay
from mmseg_wavemix.web.answers import Answers
from mmseg_wavemix.web.examples import synthetic
from mmseg_wavemix.web.limits import Limits, read_upload
from mmseg_wavemix.web.models import ModelFiles, OfferedModel, default_models, offer, told_by
from mmseg_wavemix.web.panels import facts, model_card, share_bars
from mmseg_wavemix.web.pictures import SHOWN_SIDE, confidence_picture, for_screen
from mmseg_wavemix.web.results import Results
from mmseg_wavemix.web.segmenting import Segmentation, segment_picture
from mmseg_wavemix.web.temporary import TemporaryFiles
from tests.test_web.helpers import encoded, street


@pytest.fixture(scope='module')
def offered(models: list[ModelFiles]) -> dict[str, OfferedModel]:
    return offer(models)


@pytest.fixture
def answers(offered: dict[str, OfferedModel], tmp_path: Path) -> Answers:
    folder = tmp_path / 'files'
    folder.mkdir()
    return Answers(offered, TemporaryFiles(folder))


@pytest.fixture
def upload(tmp_path: Path) -> str:
    path = tmp_path / 'a street.png'
    path.write_bytes(encoded(street()))
    return str(path)


def result(classes: np.ndarray) -> Segmentation:
    """A made-up one."""
    image = np.full((*classes.shape, 3), 100, np.uint8)
    return Segmentation(image, classes, np.full(classes.shape, 51, np.uint8), classes.shape, 1.234)


def test_classes_are_those_of_segment(offered: dict[str, OfferedModel]) -> None:
    model, image = offered['small'].model, street(1)
    found = segment_picture(model, image)
    np.testing.assert_array_equal(found.class_map, segment(model, image[..., ::-1].copy()))
    assert len(np.unique(found.class_map)) > 3  # else the comparison says little
    assert found.seen == image.shape[:2] and found.seconds > 0


def test_confidence_is_the_largest_probability(offered: dict[str, OfferedModel]) -> None:
    model, image = offered['small'].model, street(1, (100, 180))  # rows beyond one strip
    from mmseg.apis import inference_model

    with torch.inference_mode():
        logits = inference_model(model, image[..., ::-1].copy()).seg_logits.data
    expected = logits.softmax(0).amax(0).numpy()
    np.testing.assert_allclose(segment_picture(model, image).confidence / 255, expected, atol=0.003)
    assert np.ptp(expected) > 0.2


def test_large_pictures_are_seen_small(offered: dict[str, OfferedModel]) -> None:
    model, image = offered['small'].model, street(2, (128, 256))
    found = segment_picture(model, image, network_pixels=64 * 128)
    assert found.seen == (64, 128) and found.class_map.shape == (128, 256)
    small = cv2.resize(image, (128, 64), interpolation=cv2.INTER_AREA)
    expected = segment(model, np.ascontiguousarray(small[..., ::-1]))
    np.testing.assert_array_equal(found.class_map[::2, ::2], expected)


@pytest.mark.parametrize('size', [(16, 16), (17, 33), (9, 200), (200, 9)])
def test_small_and_thin_pictures(offered: dict[str, OfferedModel], size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    try:
        assert segment_picture(offered['small'].model, image).class_map.shape == size
    except InputError as error:
        assert '32x32 or more' in str(error)


def test_opacity_and_classes_without_the_network(answers: Answers, upload: str) -> None:
    classes = answers.models['small'].classes
    half = answers.view(upload, 'small', 0.5, classes)
    assert answers.results.runs == 1
    none = answers.view(upload, 'small', 0, classes)
    full = answers.view(upload, 'small', 1, classes)
    some = answers.view(upload, 'small', 1, classes[:3])
    answers.downloads(upload, 'small', 1, classes)
    assert answers.results.runs == 1
    np.testing.assert_array_equal(none.overlay, street())
    model = answers.models['small']
    class_map = segment(model.model, street()[..., ::-1].copy())
    np.testing.assert_array_equal(half.overlay, overlay(street(), class_map, model.palette, 0.5))
    shown = class_map < 3
    np.testing.assert_array_equal(some.overlay[shown], full.overlay[shown])
    np.testing.assert_array_equal(some.overlay[~shown], street()[~shown])
    assert 0 < shown.mean() < 1
    answers.view(upload, 'large', 0.5, classes)
    assert answers.results.runs == 2


def test_downloads_are_label_ids_and_overlay(answers: Answers, upload: str) -> None:
    model = answers.models['small']
    labels, blend = answers.downloads(upload, 'small', 0.3, model.classes)
    assert labels.name == 'a_street_labelIds.png' and blend.name == 'a_street_overlay.png'
    class_map = segment(model.model, street()[..., ::-1].copy())
    ids = np.array([name2label[name].id for name in model.classes])
    np.testing.assert_array_equal(np.asarray(Image.open(labels)), ids[class_map])
    expected = overlay(street(), class_map, model.palette, 0.3)
    np.testing.assert_array_equal(np.asarray(Image.open(blend)), expected)


def test_refusals_come_through(answers: Answers, tmp_path: Path) -> None:
    path = tmp_path / 'words.png'
    path.write_text('words')
    with pytest.raises(InputError, match='no picture'):
        answers.view(str(path), 'small', 0.5, [])
    tight = Answers(answers.models, answers.files, Limits(megapixels=0.001))
    path.write_bytes(encoded(street()))
    with pytest.raises(InputError, match='scale it down'):
        tight.view(str(path), 'small', 0.5, [])


def test_results_are_bounded_and_computed_once() -> None:
    one = result(np.zeros((100, 100), np.uint8))
    results = Results(max_bytes=3 * one.nbytes)
    for key in range(5):
        results.get(key, lambda: one)
    assert results.nbytes == 3 * one.nbytes and results.runs == 5
    results.get(4, lambda: one)
    assert results.runs == 5  # remembered
    results.get(0, lambda: one)
    assert results.runs == 6  # had made room

    def slow() -> Segmentation:
        time.sleep(0.05)
        return one

    threads = [threading.Thread(target=results.get, args=('same', slow)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.runs == 7


def test_one_network_at_a_time() -> None:
    results, busy, most = Results(), [], []

    def compute() -> Segmentation:
        busy.append(1)
        most.append(len(busy))
        time.sleep(0.01)
        busy.pop()
        return result(np.zeros((4, 4), np.uint8))

    threads = [threading.Thread(target=results.get, args=(i, compute)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1 and len(most) == 8


def test_files_go_by_age_and_size(tmp_path: Path) -> None:
    files = TemporaryFiles(tmp_path, max_age=100, max_bytes=1000)
    (tmp_path / 'example').write_bytes(bytes(5000))
    files.keep_present()
    now = time.time()
    for index, age in enumerate((500, 50, 40, 30)):
        path = tmp_path / f'{index}' / 'file'
        path.parent.mkdir()
        path.write_bytes(bytes(300))
        os.utime(path, (now - age, now - age))
    left = lambda: sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob('*') if p.is_file())  # noqa: E731
    files.sweep()
    assert left() == ['1/file', '2/file', '3/file', 'example']
    files.sweep(room=500)
    assert left() == ['3/file', 'example']


def test_bars_tell_shares(offered: dict[str, OfferedModel]) -> None:
    classes = np.zeros((10, 10), np.uint8)
    classes[:2] = 13  # car
    model = offered['small']
    text = share_bars(result(classes), model, {0})
    assert text.index('road') < text.index('car')
    assert '80.0%' in text and '20.0%' in text
    assert 'width:100.00%;background:rgb(128 64 128)' in text
    assert 'width:25.00%;background:rgb(0 0 142)' in text
    assert text.count('wm-faint') == 1  # the car
    line = facts(result(classes), model)
    assert '1.23 s' in line and '20%' in line and '10×10' in line


def test_card_tells_the_training_but_no_folder(
    offered: dict[str, OfferedModel], models: list[ModelFiles]
) -> None:
    card = model_card(offered['small'])
    for told in (
        'small.py',
        'small.pth',
        '3 epochs',
        'small_run',
        'abababab',
        '19: road',
        'GFLOPs',
    ):
        assert told in card, told
    assert str(Path(models[0].checkpoint).parent) not in card
    assert told_by({}) == {'Training': 'the checkpoint tells nothing of it'}


def test_card_of_the_shipped_model(models: list[ModelFiles]) -> None:
    """What went with its file, and what the toolbox knows of it; of others nothing of that."""
    shipped = offer([shipped_model()])[shipped_model().config.stem]
    assert shipped.official and len(shipped.classes) == 11
    card = model_card(shipped)
    for told in (
        'CamVid: 367 street frames', 'official mIoU', 'for research use', 'shipped/card.md',
        'epochs', 'camvid leftImg8bit/train', 'Weak at',
    ):  # fmt: skip
        assert told in card, told
    assert str(shipped_model().checkpoint.parent) not in card
    assert 'Licence' not in offer(models[:1])['small'].facts


def test_shipped_model_sees_what_it_was_trained_on(tmp_path: Path) -> None:
    name = shipped_model().config.stem
    answers = Answers(offer([shipped_model()]), TemporaryFiles(tmp_path))
    path = tmp_path / 'large.png'
    path.write_bytes(encoded(np.zeros((1080, 1440, 3), np.uint8)))
    assert '1440×1080 pixels, seen at 720×540' in answers.view(str(path), name, 0.5, []).facts


def test_what_is_told_by_a_file_that_was_handed_on(tmp_path: Path) -> None:
    """The same as of the run's own checkpoint, in either format."""
    provenance = dict(
        epoch=3, iter=60, seed=7, experiment_name='run', time='20260101_000000',
        trained_on='camvid leftImg8bit/train', data_sha256='ab' * 32, versions=dict(torch='2.13.0'),
    )  # fmt: skip
    expected = {
        'Trained': '3 epochs, 60 iterations', 'Run': 'run', 'Seed': '7', 'Saved': '20260101_000000',
        'Training data': 'camvid leftImg8bit/train, SHA-256 abababababababab…',
        'Versions': 'torch 2.13.0',
    }  # fmt: skip
    for name in ('c.pth', 'c.safetensors'):
        write_checkpoint(tmp_path / name, dict(w=torch.ones(1)), None, provenance)
        assert told_by(read_checkpoint(tmp_path / name)) == expected
    meta = {key: provenance.pop(key) for key in ('epoch', 'iter', 'seed', 'time')}
    meta['experiment_name'] = provenance.pop('experiment_name')
    assert told_by(dict(meta=dict(**meta, provenance=provenance))) == expected
    averaged = [dict(source='a.pth', config_name='cycle7'), dict(source='b.pth')]
    told = told_by(dict(meta=dict(provenance=dict(provenance, averaged=averaged))))
    assert told['Average of'] == 'cycle7, b.pth'
    del provenance['trained_on']
    assert told_by(dict(meta=dict(provenance=provenance)))['Training data'] == (
        'SHA-256 abababababababab…'
    )


def test_names_differ(models: list[ModelFiles]) -> None:
    assert len(offer([models[0]] * 3)) == 3


def test_other_classes_get_their_numbers(models: list[ModelFiles], tmp_path: Path) -> None:
    """A data set of one's own has no Cityscapes ids."""
    checkpoint = torch.load(models[0].checkpoint, weights_only=True)
    meta = checkpoint['meta']['dataset_meta']
    meta['classes'] = tuple(f'<b>{i}' for i in range(19))
    path = tmp_path / 'own.pth'
    torch.save(checkpoint, path)
    model = offer([ModelFiles(models[0].config, path)])['small']
    assert model.label_ids.tolist() == list(range(19)) and not model.official
    assert '<b>3' not in model_card(model) and '&lt;b&gt;3' in model_card(model)


def test_default_models_are_the_shipped_and_the_newest_demo(tmp_path: Path) -> None:
    assert default_models(tmp_path) == [shipped_model()]
    for run in ('demo-20260101-000000', 'demo-20260201-000000'):
        (tmp_path / 'work_dirs' / run).mkdir(parents=True)
        (tmp_path / 'work_dirs' / run / 'last.pth').touch()
    first, found = default_models(tmp_path)
    assert first == shipped_model()
    assert found.checkpoint.parent.name == 'demo-20260201-000000'


def test_screen_and_confidence_colours() -> None:
    large = result(np.zeros((10, 2 * SHOWN_SIDE), np.uint8))
    assert for_screen(large).class_map.shape == (5, SHOWN_SIDE)
    small = result(np.zeros((10, 20), np.uint8))
    assert for_screen(small) is small
    ends = confidence_picture(np.array([[0, 255]], np.uint8))[0]
    assert ends[1].sum() > 2 * ends[0].sum()  # dark to bright


def test_examples_are_made(tmp_path: Path) -> None:
    pictures = synthetic(tmp_path / 'new')
    assert len(pictures) == 4
    contents = [read_upload(path, Limits()) for path in pictures]
    assert {image.shape for image in contents} == {(256, 512, 3)}
    assert np.abs(contents[0].astype(int) - contents[1]).mean() > 10
