import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmseg.registry import DATASETS
from PIL import Image

from mmseg_wavemix.config import load_config
from mmseg_wavemix.datasets.camvid import convert, instance_ids
from mmseg_wavemix.errors import InputError

# CamVid id -> Cityscapes label id, from the tables of both data sets
LABEL_IDS = {0: 23, 1: 11, 2: 17, 3: 7, 4: 8, 5: 21, 6: 20, 7: 13, 8: 26, 9: 24, 10: 25, 11: 0}
TRAIN_IDS = {0: 10, 1: 2, 2: 5, 3: 0, 4: 1, 5: 8, 6: 7, 7: 4, 8: 13, 9: 11, 10: 12, 11: 255}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two training frames, a JPEG and a PNG, and one for validation, of 12x18 pixels."""
    generator = np.random.default_rng(0)
    for split, name in (
        ('train', '0001TP_0001.jpg'),
        ('train', 'Seq05VD_f00.png'),
        ('val', 'a_b_c.png'),
    ):
        for folder in (split, f'{split}annot'):
            (tmp_path / 'camvid' / folder).mkdir(parents=True, exist_ok=True)
        image = np.kron(generator.integers(0, 255, (2, 3, 3)), np.ones((6, 6, 1))).astype(np.uint8)
        Image.fromarray(image).save(tmp_path / 'camvid' / split / name, quality=95)
        labels = np.arange(12 * 18).reshape(12, 18) % 12
        annotation = tmp_path / 'camvid' / f'{split}annot' / name
        Image.fromarray(labels.astype(np.uint8)).save(annotation.with_suffix('.png'))
    return tmp_path / 'camvid'


def test_converts_every_id(source: Path, tmp_path: Path) -> None:
    out = tmp_path / 'out'
    assert convert(source, out) == 3
    stem = out / 'gtFine' / 'train' / 'camvid' / 'camvid_0001TP_0001_gtFine'
    ids = np.arange(12 * 18).reshape(12, 18) % 12
    for kind, table in (('labelIds', LABEL_IDS), ('labelTrainIds', TRAIN_IDS)):
        written = np.asarray(Image.open(f'{stem}_{kind}.png'))
        assert np.array_equal(written, np.vectorize(table.get)(ids)), kind
    assert (out / 'gtFine/val/camvid/camvid_a_b-c_gtFine_labelIds.png').is_file()


def test_images_are_kept_without_loss(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / 'out')
    images = tmp_path / 'out' / 'leftImg8bit' / 'train' / 'camvid'
    for name in ('0001TP_0001.jpg', 'Seq05VD_f00.png'):
        written = cv2.imread(str(images / f'camvid_{name[:-4]}_leftImg8bit.png'))
        assert np.array_equal(written, cv2.imread(str(source / 'train' / name)))


def test_train_and_val_together(
    source: Path,
    tmp_path: Path,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    convert(source, tmp_path / 'out')
    monkeypatch.setenv('CAMVID_DATASET', str(tmp_path / 'out'))
    cfg = load_config(repository / 'configs/camvid/wavemix_64_11_l4_patch4_camvid-trainval.py')
    assert cfg.val_dataloader.dataset.data_prefix.img_path == 'leftImg8bit/val'
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    names = {Path(dataset.get_data_info(i)['img_path']).name for i in range(len(dataset))}
    assert len(dataset) == len(names) == 3
    height, width = dataset[2]['data_samples'].gt_sem_seg.shape
    # 12x18 is wider than 3:4: at 0.75 of its size it is 240x360, and no crop
    assert 240 <= height <= 320 and 360 <= width <= 448


def test_instances_are_connected_components() -> None:
    ids = np.array([[26, 26, 0, 26], [0, 0, 7, 26], [24, 7, 7, 0]], np.uint8)
    expected = [[26000, 26000, 0, 26001], [0, 0, 7, 26001], [24000, 7, 7, 0]]
    instances = instance_ids(ids)
    assert instances.dtype == np.uint16 and instances.tolist() == expected


def test_a_drive_held_out_is_val(source: Path, tmp_path: Path) -> None:
    for split, name in (('train', 'b_1'), ('val', '0001TP_0002'), ('test', '0001TP_0003')):
        for folder in (split, f'{split}annot'):
            (source / folder).mkdir(exist_ok=True)
            copied = source / folder.replace(split, 'val') / 'a_b_c.png'
            shutil.copy(copied, source / folder / f'{name}.png')
    convert(source, tmp_path / 'out', '0001TP')
    images = tmp_path / 'out' / 'leftImg8bit'
    assert {str(path.relative_to(images).with_suffix('')) for path in images.rglob('*.png')} == {
        'train/camvid/camvid_Seq05VD_f00_leftImg8bit',
        'train/camvid/camvid_a_b-c_leftImg8bit',
        'train/camvid/camvid_b_1_leftImg8bit',
        'val/camvid/camvid_0001TP_0001_leftImg8bit',
        'val/camvid/camvid_0001TP_0002_leftImg8bit',
        'test/camvid/camvid_0001TP_0003_leftImg8bit',  # stays, whatever its drive
    }


@pytest.mark.parametrize('drive', ['c', ''])
def test_no_such_drive_to_hold_out(source: Path, tmp_path: Path, drive: str) -> None:
    with pytest.raises(InputError, match=f"--hold-out '{drive}': .* of 0001TP, Seq05VD, a: name"):
        convert(source, tmp_path / 'out', drive)
    assert not (tmp_path / 'out').exists()


def test_no_other_drive_to_train_on(source: Path, tmp_path: Path) -> None:
    for folder in ('train', 'trainannot'):
        shutil.rmtree(source / folder)
    with pytest.raises(InputError, match="'a': train and val are of no other"):
        convert(source, tmp_path / 'out', 'a')


def test_two_images_that_would_be_one_file(source: Path, tmp_path: Path) -> None:
    for folder in ('train', 'trainannot'):  # of one name in two splits, which become one
        shutil.copy(source / folder.replace('train', 'val') / 'a_b_c.png', source / folder)
    assert convert(source, tmp_path / 'apart') == 4
    with pytest.raises(InputError, match='train/a_b_c.png and .*val/a_b_c.png would both be'):
        convert(source, tmp_path / 'out', '0001TP')
    shutil.copy(source / 'train' / '0001TP_0001.jpg', source / 'train' / '0001TP_0001.png')
    with pytest.raises(InputError, match='0001TP_0001.jpg and .*0001TP_0001.png would both be'):
        convert(source, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_palette_annotations_are_read_as_ids(source: Path, tmp_path: Path) -> None:
    path = source / 'trainannot' / '0001TP_0001.png'
    picture = Image.open(path)
    picture.load()
    picture.putpalette(bytes(range(36)))
    assert picture.mode == 'P'
    picture.save(path)
    test_converts_every_id(source, tmp_path)


def _no_annotation(source: Path) -> str:
    (source / 'trainannot' / '0001TP_0001.png').unlink()
    return '0001TP_0001.jpg has no annotation'


def _bad_id(source: Path) -> str:
    Image.fromarray(np.full((12, 18), 12, np.uint8)).save(source / 'valannot' / 'a_b_c.png')
    return 'a_b_c.png holds the id 12'


def _bad_size(source: Path) -> str:
    Image.fromarray(np.zeros((6, 6), np.uint8)).save(source / 'valannot' / 'a_b_c.png')
    return r'a_b_c.png is \(6, 6\), its image is \(12, 18\)'


def _truncated(source: Path) -> str:
    path = source / 'train' / '0001TP_0001.jpg'
    path.write_bytes(path.read_bytes()[:-60])
    return '0001TP_0001.jpg cannot be read'


def _empty(source: Path) -> str:
    for path in (source / 'val').iterdir():
        path.unlink()
    return 'val holds no .jpg or .png'


@pytest.mark.parametrize('spoil', [_no_annotation, _bad_id, _bad_size, _truncated, _empty])
def test_bad_sources_write_nothing(source: Path, tmp_path: Path, spoil) -> None:
    message = spoil(source)
    with pytest.raises(InputError, match=message):
        convert(source, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_wrong_folder_and_existing_output(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match='none of train/, val/, test/'):
        convert(source / 'train', tmp_path / 'out')
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full' / 'precious').touch()
    with pytest.raises(InputError, match='full exists'):
        convert(source, tmp_path / 'full')
    assert [path.name for path in (tmp_path / 'full').iterdir()] == ['precious']


def test_real_frames(shared_data: Path, tmp_path: Path) -> None:
    """A dozen real frames: shares of the classes, and instances where there are cars."""
    source = tmp_path / 'source'
    for split in ('train', 'val'):
        for folder, suffix in ((split, 'jpg'), (f'{split}annot', 'png')):
            (source / folder).mkdir(parents=True)
            for path in sorted((shared_data / 'camvid' / folder).glob(f'*.{suffix}'))[:6]:
                (source / folder / path.name).symlink_to(path)
    assert convert(source, tmp_path / 'out') == 12
    cars = people = 0
    for path in sorted((tmp_path / 'out' / 'gtFine').rglob('*_labelIds.png')):
        labels = np.asarray(Image.open(path))
        name = path.name.split('_', 1)[1].removesuffix('_gtFine_labelIds.png')
        split = path.parent.parent.name
        original = np.asarray(Image.open(source / f'{split}annot' / f'{name}.png'))
        assert np.array_equal(labels, np.vectorize(LABEL_IDS.get)(original))
        instances = np.asarray(Image.open(str(path).replace('labelIds', 'instanceIds')))
        assert np.array_equal(np.where(instances >= 1000, instances // 1000, instances), labels)
        cars += len(np.unique(instances[labels == 26]))
        people += len(np.unique(instances[labels == 24]))
    assert cars > 12 and people > 0
