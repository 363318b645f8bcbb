"""The data of a config, checked before anything is done with it."""

from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope

from ..config import building
from ..datasets.checks import check_dataset
from ..errors import InputError
from ..evaluation import check_ground_truth


def check_data(cfg: Config, path: Path, split: str, num_classes: int) -> None:
    """Checks the images and labels of a split, and that they can be scored officially.

    Args:
        cfg: a config; its ``data_hint`` tells how to get the data when it is not there.
        path: where the config came from, for messages.
        split: ``'train'``, ``'val'`` or ``'test'``.
        num_classes: how many classes the model tells apart.

    Raises:
        InputError: see :func:`check_dataset`; label or instance ids of the official scripts are
            missing or damaged; or there is less than one batch.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    loader = cfg[f'{split}_dataloader']
    with building(path):
        samples = check_dataset(loader.dataset, num_classes, cfg.get('data_hint', ''))
    if not isinstance(loader.get('batch_size', 1), int) or loader.get('batch_size', 1) < 1:
        raise InputError(f'{split}_dataloader.batch_size is {loader.batch_size!r}: 1 or more')
    repeats = 'dataset' in loader.dataset  # a wrapper such as RepeatDataset
    if loader.get('drop_last') and not repeats and len(samples) < loader.get('batch_size', 1):
        raise InputError(
            f'{len(samples)} images in the {split} split do not fill a batch of '
            f'{loader.batch_size}: set {split}_dataloader.batch_size'
        )
    evaluators = cfg.get(f'{split}_evaluator') or []
    evaluators = [evaluators] if isinstance(evaluators, dict) else evaluators
    if not isinstance(evaluators, (list, tuple)) or not all(
        isinstance(evaluator, dict) for evaluator in evaluators
    ):
        raise InputError(f'{split}_evaluator is {evaluators!r}: dict(type=...), or a list of them')
    if any(evaluator.get('type') == 'CityscapesOfficialMetric' for evaluator in evaluators):
        check_ground_truth(sample['seg_map_path'] for sample in samples)
