"""The data classes on files as the data sets have them, with a handful of pictures."""

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmseg_wavemix.errors import InputError

NEEDED = 'classification needs mmpretrain: make classification'
pytest.importorskip('mmseg_wavemix.classification', reason=NEEDED)

import torchvision.datasets
from mmpretrain.registry import DATASETS

PICTURES = np.random.RandomState(0).randint(0, 256, (6, 28, 28)).astype(np.uint8)


def build(name: str, **options) -> object:
    return DATASETS.build(dict(type=name, **options))


def write_idx(path: Path, array: np.ndarray) -> None:
    """MNIST's file format: type, dimensions, data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = b''.join(size.to_bytes(4, 'big') for size in array.shape)
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes())


@pytest.mark.parametrize(
    ('variant', 'stored', 'labels', 'classes'),
    [
        ('letters', [1, 2, 26, 1, 3, 4], [0, 1, 25, 0, 2, 3], 26),
        ('balanced', [0, 1, 46, 5, 6, 7], [0, 1, 46, 5, 6, 7], 47),
        ('bymerge', [0, 46], [0, 46], 47),
        ('byclass', [0, 61], [0, 61], 62),
        ('digits', [0, 9], [0, 9], 10),
    ],
)
def test_emnist(
    tmp_path: Path, variant: str, stored: list[int], labels: list[int], classes: int
) -> None:
    for split in ('train', 'test'):
        prefix = str(tmp_path / 'EMNIST/raw' / f'emnist-{variant}-{split}')
        count = len(stored)
        write_idx(Path(f'{prefix}-images-idx3-ubyte'), PICTURES[:count].transpose(0, 2, 1))
        write_idx(Path(f'{prefix}-labels-idx1-ubyte'), np.array(stored))
    dataset = build('EMNIST', variant=variant, split='test', data_root=str(tmp_path))
    assert [dataset[i]['gt_label'] for i in range(len(dataset))] == labels
    assert len(dataset.metainfo['classes']) == classes
    np.testing.assert_array_equal(dataset[1]['img'], PICTURES[1])  # upright


def test_svhn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.io import savemat

    pictures = np.random.RandomState(1).randint(0, 256, (3, 32, 32, 3)).astype(np.uint8)
    labels = np.array([[10], [1], [9]])  # ten is the digit 0
    savemat(tmp_path / 'test_32x32.mat', dict(X=pictures.transpose(1, 2, 3, 0), y=labels))
    monkeypatch.setattr(torchvision.datasets.SVHN, '_check_integrity', lambda self: True)
    dataset = build('SVHN', split='test', data_root=str(tmp_path))
    assert [dataset[i]['gt_label'] for i in range(3)] == [0, 1, 9]
    np.testing.assert_array_equal(dataset[2]['img'], pictures[2])


def test_places365(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = torchvision.datasets.Places365
    monkeypatch.setattr(places, '_check_integrity', lambda *args: True)
    (tmp_path / 'categories_places365.txt').write_text('/a/abbey 0\n/z/zoo 1\n')
    (tmp_path / 'places365_val.txt').write_text('Places365_val_1.jpg 1\nPlaces365_val_2.jpg 0\n')
    with pytest.raises(InputError, match='val_256 does not exist: .*PLACES365_DATASET'):
        build('Places365', split='val', data_root=str(tmp_path))
    (tmp_path / 'val_256').mkdir()
    dataset = build('Places365', split='val', data_root=str(tmp_path))
    assert dataset.metainfo['classes'] == ('/a/abbey', '/z/zoo')
    assert dataset[0]['gt_label'] == 1
    assert dataset[0]['img_path'] == str(tmp_path / 'val_256' / 'Places365_val_1.jpg')


def test_inaturalist(tmp_path: Path) -> None:
    names = ['00000_Animalia_A_B_C_D_E_one', '00001_Animalia_A_B_C_D_E_two']
    for name in names:
        folder = tmp_path / '2021_valid' / name
        folder.mkdir(parents=True)
        (folder / 'x.jpg').touch()
    dataset = build('INaturalist', version='2021_valid', data_root=str(tmp_path))
    assert dataset.metainfo['classes'] == tuple(names)
    assert [dataset[i]['gt_label'] for i in range(2)] == [0, 1]
    assert Path(dataset[1]['img_path']) == tmp_path / '2021_valid' / names[1] / 'x.jpg'


def test_tiny_imagenet(tmp_path: Path) -> None:
    (tmp_path / 'wnids.txt').write_text('n02\nn01\n')
    for name in ('n01', 'n02'):
        folder = tmp_path / 'train' / name / 'images'
        folder.mkdir(parents=True)
        cv2.imwrite(str(folder / f'{name}_0.JPEG'), np.zeros((64, 64, 3), np.uint8))
    (tmp_path / 'val').mkdir()
    lines = 'val_0.JPEG\tn02\t0\t0\t9\t9\nval_1.JPEG\tn01\t0\t0\t9\t9\n'
    (tmp_path / 'val' / 'val_annotations.txt').write_text(lines)
    train = build('TinyImageNet', split='train', data_root=str(tmp_path))
    val = build('TinyImageNet', split='val', data_root=str(tmp_path))
    assert [train[i]['gt_label'] for i in range(2)] == [0, 1]
    assert [val[i]['gt_label'] for i in range(2)] == [1, 0]
    assert train.metainfo['classes'] == ('n01', 'n02')
    assert Path(train[1]['img_path']).is_file()
    assert val[0]['img_path'] == str(tmp_path / 'val' / 'images' / 'val_0.JPEG')


def test_galaxy10(tmp_path: Path) -> None:
    import h5py

    labels = np.repeat(np.arange(10), [20, 10, 10, 10, 10, 10, 10, 10, 10, 5])
    pictures = np.zeros((len(labels), 4, 4, 3), np.uint8) + np.arange(len(labels))[
        :, None, None, None
    ].astype(np.uint8)
    with h5py.File(tmp_path / 'Galaxy10_DECals.h5', 'w') as file:
        file['images'], file['ans'] = pictures, labels
    train = build('Galaxy10DECaLS', split='train', data_root=str(tmp_path))
    test = build('Galaxy10DECaLS', split='test', data_root=str(tmp_path))
    counts = np.bincount([test[i]['gt_label'] for i in range(len(test))])
    np.testing.assert_array_equal(counts, [2, 1, 1, 1, 1, 1, 1, 1, 1, 1])  # every class's tenth
    rows = [int(part[i]['img'][0, 0, 0]) for part in (train, test) for i in range(len(part))]
    assert sorted(rows) == list(range(len(labels)))  # each picture in one of the splits, once
    assert all(
        labels[int(s['img'][0, 0, 0])] == s['gt_label'] for s in map(test.__getitem__, range(11))
    )
    workers_copy = pickle.loads(pickle.dumps(test))  # which h5py's own handle would not allow
    np.testing.assert_array_equal(workers_copy[3]['img'], test[3]['img'])


def test_digits() -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    parts = {split: build('Digits', split=split) for split in ('train', 'test', 'fit', 'val')}
    sizes = {split: len(part) for split, part in parts.items()}
    assert sizes == dict(train=1437, test=360, fit=1077, val=360)
    for i in (0, 7, 359):
        sample = parts['test'][i]
        assert sample['gt_label'] == digits.target[5 * i]
        np.testing.assert_array_equal(sample['img'], np.rint(digits.images[5 * i] * 255 / 16))
    assert parts['val'][3]['gt_label'] == digits.target[16]
    pixels = {
        split: {part[i]['img'].tobytes() for i in range(len(part))} for split, part in parts.items()
    }
    assert pixels['train'] == pixels['fit'] | pixels['val']
    assert not pixels['train'] & pixels['test'] and not pixels['fit'] & pixels['val']


def test_a_split_that_is_none() -> None:
    with pytest.raises(ValueError, match="split is 'valid': one of train, test, fit, val"):
        build('Digits', split='valid')


@pytest.mark.parametrize(
    ('name', 'options', 'variable'),
    [
        ('EMNIST', dict(variant='digits'), 'EMNIST_DATASET'),
        ('SVHN', {}, 'SVHN_DATASET'),
        ('Places365', {}, 'PLACES365_DATASET'),
        ('INaturalist', {}, 'INATURALIST_DATASET'),
        ('TinyImageNet', {}, 'TINY_IMAGENET_DATASET'),
        ('Galaxy10DECaLS', {}, 'GALAXY10_DATASET'),
    ],
)
def test_missing_data_are_one_sentence(
    tmp_path: Path, name: str, options: dict, variable: str
) -> None:
    root = tmp_path / 'nowhere'
    with pytest.raises(InputError, match=f'{root} holds no complete .*--download.*{variable}'):
        build(name, data_root=str(root), **options)
    assert not root.exists()


def test_fetching_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unpack(url: str, folder: Path) -> None:
        root = Path(folder, 'tiny-imagenet-200')
        (root / 'train' / 'n01' / 'images').mkdir(parents=True)
        (root / 'train' / 'n01' / 'images' / 'n01_0.JPEG').touch()
        (root / 'wnids.txt').write_text('n01')
        urls.append(url)

    urls: list[str] = []
    module = 'mmseg_wavemix.classification.tiny_imagenet'
    monkeypatch.setattr(f'{module}.download_and_extract_archive', unpack)
    root = str(tmp_path / 'tiny-imagenet-200')
    for _ in range(2):  # the second time it is there
        assert len(build('TinyImageNet', data_root=root, download=True)) == 1
    assert len(urls) == 1 and urls[0].endswith('tiny-imagenet-200.zip')


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / 'Galaxy10_DECals.h5').write_bytes(b'half of a download')
    with pytest.raises(InputError, match='GALAXY10_DATASET'):
        build('Galaxy10DECaLS', data_root=str(tmp_path))
