"""Scores at the size the network sees: ground truth resized, predictions left where they are."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.runner import Runner
from mmengine.structures import PixelData
from mmseg.evaluation import IoUMetric
from mmseg.registry import MODELS, TRANSFORMS
from mmseg.structures import SegDataSample
from PIL import Image

from mmseg_wavemix.config import load_config
from mmseg_wavemix.datasets import PredictionSize
from mmseg_wavemix.engine import testing
from mmseg_wavemix.engine.cpu import adapt_to_cpu
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation import CityscapesOfficialMetric, format_scores
from mmseg_wavemix.evaluation.resized import resize_ground_truth
from tests.conftest import REPOSITORY
from tests.test_evaluation.conftest import TRAIN_IDS

ROAD, SKY, PERSON, CAR = 7, 23, 24, 26
# 4x6 at full size, 2x3 at the network's: OpenMMLab keeps rows 0, 2 and columns 0, 2, 4
LABELS = np.array(
    [
        [SKY, CAR, SKY, SKY, SKY, SKY],
        [SKY, SKY, SKY, SKY, SKY, SKY],
        [ROAD, ROAD, CAR, CAR, PERSON, ROAD],
        [ROAD, ROAD, CAR, CAR, ROAD, ROAD],
    ]
)
INSTANCES = np.where(LABELS == CAR, 26001, np.where(LABELS == PERSON, 24000, LABELS))
SMALL_LABELS = np.array([[SKY, SKY, SKY], [ROAD, CAR, PERSON]])
SMALL_INSTANCES = np.array([[SKY, SKY, SKY], [ROAD, 26001, 24000]])
CLASSES = ('road', 'sky', 'person', 'car')
IDS = np.array([ROAD, SKY, PERSON, CAR])


def read(path: str | Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def sample(image: str, truth: str, prediction: np.ndarray) -> dict:
    """What mmseg hands a metric; ``prediction`` are label ids."""
    classes = torch.from_numpy(np.argmax(prediction[..., None] == IDS, axis=-1)[None])
    return dict(img_path=image, seg_map_path=truth, pred_sem_seg=dict(data=classes))


def evaluate(metric: CityscapesOfficialMetric, samples: list[dict]) -> dict:
    metric.dataset_meta = dict(classes=CLASSES)
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def test_ground_truth_by_hand(tmp_path, add_frame):
    _, truth = add_frame(tmp_path, 0, LABELS, instances=INSTANCES)
    target = tmp_path / 'small_labelIds.png'
    resize_ground_truth(truth, target, (2, 3))
    assert np.array_equal(read(target), SMALL_LABELS)
    instances = read(tmp_path / 'small_instanceIds.png')
    assert np.array_equal(instances, SMALL_INSTANCES) and instances.dtype == np.uint16


def test_ground_truth_that_cannot_be_resized(tmp_path, add_frame):
    _, truth = add_frame(tmp_path, 0, LABELS, instances=INSTANCES)
    Path(truth).write_bytes(b'damaged')
    with pytest.raises(InputError, match='labelIds.png cannot be read'):
        resize_ground_truth(truth, tmp_path / 'x_labelIds.png', (2, 3))
    Image.fromarray(np.zeros((4, 6, 3), np.uint8)).save(truth)
    with pytest.raises(InputError, match='labelIds.png holds no label ids'):
        resize_ground_truth(truth, tmp_path / 'x_labelIds.png', (2, 3))
    assert not (tmp_path / 'x_labelIds.png').exists()


def test_perfect_at_network_size(tmp_path, add_frame):
    """100 with one, not with the other: the isolated car pixel is lost at 2x3."""
    image, truth = add_frame(tmp_path, 0, LABELS, instances=INSTANCES)
    metric = CityscapesOfficialMetric(
        network_size=(2, 3), output_dir=str(tmp_path / 'out'), json_file=str(tmp_path / 's.json')
    )
    values = evaluate(metric, [sample(image, truth, SMALL_LABELS)])
    assert values['mIoU'] == values['iIoU'] == values['mIoU_category'] == 100
    assert metric.scores['size'] == [2, 3]
    assert json.loads((tmp_path / 's.json').read_text()) == metric.scores
    assert np.array_equal(read(tmp_path / 'out' / f'{Path(image).stem}.png'), SMALL_LABELS)
    assert len(list((tmp_path / 'out').iterdir())) == 1  # no ground truth among the predictions
    assert np.array_equal(read(truth), LABELS)
    table = format_scores(metric.scores)
    assert 'Scores at 2x3 in percent over 1 images' in table
    assert 'Not comparable with official' in table

    full = CityscapesOfficialMetric()
    enlarged = SMALL_LABELS.repeat(2, axis=0).repeat(2, axis=1)
    values = evaluate(full, [sample(image, truth, enlarged)])
    # sky 11 of 12, car 4 of 5, person 1 of 4, road 5 of 8
    assert values['mIoU'] == pytest.approx(100 * (11 / 12 + 4 / 5 + 1 / 4 + 4 / 7) / 4)
    assert 'size' not in full.scores
    assert 'Official scores in percent over 1 images' in format_scores(full.scores)


def test_network_size_of_the_ground_truth_is_official(tmp_path, add_frame):
    image, truth = add_frame(tmp_path, 0, LABELS, instances=INSTANCES)
    metric = CityscapesOfficialMetric(network_size=(4, 6))
    evaluate(metric, [sample(image, truth, LABELS)])
    official = CityscapesOfficialMetric()
    evaluate(official, [sample(image, truth, LABELS)])
    assert metric.scores == official.scores


def test_predictions_of_another_size(tmp_path, add_frame):
    image, truth = add_frame(tmp_path, 0, LABELS, instances=INSTANCES)
    with pytest.raises(InputError, match=r'is 4x6 .*network_size is 2x3: put .*PredictionSize'):
        evaluate(CityscapesOfficialMetric(network_size=(2, 3)), [sample(image, truth, LABELS)])
    with pytest.raises(InputError, match='is 2x3 .* is 4x6: predict at the original size'):
        evaluate(CityscapesOfficialMetric(), [sample(image, truth, SMALL_LABELS)])
    for size in ((2, 3, 4), (0, 3), (2.0, 3)):
        with pytest.raises(InputError, match='network_size is .* give height and width'):
            CityscapesOfficialMetric(network_size=size)


def test_epochs_share_the_resized_ground_truth(tmp_path, add_frame):
    image, truth = add_frame(tmp_path, 0, LABELS, instances=INSTANCES)
    metric = CityscapesOfficialMetric(network_size=(2, 3))
    values = [evaluate(metric, [sample(image, truth, SMALL_LABELS)])]
    Image.fromarray(np.zeros((4, 6), np.uint8)).save(truth)  # would be all void, if read again
    values.append(evaluate(metric, [sample(image, truth, SMALL_LABELS)]))
    assert values[0] == values[1]


def test_transform_and_postprocessing():
    """mmseg brings logits to ``ori_shape``: at the network's size they stay what they are."""
    results = dict(ori_shape=(8, 12), img_shape=(4, 6), gt_seg_map=LABELS.astype(np.uint8))
    results = PredictionSize((2, 3))(results)
    assert results['ori_shape'] == (2, 3) and results['img_shape'] == (4, 6)
    assert np.array_equal(results['gt_seg_map'], SMALL_LABELS)
    assert 'gt_seg_map' not in PredictionSize((2, 3))(dict(ori_shape=(8, 12)))
    cfg = dict(
        type='EncoderDecoder',
        backbone=dict(type='WaveMix', embed_dims=8, depth=1, level=1),
        decode_head=dict(type='WaveMixHead', in_channels=8, num_classes=3),
        test_cfg=dict(mode='whole'),
    )
    model = MODELS.build(cfg).eval()
    logits = torch.randn(1, 3, 4, 6)
    for shape, same in (((4, 6), True), ((8, 12), False)):
        data = SegDataSample(metainfo=dict(ori_shape=shape, img_shape=(4, 6)))
        (result,) = model.postprocess_result(logits, [data])
        assert result.pred_sem_seg.data.shape[-2:] == shape
        assert torch.equal(result.seg_logits.data, logits[0]) == same


