"""What splits features into bands: the wavelet transform, and what may stand in its place."""

from .base import Pyramid, TokenMixer
from .fourier import Fourier
from .haar import HaarPyramid, SingleHaar
from .lifting import LiftingPyramid
from .max_pooling import MaxPooling
from .no_transform import NoTransform
from .random_filters import RandomFilters
from .wavelet import WaveletPyramid

__all__ = [
    'Fourier',
    'HaarPyramid',
    'LiftingPyramid',
    'MaxPooling',
    'NoTransform',
    'Pyramid',
    'RandomFilters',
    'SingleHaar',
    'TokenMixer',
    'WaveletPyramid',
]
