"""Several processes: who speaks, and how they talk without GPUs."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.config import Config
from mmengine.device import is_cuda_available

RELEASE_SECONDS = 0.5


def is_first_process(launcher: str) -> bool:
    """Whether this process is rank 0, before any process group exists.

    Args:
        launcher: mmengine's launcher, ``'none'``, ``'pytorch'``, ``'slurm'`` or ``'mpi'``.
    """
    variable = {'pytorch': 'RANK', 'slurm': 'SLURM_PROCID', 'mpi': 'OMPI_COMM_WORLD_RANK'}
    return int(os.environ.get(variable.get(launcher, ''), 0)) == 0


@contextmanager
def gloo_without_cuda(cfg: Config) -> Iterator[None]:
    """A process group for ``torchrun`` on a machine without CUDA, and a config that fits it.

    mmengine's own ``pytorch`` launcher asks for a CUDA device first, but uses a group that exists.
    With CUDA, or without that launcher, nothing is done.
    """
    if cfg.get('launcher') != 'pytorch' or is_cuda_available():
        yield
        return
    torch.distributed.init_process_group('gloo')
    cfg.env_cfg.dist_cfg = dict(backend='gloo')
    cfg.model_wrapper_cfg = dict(
        type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False
    )
    try:
        yield
    except BaseException:  # a rank that ends early, too, see below
        time.sleep(RELEASE_SECONDS)
        raise
    torch.distributed.barrier()  # a rank that leaves early takes the others' connections with it
    # A group that DDP has used outlives its destruction, threads and all (torch 2.13). If one of
    # them lets go of its last tensor while Python is ending, it asks for the interpreter and aborts
    # the process: "terminate called without an active exception", of
    # https://github.com/pytorch/pytorch/issues/190489. There is nothing to wait for but time.
    time.sleep(RELEASE_SECONDS)
    torch.distributed.destroy_process_group()
