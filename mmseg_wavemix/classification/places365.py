"""365 kinds of places."""

from pathlib import Path

from mmpretrain.datasets import BaseDataset
from mmpretrain.registry import DATASETS
from torchvision import datasets

from ..errors import InputError
from .fetching import REMEDY, load_or_fetch


@DATASETS.register_module()
class Places365(BaseDataset):
    """Places365-Standard in its small version (256x256), in torchvision's layout.

    Args:
        data_root: folder of ``data_256_standard``, ``val_256`` and the lists.
        split: ``'train-standard'`` or ``'val'``.
        download: fetch what is missing: 24 GB to train, 0.5 GB to validate.
        **kwargs: the arguments of mmpretrain's ``BaseDataset``.
    """

    def __init__(
        self, data_root: str, split: str = 'train-standard', download: bool = False, **kwargs
    ) -> None:
        self.split = split
        self.download = download
        super().__init__(ann_file='', data_root=data_root, **kwargs)

    def load_data_list(self) -> list[dict]:
        """One entry a picture: path and label."""
        data = load_or_fetch(
            lambda download: datasets.Places365(
                self.data_root, self.split, small=True, download=download
            ),
            self.data_root,
            f'Places365 {self.split}',
            'PLACES365_DATASET',
            self.download,
        )
        if not Path(data.images_dir).is_dir():  # torchvision looks at the lists alone
            raise InputError(f'{data.images_dir} does not exist: {REMEDY} PLACES365_DATASET')
        self._metainfo['classes'] = tuple(sorted(data.class_to_idx, key=data.class_to_idx.get))
        return [dict(img_path=path, gt_label=label) for path, label in data.imgs]
