"""A folder of label-id PNGs against Cityscapes ground truth: what belongs together, is it sound?

The official script stops at the first fault, one run a fault; here one pass names them all before
any score.
"""

import os
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from cityscapesscripts.helpers.labels import id2label
from PIL import Image

from ..errors import InputError
from .counts import UNREADABLE, read_ids
from .official import LABEL_IDS, ground_truth_fault, instance_path, listing

TRUTH_SUFFIX = '_gtFine' + LABEL_IDS
MAX_LABEL_ID = max(id2label)
VOID_TRAIN_ID = 255
# Label ids 0 to 6 are void ('ego vehicle', ...): a model has no reason to predict them.
# 19: what a model with an output for void numbers it; as a label id it is a traffic light.
TRAIN_IDS = {*range(20), VOID_TRAIN_ID}
UNLIKELY_LABEL_IDS = {*range(7), VOID_TRAIN_ID}


def check_folder(pred_dir: str | os.PathLike, gt_dir: str | os.PathLike) -> list[tuple[str, str]]:
    """Match predictions to ground truths and check every file.

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
    truths = find_ground_truths(gt_dir)
    if not truths:
        raise InputError(
            f'No *{TRUTH_SUFFIX} below {gt_dir}: give gtFine/val, gtFine or the data root.'
        )
    matched, faults = [], []
    for folder in pred_dirs:
        pairs, unmatched = match_predictions(folder, truths)
        matched.append(pairs)
        faults += unmatched
    faults += _truth_faults(truths)
    for pairs in matched:
        faults += _content_faults(pairs)
    if faults:
        raise InputError('\n'.join(faults))
    return matched


def find_ground_truths(gt_dir: str | os.PathLike) -> list[str]:
    """All ``*_gtFine_labelIds.png`` below a folder; those of ``val`` alone if it has that split."""
    root = Path(gt_dir)
    root = next(
        (split for split in (root / 'gtFine' / 'val', root / 'val') if split.is_dir()), root
    )
    # Links are followed: data sets are often linked into place, city by city.
    return [path for path in _files_below(root, follow_links=True) if path.endswith(TRUTH_SUFFIX)]


def match_predictions(
    pred_dir: str | os.PathLike, truths: list[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Pairs by the official rule, and sentences on ground truths with no or several predictions."""
    # Links are not followed, as in the official script: 'latest -> run3' must not make duplicates.
    files = sorted(
        (os.path.basename(path), path) for path in _files_below(pred_dir) if path.endswith('.png')
    )
    pairs, missing, several = [], [], []
    for truth in truths:
        frame = os.path.basename(truth).removesuffix(TRUTH_SUFFIX)
        found = []
        for name, path in files[bisect_left(files, (frame,)) :]:
            if not name.startswith(frame):
                break
            found.append(path)
        if not found:
            missing.append(frame)
        elif len(found) > 1:
            several.append(f'{frame} ({listing(found)})')
        else:
            pairs.append((found[0], truth))
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


def _files_below(folder: str | os.PathLike, follow_links: bool = False) -> list[str]:
    walk = os.walk(folder, followlinks=follow_links)
    return sorted(os.path.join(root, name) for root, _, names in walk for name in names)


def _truth_faults(truths: list[str]) -> list[str]:
    """What a look at names and headers of the ground truth tells."""
    faults = [fault for fault in [ground_truth_fault(truths)] if fault]
    frames = Counter(os.path.basename(truth) for truth in truths)
    several = [name for name, times in frames.items() if times > 1]
    if several:
        faults.append(
            f'{len(several)} ground truths lie there more than once: {listing(several)}; leave one '
            'of each.'
        )
    unreadable, sizes = [], []
    for truth in truths:
        instances = instance_path(truth)
        if not os.path.isfile(instances):
            continue  # told already
        found = {path: _size_of(path) for path in (truth, instances)}
        unreadable += [path for path, size in found.items() if size is None]
        if None not in found.values() and found[truth] != found[instances]:
            sizes.append(f'{instances} ({_text(found[instances])}, not {_text(found[truth])})')
    if unreadable:
        faults.append(f'Ground truth cannot be read: {listing(unreadable)}; unpack it again.')
    if sizes:
        faults.append(
            f'Instance files differ in height x width from their label ids: {listing(sizes)}; '
            'unpack or convert the data again.'
        )
    return faults