LEAF = REPOSITORY / 'configs' / 'wavemix_128_8_l1_cityscapes-256x512.py'


@pytest.fixture
def leaf(scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Config]:
    """A config of Table 6 with a tiny model, on scenes of 64x128 that it sees at 32x64."""
    monkeypatch.setenv('CITYSCAPES_DATASET', str(scenes))

    def load(name: str = 'run', **options) -> Config:
        options |= {
            'model.backbone.embed_dims': 8,
            'model.backbone.depth': 1,
            'model.decode_head.in_channels': 8,
            'test_dataloader.num_workers': 0,
            'test_dataloader.persistent_workers': False,
            'test_dataloader.dataset.pipeline.1.scale': (64, 32),
            'network_size': (32, 64),
            'work_dir': str(tmp_path / name),
        }
        for i, scale in enumerate(((48, 24), (64, 32), (80, 40))):
            options[f'tta_pipeline.1.transforms.0.{i}.scale'] = scale
        cfg = load_config(LEAF, options)
        cfg.launcher = 'none'
        return cfg

    return load


@pytest.fixture
def tested(leaf, tmp_path: Path) -> Callable[..., tuple[dict, np.ndarray]]:
    """Tests one tiny model with varying options: the scores, and the label ids of all pictures."""
    torch.manual_seed(0)
    model = MODELS.build(leaf().model)
    with torch.no_grad():
        model.decode_head.conv_seg.weight.mul_(100)
    checkpoint = tmp_path / 'model.pth'
    torch.save(dict(state_dict=model.state_dict(), meta={}), checkpoint)

    def call(name: str, **options) -> tuple[dict, np.ndarray]:
        out, scores = tmp_path / f'{name}_out', tmp_path / f'{name}.json'
        testing.test(leaf(name), LEAF, checkpoint, out=out, json_file=scores, **options)
        maps = np.stack([read(path) for path in sorted(out.glob('*.png'))])
        return json.loads(scores.read_text()), maps

    return call


