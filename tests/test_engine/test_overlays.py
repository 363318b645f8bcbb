"""Pictures over time, read back from what TensorBoard gets."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mmseg_wavemix.engine import overlays
from mmseg_wavemix.engine.overlays import GAP, draw
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.visualization import overlay
from tests.test_engine.watched import run

CLASSES, PALETTE = ('road', 'car', 'sky'), [[128, 64, 128], [0, 0, 142], [70, 130, 180]]


def test_pictures_are_the_same_and_their_predictions_new(config: Path, tmp_path: Path) -> None:
    options = {'custom_hooks.2.count': 3, 'optim_wrapper.optimizer.lr': 1.0}  # it changes much
    runner = run(config, tmp_path / 'run', options)
    (file,) = (tmp_path / 'run').rglob('events.out.tfevents.*')
    events = EventAccumulator(str(file), size_guidance=dict(images=0)).Reload()
    tags = events.Tags()
    assert {'loss', 'lr', 'mIoU', 'images_per_s'} <= set(tags['scalars'])
    dataset = runner.val_dataloader.dataset
    stems = [Path(dataset.get_data_info(index)['img_path']).stem for index in range(4)]
    assert tags['images'] == [f'val/{stems[index]}.png' for index in (0, 2, 3)]
    meta = dataset.metainfo
    for index, tag in zip((0, 2, 3), tags['images']):
        images = events.Images(tag)
        assert [image.step for image in images] == [1, 2]
        first, last = (
            np.asarray(Image.open(io.BytesIO(image.encoded_image_string))) for image in images
        )
        assert first.shape == last.shape and not np.array_equal(first, last)
        with torch.no_grad():
            (sample,) = runner.model.eval().test_step(pseudo_collate([dataset[index]]))
        assert np.array_equal(last, draw(sample, meta['classes'], meta['palette'], 0.6))
    # the local backend would keep them a second time
    assert not list((tmp_path / 'run').rglob('vis_image'))


@pytest.mark.parametrize(('side', 'scale'), [(48, 1), (960, 2)])
def test_prediction_at_the_left_truth_at_the_right(tmp_path: Path, side: int, scale: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (side // 2, side, 3), np.uint8)
    Image.fromarray(image).save(tmp_path / 'a.png')
    truth, predicted = (torch.zeros(1, side // 2, side, dtype=torch.long) for _ in range(2))
    truth[:, :10], truth[:, 10:20] = 2, 255
    predicted[:, :, :16] = 1
    if scale > 1:  # scored at the network's size
        predicted = predicted[:, ::scale, ::scale]
    sample = SegDataSample(metainfo=dict(img_path=str(tmp_path / 'a.png')))
    sample.pred_sem_seg, sample.gt_sem_seg = PixelData(data=predicted), PixelData(data=truth)
    drawn = draw(sample, CLASSES, PALETTE, 0.5)

    height, width = side // 2 // scale, side // scale
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    left = overlay(small, predicted[0, -height:].numpy(), PALETTE, 0.5)
    right = overlay(small, np.where(truth == 255, 0, truth)[0, ::scale, ::scale], PALETTE, 0.5)
    right[10 // scale : 20 // scale] = 0
    assert np.array_equal(drawn[:height, :width], left)
    assert (drawn[:height, width : width + GAP] == 255).all()
    assert np.array_equal(drawn[:height, width + GAP : 2 * width + GAP], right)
    below = drawn[height:].reshape(-1, 3)
    for color in PALETTE:  # all classes, whether they occur or not
        assert (below == color).all(axis=1).any()


def test_pictures_that_cannot_be_drawn_end_no_run(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> None:
        raise InputError(f'{path.name} has five bands')

    monkeypatch.setattr(overlays, 'read_picture', fail)
    run(config, tmp_path / 'run')
    (log,) = (tmp_path / 'run').rglob('*.log')
    assert log.read_text().count('no overlays of validation pictures: ') == 1
    assert (tmp_path / 'run' / 'epoch_2.pth').is_file()
