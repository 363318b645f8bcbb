from .authors import from_authors
from .classifier import ClassifierWeights, check_classifier_weights
from .formats import write_checkpoint
from .loading import (
    allow_training_state,
    check_weights,
    load_weights,
    read_checkpoint,
    read_content,
)
from .sources import local_file

__all__ = [
    'ClassifierWeights',
    'allow_training_state',
    'check_classifier_weights',
    'check_weights',
    'from_authors',
    'load_weights',
    'local_file',
    'read_checkpoint',
    'read_content',
    'write_checkpoint',
]
