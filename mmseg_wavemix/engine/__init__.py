from .bfloat16 import BFloat16OptimWrapper
from .compiled_blocks import CompiledBlocksHook
from .epoch_seed import EpochSeedHook, seed_worker
from .finite_loss import FiniteLossHook
from .interruption import InterruptionHook
from .memory import ProcessMemoryHook
from .missed_validation import MissedValidationHook
from .overlays import OverlayHook
from .own_best import OwnBestHook
from .progress import ProgressHook
from .provenance import ProvenanceHook
from .sample_fault import SampleFaultHook
from .switch_optimizer import SwitchOptimizerHook
from .trackers import MLflowBackend, WandbBackend
from .whole_checkpoint import WholeCheckpointHook

__all__ = [
    'BFloat16OptimWrapper',
    'CompiledBlocksHook',
    'EpochSeedHook',
    'FiniteLossHook',
    'InterruptionHook',
    'MLflowBackend',
    'MissedValidationHook',
    'OverlayHook',
    'OwnBestHook',
    'ProcessMemoryHook',
    'ProgressHook',
    'ProvenanceHook',
    'SampleFaultHook',
    'SwitchOptimizerHook',
    'WandbBackend',
    'WholeCheckpointHook',
    'seed_worker',
]
