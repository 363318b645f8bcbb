"""The shapes of galaxies."""

import os
from pathlib import Path

import numpy as np
from mmpretrain.registry import DATASETS
from torchvision.datasets.utils import download_url

from .arrays import ArrayDataset
from .fetching import load_or_fetch

FILE = 'Galaxy10_DECals.h5'
URL = f'https://zenodo.org/records/10845026/files/{FILE}'


class PicturesInFile:
    """Rows of an HDF5 array, read when they are asked for: the whole is 3.5 GB.

    A data-loader worker opens the file itself; a handle does not survive a fork.
    """

    def __init__(self, path: Path, rows: np.ndarray) -> None:
        self.path = path
        self.rows = rows
        self._opened: tuple | None = None

    def __getitem__(self, index: int) -> np.ndarray:
        """``(256, 256, 3)``, RGB, uint8."""
        import h5py

        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = os.getpid(), h5py.File(self.path)
        return self._opened[1]['images'][int(self.rows[index])]

    def __getstate__(self) -> dict:
        return {**self.__dict__, '_opened': None}


@DATASETS.register_module()
class Galaxy10DECaLS(ArrayDataset):
    """Galaxy10 DECaLS: 17,736 RGB pictures of 256x256 in ten unequal classes.

    The set has no official split and the paper names none. Here every tenth picture of each class,
    in an order shuffled by a fixed seed, is ``test``: 10 % of each class, rounded up.
    """

    METAINFO = {
        'classes': (
            'disturbed',
            'merging',
            'round smooth',
            'in-between round smooth',
            'cigar-shaped smooth',
            'barred spiral',
            'unbarred tight spiral',
            'unbarred loose spiral',
            'edge-on without bulge',
            'edge-on with bulge',
        )
    }

    def load_arrays(self) -> tuple[PicturesInFile, np.ndarray]:
        """See the base class."""
        labels = load_or_fetch(
            self._labels, self.data_root, 'Galaxy10 DECaLS', 'GALAXY10_DATASET', self.download
        )
        order = np.random.RandomState(0).permutation(len(labels))
        test = np.zeros(len(labels), dtype=bool)
        for label in np.unique(labels):
            test[order[labels[order] == label][::10]] = True
        rows = np.flatnonzero(test if self.split == 'test' else ~test)
        return PicturesInFile(Path(self.data_root, FILE), rows), labels[rows]

    def _labels(self, download: bool) -> np.ndarray:
        import h5py

        path = Path(self.data_root, FILE)
        if download and not path.is_file():
            download_url(URL, self.data_root, FILE)
        try:
            with h5py.File(path) as file:
                return file['ans'][:]
        except (OSError, KeyError) as error:  # h5py's for a damaged file, too
            raise FileNotFoundError(f'{FILE}: {error}') from error
