"""House numbers."""

import numpy as np
from mmpretrain.registry import DATASETS
from torchvision import datasets

from .arrays import ArrayDataset
from .fetching import load_or_fetch


@DATASETS.register_module()
class SVHN(ArrayDataset):
    """Street View House Numbers, cropped digits, RGB, read by torchvision.

    ``extra`` are 531,131 easier pictures; the paper does not say that it uses them.
    """

    splits = ('train', 'test', 'extra')
    METAINFO = {'classes': tuple('0123456789')}

    def load_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """See the base class: ``(N, 32, 32, 3)``."""
        data = load_or_fetch(
            lambda download: datasets.SVHN(self.data_root, self.split, download=download),
            self.data_root,
            f'SVHN {self.split}',
            'SVHN_DATASET',
            self.download,
        )
        return data.data.transpose(0, 2, 3, 1), data.labels
