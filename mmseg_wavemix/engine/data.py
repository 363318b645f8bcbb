"""The data of a config, checked before anything is done with it."""

from mmengine.config import Config

from ..datasets.checks import check_dataset
from ..evaluation import check_ground_truth


def check_data(cfg: Config, split: str, num_classes: int) -> None:
    """Checks the images and labels of a split, and that they can be scored officially.

    Args:
        cfg: a config; its ``data_hint`` tells how to get the data when it is not there.
        split: ``'train'``, ``'val'`` or ``'test'``.
        num_classes: how many classes the model tells apart.

    Raises:
        InputError: see :func:`check_dataset`; or label or instance ids of the official scripts are
            missing.
    """
    dataset = cfg[f'{split}_dataloader'].dataset
    samples = check_dataset(dataset, num_classes, cfg.get('data_hint', ''))
    evaluator = cfg.get(f'{split}_evaluator') or {}
    if isinstance(evaluator, dict) and evaluator.get('type') == 'CityscapesOfficialMetric':
        check_ground_truth(sample['seg_map_path'] for sample in samples)
