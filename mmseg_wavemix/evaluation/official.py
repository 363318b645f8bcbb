"""Official Cityscapes scores, computed by cityscapesscripts' own code, in-process.

The official script is made to be run from a shell: its arguments, its printing and its errors (a
print, then ``sys.exit(-1)``) are module globals, and any other user of the module may have changed
them. So it is executed once more into a module object of our own: the very same code, the imported
official module untouched.
"""

import copy
import functools
import importlib.util
import json
import math
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from prettytable import PrettyTable

from ..errors import InputError

OFFICIAL_MODULE = 'cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling'
LABEL_IDS = '_labelIds.png'
AVERAGES = {
    'mIoU': 'averageScoreClasses',
    'iIoU': 'averageScoreInstClasses',
    'mIoU_category': 'averageScoreCategories',
    'iIoU_category': 'averageScoreInstCategories',
}


def instance_path(label_ids: str | os.PathLike) -> str:
    """The instance file beside a ``*_labelIds.png``; only the file's name changes, whatever the
    folders are called."""
    folder, name = os.path.split(label_ids)
    return os.path.join(folder, name.replace('labelIds', 'instanceIds'))


class _LabelIdsPath(str):
    """A path whose ``replace`` leaves the folders alone.

    The official code derives the instance file by ``path.replace("labelIds", "instanceIds")``:
    under a data root with 'labelIds' in its name it looks for a folder which does not exist.
    """

    def replace(self, old: str, new: str, count: int = -1) -> str:
        folder, name = os.path.split(self)
        return os.path.join(folder, name.replace(old, new, count))


class _NumpyWithIn1d:
    """numpy as the official code knows it: ``in1d`` left numpy in 2.4.

    ``isin`` keeps the shape where ``in1d`` flattened; the official code reshapes at once, so
    results are identical.
    """

    in1d = staticmethod(np.isin)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def _raise(message: object) -> None:
    """Stand-in for the official ``printError``, which prints and ends the process."""
    raise InputError(str(message))


def _naming_files(evaluate_pair: Callable) -> Callable:
    """Wrap the official ``evaluatePair``: what it meets unprepared, it reports without a file."""

    @functools.wraps(evaluate_pair)
    def wrapper(prediction: str, ground_truth: str, *rest: Any) -> int:
        try:
            return evaluate_pair(prediction, ground_truth, *rest)
        except InputError as error:
            raise InputError(f'{error} [{prediction} against {ground_truth}]') from None
        except KeyError as error:  # of a label, or of a class in the average sizes of instances
            raise InputError(
                f'The official code cannot score {instance_path(ground_truth)}: it holds instances '
                f'of {error}, which has none in Cityscapes; instance ids are label id * 1000 + '
                'number, unpack or convert the data again.'
            ) from error
        except Exception as error:
            raise InputError(
                f'The official code cannot score {prediction} against {ground_truth} ({error!r}): '
                'predictions hold label ids 0 to 33, and all three files have one size.'
            ) from error

    return wrapper


@functools.cache
def official_module(evaluate_pair: Callable | None = None) -> ModuleType:
    """The official code in a module object of our own, not the one others import.

    Args:
        evaluate_pair: takes the place of the official ``evaluatePair``, which opens the files of a
            pair and adds up what it counts. None: the official one.
    """
    spec = importlib.util.find_spec(OFFICIAL_MODULE)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ValueError as error:  # CITYSCAPES_EXPORT_DIR must exist, though nothing is exported
        raise InputError(f'{error}: create it or unset the variable.') from error
    module.np = _NumpyWithIn1d()
    module.printError = _raise
    module.evaluatePair = evaluate_pair or _naming_files(module.evaluatePair)
    return module


def evaluate_lists(module: ModuleType, predictions: Sequence, truths: Sequence) -> dict:
    """The official ``evaluateImgLists`` of a module of ours, silent and without files of its own.

    Returns:
        The complete official result: confusion matrix, priors, scores as fractions, nan included.
    """
    args = copy.copy(module.args)  # evaluateImgLists writes into its arguments
    args.quiet, args.JSONOutput = True, False
    return module.evaluateImgLists(predictions, truths, args)


def ground_truth_fault(paths: Iterable[str | os.PathLike]) -> str | None:
    """One sentence on what is missing for these ``*_labelIds.png`` to be scored, or None.

    The official code needs ``*_instanceIds.png`` beside each of them, and finds out while it runs.
    """
    paths = [os.fspath(path) for path in paths]
    misnamed = [path for path in paths if not path.endswith(LABEL_IDS)]
    if misnamed:
        return f'Ground truth must be a file named *{LABEL_IDS}, got {listing(misnamed)}.'
    missing = [path for path in paths if not os.path.isfile(path)]
    if missing:
        return f'Ground truth not found: {listing(missing)}; unpack or convert the data again.'
    missing = [path for path in map(instance_path, paths) if not os.path.isfile(path)]
    if missing:
        return (
            f'Instance file not found: {listing(missing)}; it comes with gtFine_trainvaltest.zip, '
            'or is made by `python -m cityscapesscripts.preparation.json2instanceImg '
            '*_polygons.json *_instanceIds.png`.'
        )
    return None


