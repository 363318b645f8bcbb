"""What a GPU recipe needs changed to run on a machine without one."""

from mmengine.config import Config
from mmengine.device import is_cuda_available
from mmengine.logging import print_log


def adapt_to_cpu(cfg: Config) -> None:
    """Changes a config in place where it asks for CUDA and there is none.

    float16 with loss scaling becomes bfloat16, and SyncBN becomes BN. With CUDA nothing is changed.
    """
    if is_cuda_available():
        return
    wrapper = cfg.get('optim_wrapper', {})
    if wrapper.get('type') == 'AmpOptimWrapper':
        wrapper.pop('loss_scale', None)
        wrapper.pop('dtype', None)
        wrapper.type = 'BFloat16OptimWrapper'
        print_log('no CUDA device: mixed precision is bfloat16 on the CPU', logger='current')
    norm_cfg = cfg.model.get('backbone', {}).get('norm_cfg', {})
    if norm_cfg.get('type') == 'SyncBN':
        norm_cfg.type = 'BN'
        print_log('no CUDA device: SyncBN becomes BN, statistics are per process', logger='current')
