"""200 classes of ImageNet at 64x64."""

from pathlib import Path

from mmpretrain.datasets import BaseDataset
from mmpretrain.registry import DATASETS
from torchvision.datasets.utils import download_and_extract_archive

from .fetching import load_or_fetch

URL = 'http://cs231n.stanford.edu/tiny-imagenet-200.zip'


@DATASETS.register_module()
class TinyImageNet(BaseDataset):
    """Tiny ImageNet as its archive unpacks: classes are the sorted WordNet ids.

    Args:
        data_root: the folder ``tiny-imagenet-200``.
        split: ``'train'`` (100,000 pictures) or ``'val'`` (10,000); labels of ``test`` were never
            published.
        download: fetch what is missing, 250 MB.
        **kwargs: the arguments of mmpretrain's ``BaseDataset``.

    Raises:
        ValueError: no such split.
    """

    def __init__(
        self, data_root: str, split: str = 'train', download: bool = False, **kwargs
    ) -> None:
        if split not in ('train', 'val'):
            raise ValueError(f'split is {split!r}: train or val')
        self.split = split
        self.download = download
        super().__init__(ann_file='', data_root=data_root, **kwargs)

    def load_data_list(self) -> list[dict]:
        """One entry a picture: path and label."""
        return load_or_fetch(
            self._load,
            self.data_root,
            f'Tiny ImageNet {self.split}',
            'TINY_IMAGENET_DATASET',
            self.download,
        )

    def _load(self, download: bool) -> list[dict]:
        root = Path(self.data_root)
        if download and not (root / 'wnids.txt').is_file():
            download_and_extract_archive(URL, root.parent)
        classes = sorted((root / 'wnids.txt').read_text().split())
        self._metainfo['classes'] = tuple(classes)
        labels = {name: label for label, name in enumerate(classes)}
        folder = root / self.split
        if self.split == 'train':
            pairs = [
                (path, name) for name in classes
                for path in sorted((folder / name / 'images').iterdir())
            ]  # fmt: skip
        else:
            lines = (folder / 'val_annotations.txt').read_text().splitlines()
            pairs = [(folder / 'images' / line.split()[0], line.split()[1]) for line in lines]
        return [dict(img_path=str(path), gt_label=labels[name]) for path, name in pairs]
