from .installation import Fault, check_gpu, check_installation, gpu_devices, installed

__all__ = ['Fault', 'check_gpu', 'check_installation', 'gpu_devices', 'installed']
