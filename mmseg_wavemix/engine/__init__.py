from .bfloat16 import BFloat16OptimWrapper
from .epoch_seed import EpochSeedHook, seed_worker
from .memory import ProcessMemoryHook
from .own_best import OwnBestHook
from .switch_optimizer import SwitchOptimizerHook

__all__ = [
    'BFloat16OptimWrapper',
    'EpochSeedHook',
    'OwnBestHook',
    'ProcessMemoryHook',
    'SwitchOptimizerHook',
    'seed_worker',
]
