"""What a GPU recipe needs changed to run on a machine without one."""

import re
from pathlib import Path

from mmengine.config import Config
from mmengine.device import is_cuda_available
from mmengine.logging import print_log


def adapt_to_cpu(cfg: Config) -> None:
    """Changes a config in place where it asks for CUDA and there is none.

    Mixed precision becomes bfloat16 where the CPU computes it, else float32; SyncBN becomes BN.
    With CUDA nothing is changed.
    """
    if is_cuda_available():
        return
    wrapper = cfg.get('optim_wrapper') or {}
    if wrapper.get('type') in ('AmpOptimWrapper', 'BFloat16OptimWrapper'):
        wrapper.pop('loss_scale', None)
        wrapper.pop('dtype', None)
        wrapper.type = 'BFloat16OptimWrapper' if computes_bfloat16() else 'OptimWrapper'
        dtype = 'bfloat16' if computes_bfloat16() else 'left out, this CPU only emulates bfloat16'
        print_log(f'no CUDA device: mixed precision is {dtype}', logger='current')
    if _replace_sync_bn(cfg.model):
        print_log('no CUDA device: SyncBN becomes BN, statistics are per process', logger='current')


def _replace_sync_bn(part: object) -> bool:
    """Whether there was any, in whatever depth of a model's config."""
    if isinstance(part, (list, tuple)):
        return any([_replace_sync_bn(item) for item in part])
    if not isinstance(part, dict):
        return False
    found = part.get('type') == 'SyncBN'
    if found:
        part['type'] = 'BN'
    return any([found, *(_replace_sync_bn(item) for item in part.values())])


def computes_bfloat16() -> bool:
    """Whether the CPU has instructions for bfloat16; emulated, it is far slower than float32."""
    return _has('avx512_bf16', 'amx_bf16', 'bf16')


def computes_float16() -> bool:
    """The same of float16, which few can."""
    return _has('avx512_fp16', 'amx_fp16', 'asimdhp')


def _has(*flags: str) -> bool:
    cpuinfo = Path('/proc/cpuinfo')
    text = cpuinfo.read_text() if cpuinfo.is_file() else ''
    return re.search(rf'\b({"|".join(flags)})\b', text) is not None
