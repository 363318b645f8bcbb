from .loading import allow_training_state, check_weights, load_weights, read_checkpoint

__all__ = ['allow_training_state', 'check_weights', 'load_weights', 'read_checkpoint']
