from .backbone import WaveMix
from .block import WaveMixBlock
from .dwt import haar_dwt, haar_pyramid
from .head import WaveMixHead
from .loss import SoftmaxFocalLoss
from .stem import StridedStem

__all__ = [
    'SoftmaxFocalLoss',
    'StridedStem',
    'WaveMix',
    'WaveMixBlock',
    'WaveMixHead',
    'haar_dwt',
    'haar_pyramid',
]
