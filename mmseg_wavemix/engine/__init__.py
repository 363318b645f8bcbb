from .bfloat16 import BFloat16OptimWrapper
from .memory import ProcessMemoryHook
from .own_best import OwnBestHook

__all__ = ['BFloat16OptimWrapper', 'OwnBestHook', 'ProcessMemoryHook']
