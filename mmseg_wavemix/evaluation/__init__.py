"""Official Cityscapes scores: of pairs of files, of a folder, and as a metric of mmseg's
registry."""

from .folder import check_folder
from .metric import CityscapesOfficialMetric
from .official import format_scores, official_scores, save_scores

__all__ = [
    'CityscapesOfficialMetric',
    'check_folder',
    'format_scores',
    'official_scores',
    'save_scores',
]
