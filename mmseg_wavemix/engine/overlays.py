"""The same few validation pictures as overlays, after each validation."""

from pathlib import Path

import cv2
import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import BaseLoop, EpochBasedTrainLoop, Runner
from mmengine.visualization import LocalVisBackend
from mmengine.visualization.vis_backend import BaseVisBackend
from mmseg.structures import SegDataSample

from ..datasets.pictures import read_picture
from ..errors import InputError
from ..visualization import legend, overlay
from ..visualization.figure import shown
from ..visualization.samples import VOID, spread_out

LARGEST = 480  # pixels of a picture's longer side: hundreds of validations fit on a disk
GAP = 8  # pixels of white between prediction and truth


@HOOKS.register_module()
class OverlayHook(Hook):
    """Keeps what the model makes of some validation pictures, for TensorBoard and the like.

    Prediction at the left, ground truth at the right, its void black, all classes below; one image
    a picture and validation, named ``val/FILE.png``. mmseg's ``SegVisualizationHook`` draws every
    Nth picture instead, which are others each time.

    mmengine's local backend gets none of them: it would keep each a second time.

    Args:
        count: pictures, evenly spaced over the validation data (of the first rank).
        opacity: of the colours.
    """

    def __init__(self, count: int = 4, opacity: float = 0.6) -> None:
        self.count, self.opacity = count, opacity

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: list[SegDataSample] | None = None,
    ) -> None:
        """Draws the first picture of the batch, if it is one of those."""
        backends = _backends(runner)
        training = isinstance(runner._train_loop, BaseLoop)  # else still its config, or None
        if not training or not backends or not is_main_process():
            return
        if batch_idx not in spread_out(len(runner.val_dataloader), self.count):
            return
        sample = outputs[0]
        meta = runner.visualizer.dataset_meta
        try:
            drawn = draw(sample, meta['classes'], meta['palette'], self.opacity)
        except InputError as error:  # such as five bands: no reason to end a run
            runner.logger.warning(f'no overlays of validation pictures: {error}')
            self.count = 0
            return
        by_epoch = isinstance(runner.train_loop, EpochBasedTrainLoop)
        step = runner.epoch if by_epoch else runner.iter  # those of the scores
        for backend in backends:
            backend.add_image(f'val/{Path(sample.img_path).stem}.png', drawn, step)


def draw(
    sample: SegDataSample, classes: list[str], palette: list[list[int]], opacity: float
) -> np.ndarray:
    """Prediction and truth side by side on their picture.

    Args:
        sample: with ``img_path``, ``pred_sem_seg`` and ``gt_sem_seg``; each may have a size of its
            own.
        classes: a name for each class.
        palette: an RGB colour, 0..255, for each class.
        opacity: of the colours.

    Returns:
        ``(H, W, 3)`` uint8, RGB.
    """
    image = shown(read_picture(Path(sample.img_path))[..., ::-1], LARGEST)
    predicted, truth = (
        cv2.resize(
            field.data[0].cpu().numpy().astype(np.uint8),
            image.shape[1::-1],
            interpolation=cv2.INTER_NEAREST,
        )
        for field in (sample.pred_sem_seg, sample.gt_sem_seg)
    )
    void = truth == VOID
    right = overlay(image, np.where(void, 0, truth), palette, opacity)
    right[void] = 0
    gap = np.full((image.shape[0], GAP, 3), 255, np.uint8)
    both = np.concatenate((overlay(image, predicted, palette, opacity), gap, right), axis=1)
    return legend(both, predicted, classes, palette, still=True)


def _backends(runner: Runner) -> list[BaseVisBackend]:
    return [
        backend
        for backend in runner.visualizer._vis_backends.values()
        if not isinstance(backend, LocalVisBackend)
    ]