def listing(items: Sequence[object], shown: int = 3) -> str:
    """The first items of a list in words, and how many more there are."""
    more = f' and {len(items) - shown} more' if len(items) > shown else ''
    return ', '.join(str(item) for item in items[:shown]) + more


def name_order(truth: str) -> tuple[str, str]:
    """Sort key of ground truths: sums of floats depend on their order in the last bit, so they are
    taken by file name, wherever the data lie."""
    return os.path.basename(truth), truth


def official_result(pairs: Sequence[tuple[str | os.PathLike, str | os.PathLike]]) -> dict:
    """The complete result dict of the official ``evaluateImgLists`` on files, in name order.

    Args:
        pairs: See :func:`official_scores`.

    Raises:
        InputError: no pairs, a file missing or unreadable, sizes that differ, ids out of range.
    """
    if not pairs:
        raise InputError(
            'There is nothing to score: no pair of prediction and ground truth was given.'
        )
    pairs = sorted(
        ((os.fspath(prediction), os.fspath(truth)) for prediction, truth in pairs),
        key=lambda pair: name_order(pair[1]),
    )
    predictions, truths = zip(*pairs, strict=True)
    missing = [path for path in predictions if not os.path.isfile(path)]
    fault = f'Prediction not found: {listing(missing)}.' if missing else ground_truth_fault(truths)
    if fault:
        raise InputError(fault)
    return evaluate_lists(
        official_module(), predictions, [_LabelIdsPath(truth) for truth in truths]
    )


def official_scores(pairs: Sequence[tuple[str | os.PathLike, str | os.PathLike]]) -> dict:
    """Score predictions by the official Cityscapes code.

    Args:
        pairs: ``(prediction, ground truth)`` files: a single-channel PNG of label ids (0 to 33, not
            train ids), and a ``*_labelIds.png`` of the same size with its ``*_instanceIds.png``
            beside it.

    Returns:
        See :func:`in_percent`.

    Raises:
        InputError: no pairs, a file missing or unreadable, sizes that differ, ids out of range.
    """
    return in_percent(official_result(pairs), len(pairs))


def in_percent(result: dict, images: int) -> dict:
    """The scores of a complete official result.

    Args:
        result: what ``evaluateImgLists`` returns.
        images: how many it is about.

    Returns:
        ``{"mIoU", "iIoU", "mIoU_category", "iIoU_category", "classes": {name: {"IoU", "iIoU"}},
        "categories": {...}, "images": n}``: percent, None where the official code says nan (a class
        which neither occurs nor is predicted; iIoU of a class without instances). An average is
        taken over what is not nan. The 19 classes and 7 categories which it evaluates.
    """
    labels = official_module().labels
    classes = [label.name for label in labels if not label.ignoreInEval]
    categories = list(dict.fromkeys(label.category for label in labels if not label.ignoreInEval))
    return {
        **{name: _percent(result[key]) for name, key in AVERAGES.items()},
        'classes': _rows(classes, result['classScores'], result['classInstScores']),
        'categories': _rows(categories, result['categoryScores'], result['categoryInstScores']),
        'images': images,
    }


def _rows(names: Iterable[str], iou: dict[str, float], instance_iou: dict[str, float]) -> dict:
    return {
        name: {'IoU': _percent(iou[name]), 'iIoU': _percent(instance_iou[name])} for name in names
    }


def _percent(score: float) -> float | None:
    return None if math.isnan(score) else 100.0 * float(score)


def format_scores(scores: dict) -> str:
    """The result of :func:`official_scores` as a table of classes, categories and their averages.

    Scores with a ``size`` (height, width) are of ground truth resized to it, and are called so.
    The official printing is not reused: it goes to stdout only, and rounds to a tenth of a percent.
    """
    table = PrettyTable(['class', 'IoU', 'iIoU'], align='r')
    table.align['class'] = 'l'
    for group, suffix, title in (('classes', '', 'class'), ('categories', '_category', 'category')):
        if group == 'categories':
            table.add_row(['category', 'IoU', 'iIoU'], divider=True)
        rows = [(name, row['IoU'], row['iIoU']) for name, row in scores[group].items()]
        for i, (name, *values) in enumerate(rows):
            table.add_row([name, *map(_cell, values)], divider=i == len(rows) - 1)
        averages = scores['mIoU' + suffix], scores['iIoU' + suffix]
        table.add_row([f'average {title}', *map(_cell, averages)], divider=True)
    if 'size' not in scores:
        return (
            f'{table}\nOfficial scores in percent over {scores["images"]} images; - is not scored.'
        )
    size = 'x'.join(map(str, scores['size']))
    return (
        f'{table}\nScores at {size} in percent over {scores["images"]} images; - is not scored. '
        'Not comparable with official\nscores: ground truth was resized to the size that the '
        'network sees. iIoU assumes instances of full size.'
    )


def _cell(value: float | None) -> str:
    return '-' if value is None else f'{value:.2f}'


def save_scores(scores: dict, path: str | os.PathLike, replace: bool = False) -> None:
    """Write scores as JSON (null where not scored).

    Raises:
        InputError: the file exists and ``replace`` is false, or it cannot be written.
    """
    text = json.dumps(scores, indent=2, allow_nan=False) + '\n'
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, 'w' if replace else 'x', encoding='utf-8') as file:
            file.write(text)
    except OSError as error:
        raise InputError(f'The scores cannot be written to {path}: {error.strerror}.') from error
