"""Every classification config: its name, its model, its data's path through the pipelines."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

NEEDED = 'classification needs mmpretrain: make classification'
pytest.importorskip('mmseg_wavemix.classification', reason=NEEDED)

from mmengine.dataset import Compose
from mmpretrain.registry import MODELS, TRANSFORMS

FOLDER = Path(__file__).resolve().parents[2] / 'configs' / 'mmpretrain'
CONFIGS = sorted(FOLDER.glob('wavemix_*.py'))

# classes, size and channels of the pictures in the data set, and the size that the model sees
# (Tables 4, 5 and 7)
DATA = {
    'in1k': (1000, 300, 3, 224),
    'places365': (365, 256, 3, 224),
    'inat2021-mini': (10000, 500, 3, 256),
    'galaxy10': (10, 256, 3, 256),
    'cifar10': (10, 32, 3, 32),
    'cifar100': (100, 32, 3, 32),
    'svhn': (10, 32, 3, 32),
    'tiny-imagenet': (200, 64, 3, 64),
    'mnist': (10, 28, 1, 28),
    'fashion-mnist': (10, 28, 1, 28),
    'emnist-byclass': (62, 28, 1, 28),
    'emnist-bymerge': (47, 28, 1, 28),
    'emnist-balanced': (47, 28, 1, 28),
    'emnist-letters': (26, 28, 1, 28),
    'emnist-digits': (10, 28, 1, 28),
    'digits': (10, 8, 1, 32),
}
DAGGER = {  # Table 7: TrivialAugment
    'wavemix_192_16_l3_galaxy10',
    'wavemix_320_8_l1_cifar10',
    'wavemix_256_10_l1_cifar100',
    'wavemix_244_12_l2_tiny-imagenet',
    'wavemix_192_16_l3_cifar10-192x192',
    'wavemix_192_16_l3_cifar100-224x224',
    'wavemix_192_16_l3_tiny-imagenet-128x128',
}
STAR = {  # Table 7: from ImageNet weights
    'wavemix_192_16_l3_galaxy10',
    'wavemix_192_16_l3_cifar10-192x192',
    'wavemix_192_16_l3_cifar100-224x224',
    'wavemix_192_16_l3_svhn-128x128',
    'wavemix_192_16_l3_tiny-imagenet-128x128',
}
NAME = re.compile(
    r'wavemix_(?P<dims>\d+)_(?P<depth>\d+)_l(?P<level>\d)(?P<emb>_emb1024)?(?P<up>_up)?'
    r'_(?P<data>[a-z0-9-]+?)(-(?P<size>\d+)x\d+)?'
)

every_config = pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)


def test_all_are_here() -> None:
    assert {NAME.fullmatch(path.stem)['data'] for path in CONFIGS} == DATA.keys()
    assert DAGGER | STAR <= {path.stem for path in CONFIGS}


@every_config
def test_name_tells_the_model(path: Path) -> None:
    name, cfg = NAME.fullmatch(path.stem), Config.fromfile(path)
    backbone = cfg.model.backbone
    assert backbone.type == 'mmseg.WaveMix'
    assert [backbone.embed_dims, backbone.depth, backbone.level] == [
        int(name[part]) for part in ('dims', 'depth', 'level')
    ]
    assert (cfg.model.neck.get('out_channels') == 1024) == bool(name['emb'])
    assert (backbone.get('upsampler', {}).get('type') == 'Interpolation') == bool(name['up'])
    assert cfg.model.head.num_classes == DATA[name['data']][0]
    assert (backbone.get('init_cfg', {}).get('type') == 'ClassifierWeights') == (path.stem in STAR)


@every_config
def test_a_leaf_is_short(path: Path) -> None:
    if NAME.fullmatch(path.stem)['data'] != 'digits':  # which has a recipe of its own
        assert len(path.read_text().splitlines()) <= 8


@every_config
def test_a_picture_comes_through(path: Path, tmp_path: Path) -> None:
    """Through both pipelines and, without memory, through the model."""
    name, cfg = NAME.fullmatch(path.stem), Config.fromfile(path)
    classes, own_size, channels, size = DATA[name['data']]
    size = int(name['size'] or size)
    shape = (own_size, own_size, 3) if channels == 3 else (own_size, own_size)
    picture = np.random.RandomState(0).randint(0, 256, shape).astype(np.uint8)
    file = tmp_path / 'picture.png'
    cv2.imwrite(str(file), picture)
    batch = []
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        pipeline = Compose([TRANSFORMS.build(step) for step in loader.dataset.pipeline])
        sample = pipeline(dict(img=picture, img_path=str(file), gt_label=1))
        assert sample['inputs'].shape == (channels, size, size)
        assert sample['data_samples'].gt_label == 1
        batch.append(sample['inputs'])
    preprocessor = MODELS.build(dict(type='ClsDataPreprocessor', **cfg.data_preprocessor))
    inputs = preprocessor(dict(inputs=torch.stack(batch)))['inputs']
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    assert model(inputs.to('meta')).shape == (2, classes)


@every_config
def test_augmentation(path: Path) -> None:
    cfg = Config.fromfile(path)
    steps = [step.type for step in cfg.train_dataloader.dataset.pipeline]
    assert ('torchvision/TrivialAugmentWide' in steps) == (path.stem in DAGGER)
    assert ('RandomFlip' in steps) == (cfg.model.head.loss.type == 'LabelSmoothLoss')  # timm's
    tests = [step.type for step in cfg.val_dataloader.dataset.pipeline]
    assert 'torchvision/TrivialAugmentWide' not in tests and 'RandomFlip' not in tests


@every_config
def test_recipe(path: Path) -> None:
    if NAME.fullmatch(path.stem)['data'] == 'digits':
        pytest.skip('the paper has no recipe for these digits')
    cfg = Config.fromfile(path)
    optimizer = cfg.optim_wrapper.optimizer
    if cfg.model.head.loss.type == 'LabelSmoothLoss':
        assert (optimizer.type, optimizer.lr, optimizer.weight_decay) == ('SGD', 0.1, 2e-5)
        assert 'switch' not in cfg.default_hooks
    else:
        adamw = dict(type='AdamW', lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
        assert {**optimizer, 'betas': tuple(optimizer.betas)} == {**adamw, 'fused': True}
        switch = cfg.default_hooks.switch
        assert dict(switch.optimizer) == dict(type='SGD', lr=1e-3, momentum=0.9)
        assert cfg.train_cfg.max_epochs - switch.begin == 50
    assert cfg.optim_wrapper.type == 'AmpOptimWrapper'
    assert cfg.train_cfg.max_epochs == 300
    assert 256 <= cfg.train_dataloader.batch_size <= 512


def test_pixels_keep_their_colours(tmp_path: Path) -> None:
    """Red stays red through TrivialAugment's detour, from a file and from an array."""
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 2] = 255  # OpenCV's order
    cv2.imwrite(str(tmp_path / 'red.png'), red)
    for stem, sample in (
        ('wavemix_244_12_l2_tiny-imagenet', dict(img_path=str(tmp_path / 'red.png'))),
        ('wavemix_192_16_l3_galaxy10', dict(img=red[..., ::-1].copy())),  # RGB
    ):
        cfg = Config.fromfile(FOLDER / f'{stem}.py')
        preprocessor = MODELS.build(dict(type='ClsDataPreprocessor', **cfg.data_preprocessor))
        for loader in (cfg.train_dataloader, cfg.val_dataloader):
            steps = [step for step in loader.dataset.pipeline if 'Trivial' not in step.type]
            pipeline = Compose([TRANSFORMS.build(step) for step in steps])
            inputs = pipeline(dict(sample, gt_label=0))['inputs'][None]
            means = preprocessor(dict(inputs=inputs))['inputs'].mean((0, 2, 3))
            assert means[0] > 2 and means[1] < -1 and means[2] < -1


def test_embedding_is_the_convolution_of_the_paper() -> None:
    """Pooling first, as LinearNeck does, equals the 1x1 convolution before the pooling."""
    cfg = Config.fromfile(FOLDER / 'wavemix_192_16_l3_emb1024_in1k.py')
    neck = MODELS.build(cfg.model.neck)
    features = torch.randn(2, 192, 7, 5)
    weight, bias = neck.fc.weight[..., None, None], neck.fc.bias
    expected = torch.nn.functional.conv2d(features, weight, bias).mean((2, 3))
    torch.testing.assert_close(neck((features,))[0], expected)
