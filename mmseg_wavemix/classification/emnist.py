"""Handwritten letters and digits: five ways to cut them into classes."""

import numpy as np
from mmpretrain.registry import DATASETS
from torchvision import datasets

from .arrays import ArrayDataset
from .fetching import load_or_fetch


@DATASETS.register_module()
class EMNIST(ArrayDataset):
    """EMNIST, `arXiv 1702.05373 <https://arxiv.org/abs/1702.05373>`_, read by torchvision.

    The files hold the pictures transposed; here they stand upright. Labels begin at 0 for every
    variant: the files count the 26 letters from 1.

    Args:
        variant: ``'byclass'`` (62 classes), ``'bymerge'`` (47), ``'balanced'`` (47), ``'letters'``
            (26) or ``'digits'`` (10).
        **kwargs: see :class:`ArrayDataset`.
    """

    def __init__(self, variant: str, **kwargs) -> None:
        self.variant = variant
        super().__init__(**kwargs)

    def load_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """See the base class: ``(N, 28, 28)``."""
        data = load_or_fetch(
            lambda download: datasets.EMNIST(
                self.data_root, self.variant, train=self.split == 'train', download=download
            ),
            self.data_root,
            f'EMNIST {self.variant}',
            'EMNIST_DATASET',
            self.download,
        )
        first = int(self.variant == 'letters')
        self._metainfo['classes'] = tuple(data.classes[first:])
        return data.data.numpy().transpose(0, 2, 1), data.targets.numpy() - first
