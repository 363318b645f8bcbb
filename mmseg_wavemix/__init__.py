"""WaveMix on MMSegmentation; importing the package registers everything it adds."""

import contextlib
import io
import warnings

from .torchvision_ops import declare_torchvision_operators

# where mmpretrain is installed, mmseg imports it, and with it torchvision
declare_torchvision_operators()

# mmcv says so on every start; nothing here uses the compiled operators it misses
warnings.filterwarnings('ignore', message='Fail to import ``MultiScaleDeformableAttention``')

# mmseg prints a debug message about an optional package of its maintainers while it is imported
with contextlib.redirect_stdout(io.StringIO()):
    import mmseg.datasets  # noqa: F401
from . import engine, evaluation, models  # noqa: F401
from .checkpoints import allow_training_state
from .version import __version__

allow_training_state()  # MMSegmentation's own tools read checkpoints too

__all__ = ['__version__']
