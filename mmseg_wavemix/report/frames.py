"""The pictures that a run is judged by, their ground truth, and what the run predicts there."""

import copy
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn

from ..config import building
from ..datasets.checks import check_dataset
from ..engine.testing import test
from ..errors import InputError
from ..evaluation import check_folder, check_ground_truth
from ..evaluation.folder import find_ground_truths, match_predictions
from ..evaluation.label_ids import label_ids_path
from .run import Run


@dataclass(frozen=True)
class Frame:
    """One picture of the test split.

    Attributes:
        name: file name of the ground truth, which no other picture of the split has.
        picture: the file that the model saw.
        truth: its ``*_labelIds.png``.
        prediction: a PNG of label ids.
    """

    name: str
    picture: str
    truth: str
    prediction: str


def model_on_meta(run: Run) -> nn.Module:
    """The run's model without memory for its weights.

    Raises:
        InputError: its config cannot be built.
    """
    init_default_scope(run.cfg.get('default_scope', 'mmseg'))
    with building(run.config), torch.device('meta'):
        return MODELS.build(run.cfg.model).eval()


def check_truths(run: Run) -> dict[str, str]:
    """The picture of each ground truth of the config's test data set, after checking them all.

    Raises:
        InputError: the data are not there, or damaged, or cannot be scored officially.
    """
    num_classes = model_on_meta(run).num_classes
    loader = run.cfg.test_dataloader
    with building(run.config):
        samples = check_dataset(loader.dataset, num_classes, run.cfg.get('data_hint', ''))
    check_ground_truth(sample['seg_map_path'] for sample in samples)
    return {label_ids_path(sample['seg_map_path']): sample['img_path'] for sample in samples}


def check_predictions(run: Run) -> None:
    """Refuses a run without predictions that has nothing to make them with.

    Raises:
        InputError: that, with what to type.
    """
    if run.predictions is None and run.checkpoint is None:
        raise InputError(
            f'{run.folder} holds neither predictions nor a whole checkpoint to make them: run '
            f'tools/test.py {run.config} CHECKPOINT --out {run.folder / "predictions"}, or name '
            'them by --predictions'
        )


def predict(run: Run, folder: Path) -> Path:
    """Predicts the test split with the run's checkpoint, as ``tools/test.py`` does.

    Args:
        run: with a checkpoint.
        folder: empty; logs and predictions go there.

    Returns:
        The folder of predictions.
    """
    cfg = copy.deepcopy(run.cfg)
    cfg.work_dir, cfg.launcher = str(folder / 'work_dir'), 'none'
    if cfg.get('visualizer'):
        cfg.visualizer.vis_backends = [dict(type='LocalVisBackend')]  # nothing to a server
        cfg.visualizer.name = str(folder)  # mmengine would give a second run the first one's
    test(cfg, run.config, run.checkpoint, out=folder / 'predictions')
    return folder / 'predictions'


def match(predictions: Path, truths: dict[str, str]) -> list[Frame]:
    """Finds the prediction of each ground truth, by the official rule for names.

    Raises:
        InputError: some have none, or several, or predictions are no label ids.
    """
    root = os.path.commonpath([os.path.dirname(truth) for truth in truths])
    if sorted(find_ground_truths(root)) == sorted(truths):
        pairs = check_folder(predictions, root)
    else:  # a part of a split
        pairs, faults = match_predictions(predictions, sorted(truths))
        if faults:
            raise InputError('\n'.join(faults))
    return [
        Frame(os.path.basename(truth), truths[truth], truth, prediction)
        for prediction, truth in pairs
    ]
