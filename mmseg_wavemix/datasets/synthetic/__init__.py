"""Synthetic street scenes in Cityscapes layout: seeded, parallel, all 19 classes.

Read in this order: ``stage`` (camera, light), ``shapes`` (strokes, things, solid bodies),
``vehicles``, ``people``, ``facades``, ``boundaries``, ``furniture``, ``street`` (what there is),
``scene`` (what stands where), ``paint`` (pixels and polygons), ``write`` (files).
"""

from .paint import synthesize
from .write import generate_dataset

__all__ = ['generate_dataset', 'synthesize']
