from .bfloat16 import BFloat16OptimWrapper
from .epoch_seed import EpochSeedHook, seed_worker
from .finite_loss import FiniteLossHook
from .interruption import InterruptionHook
from .memory import ProcessMemoryHook
from .missed_validation import MissedValidationHook
from .own_best import OwnBestHook
from .provenance import ProvenanceHook
from .sample_fault import SampleFaultHook
from .switch_optimizer import SwitchOptimizerHook
from .whole_checkpoint import WholeCheckpointHook

__all__ = [
    'BFloat16OptimWrapper',
    'EpochSeedHook',
    'FiniteLossHook',
    'InterruptionHook',
    'MissedValidationHook',
    'OwnBestHook',
    'ProcessMemoryHook',
    'ProvenanceHook',
    'SampleFaultHook',
    'SwitchOptimizerHook',
    'WholeCheckpointHook',
    'seed_worker',
]
