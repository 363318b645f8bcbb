"""Data sets whose pictures lie in one array."""

from collections.abc import Sequence

import numpy as np
from mmpretrain.datasets import BaseDataset


class ArrayDataset(BaseDataset):
    """A data set that keeps its pictures in one array, instead of one pickle a picture.

    A subclass gives the array by :meth:`load_arrays`. A sample holds ``img``, ``(H, W)`` or
    ``(H, W, 3)`` as the array has it, and ``gt_label``.

    Args:
        data_root: folder of the data.
        split: part of it, one of :attr:`splits`.
        download: fetch what is missing.
        **kwargs: the arguments of mmpretrain's ``BaseDataset``.

    Raises:
        ValueError: no such split.
    """

    splits: Sequence[str] = ('train', 'test')

    def __init__(
        self, data_root: str = '', split: str = 'train', download: bool = False, **kwargs
    ) -> None:
        if split not in self.splits:
            raise ValueError(f'split is {split!r}: one of {", ".join(self.splits)}')
        self.split = split
        self.download = download
        self.images: np.ndarray | None = None
        super().__init__(ann_file='', data_root=data_root, **kwargs)

    def load_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Pictures ``(N, H, W)`` or ``(N, H, W, 3)``, uint8, and labels ``(N,)`` from 0 on."""
        raise NotImplementedError

    def load_data_list(self) -> list[dict]:
        """One entry a picture: its row in the array, and its label."""
        self.images, labels = self.load_arrays()
        return [dict(row=row, gt_label=int(label)) for row, label in enumerate(labels)]

    def get_data_info(self, idx: int) -> dict:
        """The entry, with the picture."""
        info = super().get_data_info(idx)
        info['img'] = self.images[info['row']]
        return info
