"""WaveMix on MMSegmentation; importing the package registers everything it adds."""

import warnings

# mmcv says so on every start; nothing here uses the compiled operators it misses
warnings.filterwarnings('ignore', message='Fail to import ``MultiScaleDeformableAttention``')

from . import engine, evaluation, models  # noqa: F401
from .version import __version__

__all__ = ['__version__']
