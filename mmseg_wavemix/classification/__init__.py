"""WaveMix in mmpretrain: image classification; importing the package registers what it adds.

For configs: ``custom_imports = dict(imports=['mmseg_wavemix.classification'])``. It needs
mmpretrain and torchvision, which nothing else here does: ``make classification`` installs them.
"""

import mmpretrain.datasets  # noqa: F401
import mmpretrain.models  # noqa: F401

from .arrays import ArrayDataset
from .digits import Digits
from .emnist import EMNIST
from .galaxy10 import Galaxy10DECaLS
from .inaturalist import INaturalist
from .places365 import Places365
from .svhn import SVHN
from .tiny_imagenet import TinyImageNet

__all__ = [
    'ArrayDataset',
    'Digits',
    'EMNIST',
    'Galaxy10DECaLS',
    'INaturalist',
    'Places365',
    'SVHN',
    'TinyImageNet',
]
