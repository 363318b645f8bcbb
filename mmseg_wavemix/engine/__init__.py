from .bfloat16 import BFloat16OptimWrapper
from .memory import ProcessMemoryHook

__all__ = ['BFloat16OptimWrapper', 'ProcessMemoryHook']
