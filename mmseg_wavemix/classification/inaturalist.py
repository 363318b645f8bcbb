"""10,000 species."""

from pathlib import Path

from mmpretrain.datasets import BaseDataset
from mmpretrain.registry import DATASETS
from torchvision import datasets

from .fetching import load_or_fetch


@DATASETS.register_module()
class INaturalist(BaseDataset):
    """iNaturalist 2021, in torchvision's layout.

    Args:
        data_root: folder of ``2021_train_mini`` and ``2021_valid``.
        version: ``'2021_train_mini'`` (50 pictures a species) or ``'2021_valid'``.
        download: fetch what is missing: 42 GB to train, 8 GB to validate.
        **kwargs: the arguments of mmpretrain's ``BaseDataset``.
    """

    def __init__(
        self, data_root: str, version: str = '2021_train_mini', download: bool = False, **kwargs
    ) -> None:
        self.version = version
        self.download = download
        super().__init__(ann_file='', data_root=data_root, **kwargs)

    def load_data_list(self) -> list[dict]:
        """One entry a picture: path and label."""
        data = load_or_fetch(
            self._load,
            self.data_root,
            f'iNaturalist {self.version}',
            'INATURALIST_DATASET',
            self.download,
        )
        self._metainfo['classes'] = tuple(data.all_categories)
        folders = [Path(data.root, category) for category in data.all_categories]
        return [
            dict(img_path=str(folders[label] / name), gt_label=label)
            for label, name in sorted(data.index)
        ]

    def _load(self, download: bool) -> datasets.INaturalist:
        if not download and not Path(self.data_root, self.version).is_dir():
            # torchvision would make the folder before it misses the pictures
            raise FileNotFoundError(f'no folder {self.version}')
        return datasets.INaturalist(self.data_root, self.version, download=download)
