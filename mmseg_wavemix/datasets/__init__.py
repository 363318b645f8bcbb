from .prediction_size import PredictionSize

__all__ = ['PredictionSize']
