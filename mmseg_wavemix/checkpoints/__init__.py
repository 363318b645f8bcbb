from .loading import check_weights, load_weights, read_checkpoint

__all__ = ['check_weights', 'load_weights', 'read_checkpoint']
