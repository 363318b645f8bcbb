"""What a GPU recipe needs changed to run on a machine without one."""

import os

import torch
from mmengine.config import Config
from mmengine.device import is_cuda_available
from mmengine.logging import print_log


def adapt_to_cpu(cfg: Config) -> None:
    """Changes a config in place where it asks for CUDA and there is none.

    float16 with loss scaling becomes bfloat16, SyncBN becomes BN, and several processes talk over
    gloo: mmengine's own ``pytorch`` launcher asks for a CUDA device, but uses a group that exists.
    With CUDA nothing is changed.
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
    if cfg.get('launcher', 'none') == 'pytorch' and 'RANK' in os.environ:
        cfg.env_cfg.dist_cfg = dict(backend='gloo')
        cfg.model_wrapper_cfg = dict(
            type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False
        )
        torch.distributed.init_process_group('gloo')
