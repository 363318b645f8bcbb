"""Handwritten digits that come with scikit-learn: real data without a download."""

import numpy as np
from mmpretrain.registry import DATASETS

from .arrays import ArrayDataset


@DATASETS.register_module()
class Digits(ArrayDataset):
    """1,797 grey digits of 8x8 pixels, ``sklearn.datasets.load_digits``.

    The set has no official split. Here, by a picture's number in scikit-learn's order: every fifth
    (0, 5, 10, ...) is ``test``, 360 pictures; the other 1,437 are ``train``. To choose a recipe
    without looking at the test pictures, ``train`` comes apart into ``val`` (1, 6, 11, ..., 360
    pictures) and ``fit`` (the remaining 1,077).

    Grey values are stretched from 0..16 to 0..255.
    """

    splits = ('train', 'test', 'fit', 'val')
    METAINFO = {'classes': tuple('0123456789')}

    def load_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """See the base class: ``(N, 8, 8)``."""
        from sklearn.datasets import load_digits

        digits = load_digits()
        fifths = np.arange(len(digits.target)) % 5
        rows = {'test': fifths == 0, 'train': fifths > 0, 'val': fifths == 1, 'fit': fifths > 1}
        images = np.rint(digits.images * (255 / 16)).astype(np.uint8)
        return images[rows[self.split]], digits.target[rows[self.split]]
