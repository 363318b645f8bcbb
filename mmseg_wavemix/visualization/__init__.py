"""Figures: class maps as colours, over their picture, with a legend."""

from .overlay import class_shares, colorize, legend, overlay

__all__ = ['class_shares', 'colorize', 'legend', 'overlay']
