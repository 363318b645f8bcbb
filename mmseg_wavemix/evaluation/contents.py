"""What is inside of predictions and ground truth: would the official code stop, or misread it?"""

import os
from collections import defaultdict

import numpy as np
from cityscapesscripts.helpers.labels import id2label

from .counts import contradiction, impossible_instances, open_picture
from .official import instance_path, listing

MAX_LABEL_ID = max(id2label)
VOID_TRAIN_ID = 255
# Label ids 0 to 6 are void ('ego vehicle', ...): a model has no reason to predict them.
# 19: what a model with an output for void numbers it; as a label id it is a traffic light.
TRAIN_IDS = {*range(20), VOID_TRAIN_ID}
UNLIKELY_LABEL_IDS = {*range(7), VOID_TRAIN_ID}


def content_faults(truths: list[str], matched: list[list[tuple[str, str]]]) -> list[str]:
    """Open every file once; sentences on what the official code would stop at or misread."""
    ground_truth = _GroundTruth()
    folders = [
        (_Predictions(len(pairs)), {truth: file for file, truth in pairs}) for pairs in matched
    ]
    for truth in truths:
        size, labels = ground_truth.look(truth)
        for predictions, file_of in folders:
            if truth in file_of:
                predictions.look(file_of[truth], size, labels)
    faults = ground_truth.sentences()
    return faults + [text for predictions, _ in folders for text in predictions.sentences()]


class _GroundTruth:
    """Faults inside of label and instance files."""

    SENTENCES = {
        'unreadable': 'Ground truth cannot be read: {}; unpack it again.',
        'channels': 'Ground truth is not one integer id a pixel: {}; unpack or convert the data '
        'again.',
        'range': f'Ground truth holds label ids outside 0 to {MAX_LABEL_ID}: {{}}; unpack or '
        'convert the data again.',
        'sizes': 'Instance files differ in height x width from their label ids: {}; unpack or '
        'convert the data again.',
        'impossible': 'Instance files hold ids of no class with instances: {}; an instance is '
        'label id * 1000 + number: unpack or convert the data again.',
        'contradiction': 'Instance files contradict their label ids, as if cut to 8 bits or of '
        'another frame: {}; unpack or convert the data again.',
    }

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = defaultdict(list)

    def look(self, truth: str) -> tuple[tuple[int, int] | None, np.ndarray | None]:
        """Height and width of a ground truth, and its label ids; None of what is not sound."""
        size, labels = self._ids(truth)
        if labels is not None:
            outside = _outside(np.unique(labels))
            if outside:
                self.found['range'].append(f'{truth} (id {listing(outside)})')
                labels = None
        path = instance_path(truth)
        if os.path.isfile(path):  # else told already
            self._look_at_instances(path, size, labels)
        return size, labels

    def _look_at_instances(
        self, path: str, size: tuple[int, int] | None, labels: np.ndarray | None
    ) -> None:
        found, instances = self._ids(path)
        if None not in (found, size) and found != size:
            self.found['sizes'].append(f'{path} ({_text(found)}, not {_text(size)})')
            labels = None
        if instances is None:
            return
        impossible = impossible_instances(instances)
        if impossible:
            self.found['impossible'].append(f'{path} (id {listing(impossible)})')
        elif labels is not None:
            text = contradiction(labels, instances)
            if text:
                self.found['contradiction'].append(f'{path} ({text})')

    def _ids(self, path: str) -> tuple[tuple[int, int] | None, np.ndarray | None]:
        picture = open_picture(path)
        if picture.error:
            self.found['unreadable'].append(path)
        elif picture.ids is None:
            self.found['channels'].append(f'{path} ({picture.mode})')
        return picture.size, picture.ids

    def sentences(self) -> list[str]:
        return [
            sentence.format(listing(self.found[kind]))
            for kind, sentence in self.SENTENCES.items()
            if self.found[kind]
        ]


class _Predictions:
    """Faults inside of one folder's predictions."""

    SENTENCES = {
        'unreadable': 'cannot be read: {}; write them again.',
        'channels': 'are not single-channel label ids: {}; save integer class ids, not colours.',
        'sizes': "differ in height x width from the ground truth: {}; keep the image's size.",
        'range': f'hold ids outside 0 to {MAX_LABEL_ID}: {{}}; write Cityscapes label ids.',
    }

    def __init__(self, total: int) -> None:
        self.total = total
        self.found: dict[str, list[str]] = defaultdict(list)
        self.suspicion = _TrainIdSuspicion()

    def look(
        self, prediction: str, size: tuple[int, int] | None, labels: np.ndarray | None
    ) -> None:
        """Open a prediction; size and label ids of its ground truth are None if not sound."""
        picture = open_picture(prediction)
        if picture.error:
            self.found['unreadable'].append(f'{prediction} ({picture.error})')
            return
        if picture.ids is None:
            self.found['channels'].append(f'{prediction} ({picture.mode})')
            return
        if size is not None and picture.size != size:
            text = f'{_text(picture.size)}, ground truth {_text(size)}'
            self.found['sizes'].append(f'{prediction} ({text})')
            labels = None
        values = np.unique(picture.ids)
        outside = _outside(values)
        if outside:
            self.found['range'].append(f'{prediction} (id {listing(outside)})')
        self.suspicion.look(picture.ids, values, labels)

    def sentences(self) -> list[str]:
        faults = [
            f'{len(self.found[kind])} of {self.total} predictions '
            + sentence.format(listing(self.found[kind]))
            for kind, sentence in self.SENTENCES.items()
            if self.found[kind]
        ]
        return faults + self.suspicion.sentences()


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

    def look(self, ids: np.ndarray, values: np.ndarray, labels: np.ndarray | None) -> None:
        """Take in a prediction ``(H, W)``, its distinct values, and the label ids of its ground
        truth if they can be compared."""
        self.seen |= set(values.tolist())
        self.possible &= self.seen <= TRAIN_IDS
        if self.possible and labels is not None:
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


def _outside(values: np.ndarray) -> list[int]:
    return values[(values < 0) | (values > MAX_LABEL_ID)].tolist()


def _text(shape: tuple[int, int]) -> str:
    return f'{shape[0]}x{shape[1]}'