def test_both_ways_of_scoring(tested, leaf, scenes: Path) -> None:
    full_scores, full = tested('full')
    small_scores, small = tested('small', at_network_size=True)
    assert full.shape == (4, 64, 128) and small.shape == (4, 32, 64)
    assert len(np.unique(small)) > 3
    assert small_scores.pop('size') == [32, 64]
    assert full_scores.keys() == small_scores.keys()
    assert full_scores['mIoU'] != small_scores['mIoU']

    # mmseg's own metric, on labels that mmseg's own Resize makes, gives the same class IoU
    metric = IoUMetric()
    metric.dataset_meta = dict(classes=range(19))
    resize = TRANSFORMS.build(leaf().test_dataloader.dataset.pipeline[1])
    truths = sorted((scenes / 'gtFine' / 'val').rglob('*_labelTrainIds.png'))
    for truth, ids in zip(truths, small, strict=True):
        labels = resize(dict(img=None, gt_seg_map=read(truth), seg_fields=['gt_seg_map']))
        truth_and_prediction = SegDataSample(
            gt_sem_seg=PixelData(data=torch.from_numpy(labels['gt_seg_map'])[None]),
            pred_sem_seg=PixelData(data=torch.from_numpy(TRAIN_IDS[ids])[None]),
        )
        metric.process(None, [truth_and_prediction.to_dict()])
    intersection, union, *_ = (sum(areas) for areas in zip(*metric.results))
    iou = (intersection / union).nanmean().item()  # unrounded, what the metric itself is not
    assert small_scores['mIoU'] == pytest.approx(100 * iou, rel=1e-5)


def test_augmented(tested) -> None:
    """Flips and scales average into the network's size, too."""
    _, plain = tested('plain', at_network_size=True)
    _, small = tested('tta', at_network_size=True, tta=True)
    _, full = tested('full_tta', tta=True)
    assert small.shape == (4, 32, 64) and full.shape == (4, 64, 128)
    assert 0 < (small != plain).mean() < 0.5


def test_configs_that_do_not_allow_it(leaf, tmp_path: Path) -> None:
    for change, options, message in (
        (dict(network_size=None), {}, 'has no network_size = .height, width.'),
        (dict(network_size=(64, 32)), {}, 'resizes pictures to .32, 64.: make them alike'),
        (dict(network_size=32), {}, 'make them alike'),
        ({}, dict(show_dir=tmp_path / 'show'), '--show-dir .*: leave out --at-network-size'),
        (dict(test_evaluator=dict(type='IoUMetric')), {}, '--at-network-size needs test_evaluator'),
    ):
        cfg = Config({**leaf().to_dict(), **change})
        with pytest.raises(InputError, match=message):
            testing.test(cfg, LEAF, Path('none.pth'), at_network_size=True, **options)


def test_validation_by_config_alone(leaf) -> None:
    """Training's own validations can score at the network's size, too."""
    cfg = leaf()
    *steps, pack = cfg.test_dataloader.dataset.pipeline
    size = dict(type='PredictionSize', size=cfg.network_size)
    cfg.test_dataloader.dataset.pipeline = [*steps, size, pack]
    cfg.val_dataloader = cfg.test_dataloader
    cfg.val_evaluator.network_size = cfg.network_size
    cfg.default_hooks.checkpoint = None  # which expects a training
    adapt_to_cpu(cfg)
    runner = Runner.from_cfg(cfg)
    assert 0 <= runner.val()['mIoU'] <= 100
    assert runner.val_evaluator.metrics[0].scores['size'] == [32, 64]


@pytest.mark.parametrize('size', [(256, 512), (512, 1024)])
def test_bases(size: tuple[int, int]) -> None:
    """Images and labels for training, images alone for the test, augmented scales from there."""
    height, width = size
    path = REPOSITORY / f'configs/_base_/datasets/cityscapes_{height}x{width}.py'
    cfg = Config.fromfile(path)
    assert cfg.network_size == size and cfg.train_dataloader.batch_size == 10
    for loader in (cfg.val_dataloader, cfg.test_dataloader):
        assert loader.dataset.pipeline == cfg.test_pipeline and loader.batch_size == 1
    image = np.zeros((1024, 2048, 3), np.uint8)
    labels = np.arange(2048, dtype=np.uint16).repeat(1024).reshape(2048, 1024).T.copy()
    data = dict(img=image, img_shape=(1024, 2048), gt_seg_map=labels, gt_fields=[], seg_fields=[])
    resized = Compose(cfg.train_pipeline[2:3])({**data, 'seg_fields': ['gt_seg_map']})
    assert resized['img'].shape == (*size, 3)
    assert np.array_equal(resized['gt_seg_map'][0], np.arange(0, 2048, 2048 // width))
    names = [step.type for step in cfg.test_pipeline]
    assert names == ['LoadImageFromFile', 'Resize', 'LoadAnnotations', 'PackSegInputs']
    scales = [step.scale for step in cfg.tta_pipeline[-1].transforms[0]]
    assert scales == [(width * k // 4, height * k // 4) for k in (3, 4, 5)]
