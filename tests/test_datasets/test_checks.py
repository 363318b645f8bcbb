import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cityscapesscripts.helpers.labels import labels
from mmengine.config import ConfigDict
from PIL import Image

from mmseg_wavemix.datasets.checks import check_dataset
from mmseg_wavemix.datasets.cityscapes_layout import to_train_ids
from mmseg_wavemix.errors import InputError


def config(root: Path) -> ConfigDict:
    return ConfigDict(
        type='CityscapesDataset',
        data_root=str(root),
        data_prefix=dict(img_path='leftImg8bit/train', seg_map_path='gtFine/train'),
        pipeline=[],
    )


@pytest.fixture
def data(scenes: Path, tmp_path: Path) -> Path:
    """A copy that may be spoiled."""
    return Path(shutil.copytree(scenes, tmp_path / 'data'))


def first(data: Path, kind: str) -> Path:
    return sorted((data / kind / 'train').rglob('*labelTrainIds.png' if kind == 'gtFine' else '*'))[
        -1
    ]


def test_good_data_passes(data: Path) -> None:
    before = sorted(data.rglob('*'))
    samples = check_dataset(config(data), num_classes=19)
    images = sorted(map(str, (data / 'leftImg8bit' / 'train').rglob('*.png')))
    assert [sample['img_path'] for sample in samples] == images
    wrapped = ConfigDict(type='RepeatDataset', times=2, dataset=config(data))
    check_dataset(wrapped, num_classes=19)
    assert sorted(data.rglob('*')) == before


def test_train_ids_are_the_official_ones() -> None:
    for label in labels:
        if label.id >= 0:
            made = to_train_ids(np.full((1, 2), label.id, np.uint8))
            assert made.tolist() == [[label.trainId] * 2], label.name
    with pytest.raises(ValueError, match=r'\[34, 255\]'):
        to_train_ids(np.array([[7, 34, 255]], np.uint8))


def test_missing_train_ids_are_made_and_existing_ones_kept(data: Path) -> None:
    paths = sorted((data / 'gtFine' / 'train').rglob('*_labelTrainIds.png'))
    expected = {path: path.read_bytes() for path in paths}
    decoded = np.asarray(Image.open(paths[0]))
    paths[0].unlink()
    stamp = paths[1].stat().st_mtime_ns
    check_dataset(config(data), num_classes=19)
    assert np.array_equal(np.asarray(Image.open(paths[0])), decoded)
    assert paths[1].stat().st_mtime_ns == stamp and paths[1].read_bytes() == expected[paths[1]]


def _no_data(data: Path) -> str:
    shutil.rmtree(data / 'leftImg8bit' / 'train')
    return r'leftImg8bit/train does not exist: the data set is not there.\nget it here'


def _empty(data: Path) -> str:
    for path in (data / 'leftImg8bit' / 'train').rglob('*.png'):
        path.unlink()
    return r'holds no image named \*_leftImg8bit.png'


def _no_label(data: Path) -> str:
    for path in (data / 'gtFine' / 'train').rglob(f'{first(data, "gtFine").name[:24]}*'):
        path.unlink()
    return r'leftImg8bit.png has no label: there is no .*_gtFine_labelTrainIds.png'


def _bad_id(data: Path) -> str:
    path = first(data, 'gtFine')
    label = np.array(Image.open(path))
    label[3, 4], label[5, 6] = 19, 33
    Image.fromarray(label).save(path)
    return rf'{path.name} holds \[19, 33\]: train ids are 0..18, and 255 for void'


def _bad_size(data: Path) -> str:
    path = first(data, 'gtFine')
    Image.fromarray(np.zeros((32, 64), np.uint8)).save(path)
    return rf'{path.name} is 64x32, its image is 128x64'


def _rgb_label(data: Path) -> str:
    path = first(data, 'gtFine')
    Image.fromarray(np.zeros((64, 128, 3), np.uint8)).save(path)
    return rf'{path.name} is no label: it needs one 8-bit channel'


def _truncated(data: Path) -> str:
    path = first(data, 'leftImg8bit')
    path.write_bytes(path.read_bytes()[:-100])
    return rf'{path.name} cannot be read'


def _corrupt(data: Path) -> str:
    """Bytes in the middle; the file has its end."""
    path = first(data, 'leftImg8bit')
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 50] = bytes(50)
    path.write_bytes(content)
    return rf'{path.name} cannot be read'


def _no_image(data: Path) -> str:
    path = first(data, 'leftImg8bit')
    path.write_text('not a picture')
    return rf'{path.name} cannot be read'


def _bad_label_ids(data: Path) -> str:
    path = first(data, 'gtFine')
    path.unlink()
    label = path.with_name(path.name.replace('labelTrainIds', 'labelIds'))
    Image.fromarray(np.full((64, 128), 77, np.uint8)).save(label)
    return rf'{label.name} holds \[77\], label ids are 0..33'


FAULTS = [
    _no_data, _empty, _no_label, _bad_id, _bad_size, _rgb_label, _truncated, _no_image,
    _bad_label_ids, _corrupt,
]  # fmt: skip


@pytest.mark.parametrize('spoil', FAULTS, ids=lambda fault: fault.__name__)
def test_faults_are_named(data: Path, spoil: Callable[[Path], str]) -> None:
    message = spoil(data)
    with pytest.raises(InputError, match=message):
        check_dataset(config(data), num_classes=19, hint='get it here')


@pytest.mark.parametrize('shape', [(64, 128, 3), (32, 64)])
def test_no_train_ids_are_made_from_bad_labels(data: Path, shape: tuple[int, ...]) -> None:
    path = first(data, 'gtFine')
    path.unlink()
    label = path.with_name(path.name.replace('labelTrainIds', 'labelIds'))
    good = label.read_bytes()
    Image.fromarray(np.zeros(shape, np.uint8)).save(label)
    with pytest.raises(InputError, match=label.name):
        check_dataset(config(data), num_classes=19)
    assert not path.exists()
    label.write_bytes(good)  # once mended, all is well
    check_dataset(config(data), num_classes=19)
    assert path.exists()


def test_many_faults_are_cut_to_five(data: Path) -> None:
    for path in (data / 'gtFine' / 'train').rglob('*.png'):
        path.unlink()
    with pytest.raises(InputError) as error:
        check_dataset(config(data), num_classes=19)
    lines = str(error.value).splitlines()
    assert len(lines) == 6 and lines[-1] == '... and 3 more'


def test_number_of_classes(data: Path) -> None:
    with pytest.raises(InputError, match='has 19 classes, the model 11'):
        check_dataset(config(data), num_classes=11)
