"""Official Cityscapes scores: of pairs of files, of a folder, and as a metric of mmseg's
registry."""

from .folder import check_folder
from .metric import CityscapesOfficialMetric, check_ground_truth
from .official import format_scores, official_scores, save_scores

__all__ = [
    'CityscapesOfficialMetric',
    'check_folder',
    'check_ground_truth',
    'format_scores',
    'official_scores',
    'save_scores',
]
