from .atomic import AtomicBackend, write_whole
from .authors import from_authors
from .classifier import ClassifierWeights, check_classifier_weights
from .formats import write_checkpoint
from .initial import check_initial_file, check_initial_weights
from .loading import (
    allow_training_state,
    check_weights,
    load_weights,
    read_checkpoint,
    read_content,
)
from .newest import newest_whole, progress
from .sources import local_file
from .trust import add_trust_option

__all__ = [
    'AtomicBackend',
    'ClassifierWeights',
    'add_trust_option',
    'allow_training_state',
    'check_classifier_weights',
    'check_initial_file',
    'check_initial_weights',
    'check_weights',
    'from_authors',
    'load_weights',
    'local_file',
    'newest_whole',
    'progress',
    'read_checkpoint',
    'read_content',
    'write_checkpoint',
    'write_whole',
]
