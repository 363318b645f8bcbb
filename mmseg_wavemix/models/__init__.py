from .backbone import WaveMix
from .block import WaveMixBlock
from .convmixer import ConvMixer
from .dwt import haar_dwt, haar_idwt
from .head import WaveMixHead
from .loss import SoftmaxFocalLoss
from .registry import TOKEN_MIXERS, UPSAMPLERS
from .segmentor import LeanEncoderDecoder
from .stem import PatchifyStem, StridedStem

__all__ = [
    'TOKEN_MIXERS',
    'UPSAMPLERS',
    'ConvMixer',
    'LeanEncoderDecoder',
    'PatchifyStem',
    'SoftmaxFocalLoss',
    'StridedStem',
    'WaveMix',
    'WaveMixBlock',
    'WaveMixHead',
    'haar_dwt',
    'haar_idwt',
]
