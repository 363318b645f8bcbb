"""A folder of label-id PNGs against Cityscapes ground truth: what belongs together?

The official script stops at the first fault, one run a fault; here one pass names them all before
any score.
"""

import logging
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from .contents import content_faults
from .official import LABEL_IDS, ground_truth_fault, instance_path, listing

TRUTH_SUFFIX = '_gtFine' + LABEL_IDS
INSTANCE_SUFFIX = instance_path(TRUTH_SUFFIX)
STRAY = '._'  # what macOS puts beside the files that it copies

_logger = logging.getLogger(__name__)  # mmengine's own writes to stdout, which is for the scores


def check_folder(pred_dir: str | os.PathLike, gt_dir: str | os.PathLike) -> list[tuple[str, str]]:
    """Match predictions to ground truths and check every file.

    Files that are passed over, as the official script does, are logged: predictions without ground
    truth, and the ``._*`` that macOS leaves.

    Args:
        pred_dir: Folder of predictions: single-channel PNGs of label ids, anywhere below it, named
            ``<city>_<sequence>_<frame>*.png`` (the official rule).
        gt_dir: A folder of one split, ``gtFine``, or a data root. Of the last two the split ``val``
            is taken, as the official script does, if there is one.

    Returns:
        Pairs of prediction and ground truth for :func:`official_scores`.

    Raises:
        InputError: anything that would stop or spoil the scores, one sentence a kind of fault,
            each on its line.
    """
    return check_folders([pred_dir], gt_dir)[0]


def check_folders(
    pred_dirs: Sequence[str | os.PathLike], gt_dir: str | os.PathLike
) -> list[list[tuple[str, str]]]:
    """:func:`check_folder` for several folders of predictions of the same ground truth.

    Raises:
        InputError: the faults of all of them.
    """
    for folder in (*pred_dirs, gt_dir):
        if not os.path.isdir(folder):
            raise InputError(f'{folder} is not a directory.')
    files = _files_below(_split(gt_dir), follow_links=True)
    truths = [path for path in files if path.endswith(TRUTH_SUFFIX)]
    if not truths:
        raise InputError(
            f'No *{TRUTH_SUFFIX} below {gt_dir}: give gtFine/val, gtFine or the data root.'
        )
    matched, faults = [], []
    for folder in pred_dirs:
        pairs, unmatched = match_predictions(folder, truths)
        matched.append(pairs)
        faults += unmatched
    faults += _name_faults(truths, files) + content_faults(truths, matched)
    if faults:
        raise InputError('\n'.join(faults))
    return matched


def find_ground_truths(gt_dir: str | os.PathLike) -> list[str]:
    """All ``*_gtFine_labelIds.png`` below a folder; those of ``val`` alone if it has that split."""
    # Links are followed: data sets are often linked into place, city by city.
    files = _files_below(_split(gt_dir), follow_links=True, tell=False)
    return [path for path in files if path.endswith(TRUTH_SUFFIX)]


def _split(gt_dir: str | os.PathLike) -> Path:
    root = Path(gt_dir)
    splits = (root / 'gtFine' / 'val', root / 'val')
    return next((split for split in splits if split.is_dir()), root)


def match_predictions(
    pred_dir: str | os.PathLike, truths: list[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Pairs by the official rule, and sentences on ground truths with no or several predictions.

    Predictions without ground truth are no fault, but logged.
    """
    # Links are not followed, as in the official script: 'latest -> run3' must not make duplicates.
    files = sorted((os.path.basename(path), path) for path in _files_below(pred_dir))
    pairs, missing, several = [], [], []
    left = {path for _, path in files}
    for truth in truths:
        frame = os.path.basename(truth).removesuffix(TRUTH_SUFFIX)
        found = []
        for name, path in files[bisect_left(files, (frame,)) :]:
            if not name.startswith(frame):
                break
            found.append(path)
        left.difference_update(found)
        if not found:
            missing.append(frame)
        elif len(found) > 1:
            several.append(f'{frame} ({listing(found)})')
        else:
            pairs.append((found[0], truth))
    if left:
        _logger.warning(
            'note: %d of %d pictures below %s have no ground truth and are not scored: %s',
            len(left), len(files), pred_dir, listing(sorted(left)),
        )  # fmt: skip
    faults = []
    if missing:
        faults.append(
            f'{len(missing)} of {len(truths)} ground truths have no prediction below {pred_dir}: '
            f'{listing(missing)}; predictions are named <city>_<sequence>_<frame>*.png.'
        )
    if several:
        faults.append(
            f'{len(several)} of {len(truths)} ground truths have several predictions: '
            f'{listing(several)}; leave one of each.'
        )
    return pairs, faults


def _files_below(
    folder: str | os.PathLike, follow_links: bool = False, tell: bool = True
) -> list[str]:
    """All PNGs below a folder but the strays of macOS, which are logged if asked for."""
    walk = os.walk(folder, followlinks=follow_links)
    files, strays = [], []
    for root, _, names in walk:
        for name in names:
            if name.endswith('.png'):
                (strays if name.startswith(STRAY) else files).append(os.path.join(root, name))
    if strays and tell:
        _logger.warning(
            'note: files %s*.png of macOS below %s are skipped: %s',
            STRAY, folder, listing(sorted(strays)),
        )  # fmt: skip
    return sorted(files)


def _name_faults(truths: list[str], files: list[str]) -> list[str]:
    """What the names of the ground truth tell, ``files`` being all PNGs of the split."""
    faults = [fault for fault in [ground_truth_fault(truths)] if fault]
    partners = {instance_path(truth) for truth in truths}
    alone = [path for path in files if path.endswith(INSTANCE_SUFFIX) and path not in partners]
    if alone:
        faults.append(
            f'Instance files have no *{TRUTH_SUFFIX} beside them: {listing(alone)}; '
            'unpack or convert the data again.'
        )
    frames = Counter(os.path.basename(truth) for truth in truths)
    several = [name for name, times in frames.items() if times > 1]
    if several:
        faults.append(
            f'{len(several)} ground truths lie there more than once: {listing(several)}; leave one '
            'of each.'
        )
    return faults
