"""Memory in the progress line where there is no GPU."""

import resource

from mmengine.device import is_cuda_available
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner


@HOOKS.register_module()
class ProcessMemoryHook(Hook):
    """Logs the peak resident memory of the process as ``memory_mb``.

    mmengine logs memory of CUDA devices by itself; there this hook stays silent.
    """

    priority = 'HIGH'  # before the logger reads what is to be logged

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Records the peak so far, in MB."""
        if not is_cuda_available():
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # KiB on Linux
            runner.message_hub.update_scalar('train/memory_mb', peak)