def _content_faults(pairs: list[tuple[str, str]]) -> list[str]:
    """Open every prediction once; sentences on what the official code would stop at or misread."""
    found: dict[str, list[str]] = defaultdict(list)
    suspicion = _TrainIdSuspicion()
    for prediction, truth in pairs:
        try:
            with Image.open(prediction) as image:
                mode, ids = image.mode, np.array(image)
        except UNREADABLE as error:
            found['unreadable'].append(f'{prediction} ({error})')
            continue
        # A palette is fine where it colours label ids: the official code, too, reads its indices.
        if ids.ndim != 2 or ids.dtype == bool:
            found['channels'].append(f'{prediction} ({mode})')
            continue
        size = _size_of(truth)
        if size is not None and ids.shape != size:
            found['sizes'].append(f'{prediction} ({_text(ids.shape)}, ground truth {_text(size)})')
        values = np.unique(ids)
        outside = values[(values < 0) | (values > MAX_LABEL_ID)]
        if outside.size:
            found['range'].append(f'{prediction} (id {listing(outside.tolist())})')
        if size == ids.shape:
            suspicion.look(ids, values, truth)
    sentences = {
        'unreadable': 'cannot be read: {}; write them again.',
        'channels': 'are not single-channel label ids: {}; save class ids, not colours.',
        'sizes': "differ in height x width from the ground truth: {}; keep the image's size.",
        'range': f'hold ids outside 0 to {MAX_LABEL_ID}: {{}}; write Cityscapes label ids.',
    }
    faults = [
        f'{len(found[kind])} of {len(pairs)} predictions {sentence.format(listing(found[kind]))}'
        for kind, sentence in sentences.items()
        if found[kind]
    ]
    return faults + suspicion.sentences()


class _TrainIdSuspicion:
    """Were train ids (road 0, car 13) saved where label ids (road 7, car 26) are asked for?

    The official code takes them without a word and gives scores near zero. Suspected if all
    predictions hold only numbers that are train ids, some of which no model would predict as label
    ids, and read as train ids they agree better with the ground truth.
    """

    def __init__(self) -> None:
        self.possible = True
        self.seen: set[int] = set()
        self.pixels = {'label': 0, 'train': 0}
        to_train = np.full(256, VOID_TRAIN_ID, dtype=np.uint8)
        for label in id2label.values():
            if label.id >= 0 and not label.ignoreInEval:
                to_train[label.id] = label.trainId
        self._to_train = to_train

    def look(self, ids: np.ndarray, values: np.ndarray, truth: str) -> None:
        """Take in a prediction ``(H, W)`` and its distinct values; opens the truth on suspicion."""
        self.seen |= set(values.tolist())
        self.possible &= self.seen <= TRAIN_IDS
        if self.possible:
            labels = read_ids(truth).astype(np.uint8)
            train = self._to_train[labels]
            evaluated = train != VOID_TRAIN_ID
            self.pixels['label'] += np.count_nonzero((ids == labels) & evaluated)
            self.pixels['train'] += np.count_nonzero((ids == train) & evaluated)

    def sentences(self) -> list[str]:
        if not (
            self.possible
            and self.seen & UNLIKELY_LABEL_IDS
            and self.pixels['train'] > self.pixels['label']
        ):
            return []
        sentence = (
            'The predictions look like trainIds, not label ids: as trainIds '
            f'{self.pixels["train"]} pixels agree with the ground truth, as label ids '
            f'{self.pixels["label"]}; convert them by trainId2label of cityscapesscripts.'
        )
        return [sentence]


def _size_of(path: str) -> tuple[int, int] | None:
    """Height and width of an image, None if it cannot be opened; reads the header only."""
    try:
        with Image.open(path) as image:
            return image.height, image.width
    except UNREADABLE:
        return None


def _text(shape: tuple[int, int]) -> str:
    return f'{shape[0]}x{shape[1]}'
