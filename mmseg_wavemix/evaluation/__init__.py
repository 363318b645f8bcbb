"""Official Cityscapes scores: of pairs of files, of a folder, of images one by one, and as a metric
of mmseg's registry; how sure they are, what else they could be, and archives for the benchmark."""

from .audit import audit, format_audit
from .bootstrap import bootstrap, format_bootstrap
from .counts import count_files, count_image, scores_of_counts
from .folder import check_folder, check_folders
from .lint import frames_below, lint_submission
from .metric import CityscapesOfficialMetric, check_ground_truth
from .official import format_scores, official_scores, save_scores
from .submission import CityscapesSubmission

__all__ = [
    'CityscapesOfficialMetric',
    'CityscapesSubmission',
    'audit',
    'bootstrap',
    'check_folder',
    'check_folders',
    'check_ground_truth',
    'count_files',
    'count_image',
    'format_audit',
    'format_bootstrap',
    'format_scores',
    'frames_below',
    'lint_submission',
    'official_scores',
    'save_scores',
    'scores_of_counts',
]
