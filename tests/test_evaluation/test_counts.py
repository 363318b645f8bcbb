"""Counting image by image gives the official result, bit for bit, and holds one image at a time."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation.counts import (
    ImageCounts,
    contradiction,
    count_files,
    count_image,
    impossible_instances,
    result_of_counts,
    scores_of_counts,
)
from mmseg_wavemix.evaluation.official import official_result, official_scores

ROAD, CAR, BUS, TRAILER, PERSON = 7, 26, 28, 30, 24
PAIRS = 400  # random frames; the README tells the number
THINGS = np.array([24, 25, 26, 27, 28, 29, 30, 31, 32, 33])


def random_frame(rng: np.random.Generator, kind: str) -> tuple[np.ndarray, ...]:
    """Labels, prediction and instances of a small frame of one kind."""
    shape = tuple(rng.integers(1, 24, 2))
    labels = rng.integers(0, 34, shape)
    if kind == 'few classes':
        labels = rng.choice([ROAD, CAR, BUS, PERSON], shape)
    if kind == 'void':
        labels = rng.integers(0, 7, shape)
    prediction = np.where(rng.random(shape) < 0.6, labels, rng.integers(0, 34, shape))
    numbered = labels * 1000 + rng.integers(0, 4, shape)
    instances = np.where(np.isin(labels, THINGS), numbered, labels)
    if kind == 'group':  # a car group bears its label id alone
        instances = np.where(rng.random(shape) < 0.5, labels, instances)
    if kind == 'no instances':
        instances = labels
    if kind == 'one false positive':
        prediction = np.where(labels == BUS, CAR, labels)
        labels = np.where(labels == BUS, CAR, labels)
        instances = np.where(instances // 1000 == BUS, CAR * 1000, instances)
        prediction.flat[rng.integers(prediction.size)] = BUS
    if kind == 'perfect':
        prediction = labels
    return labels, prediction, instances


KINDS = ['random', 'few classes', 'void', 'group', 'no instances', 'one false positive', 'perfect']


def write_random(root: Path, add_frame, pairs: int) -> list[tuple[str, str]]:
    rng = np.random.default_rng(7)
    return [
        add_frame(root, i, *random_frame(rng, KINDS[i % len(KINDS)]), city=f'c{i % 3}')
        for i in range(pairs)
    ]


def assert_equal(pairs: list[tuple[str, str]]) -> None:
    counted = [(truth, count_files(prediction, truth)) for prediction, truth in pairs]
    assert repr(result_of_counts(counted)) == repr(official_result(pairs))
    assert repr(scores_of_counts(counted)) == repr(official_scores(pairs))


def test_random_pairs_give_the_official_result_by_repr(tmp_path, add_frame):
    """Every pair alone, then groups of growing size, then all of them."""
    pairs = write_random(tmp_path, add_frame, PAIRS)
    for pair in pairs:
        assert_equal([pair])
    for size in (2, 3, 7, 50):
        for start in range(0, PAIRS - size, 8 * size):
            assert_equal(pairs[start : start + size])
    assert_equal(pairs)
    assert_equal(pairs[::-1])  # name order, whatever the order given


@pytest.mark.parametrize('kind', KINDS)
def test_each_kind_of_frame(tmp_path, add_frame, kind):
    rng = np.random.default_rng(3)
    assert_equal([add_frame(tmp_path, i, *random_frame(rng, kind)) for i in range(5)])


def test_real_frame(tmp_path, add_frame, real_truth):
    labels = np.array(Image.open(real_truth))
    instances = np.array(Image.open(str(real_truth).replace('labelIds', 'instanceIds')))
    shifted = [np.roll(labels, shift, axis=1) for shift in (0, 3, 40)]
    pairs = [add_frame(tmp_path, i, labels, p, instances) for i, p in enumerate(shifted)]
    assert_equal(pairs)
    assert scores_of_counts([(t, count_files(p, t)) for p, t in pairs[:1]])['iIoU'] == 100


def test_counts_by_hand():
    """A car of 3 pixels, one found and one taken for a bus; an evaluated trailer does not exist."""
    labels = np.array([[CAR, CAR, CAR], [TRAILER, PERSON, 0]])
    instances = np.array([[26001, 26001, 26001], [30000, 24002, 0]])
    prediction = np.array([[CAR, BUS, ROAD], [TRAILER, CAR, ROAD]])
    counts = count_image(prediction, labels, instances)
    assert counts.instances.tolist() == [[PERSON, 1, 0, 0], [CAR, 3, 1, 2]]
    found = {(CAR, CAR), (CAR, BUS), (CAR, ROAD), (TRAILER, TRAILER), (PERSON, CAR), (0, ROAD)}
    assert set(zip(*np.nonzero(counts.confusion))) == found
    assert counts.confusion.sum() == 6


def test_faults_are_named():
    frame = np.full((2, 2), ROAD)
    with pytest.raises(InputError, match=r'prediction: ids 7 to 255, expected label ids 0 to 33'):
        count_image(np.array([[7, 255], [7, 7]]), frame, frame)
    with pytest.raises(InputError, match='ground truth: ids -1 to 7'):
        count_image(frame, np.array([[7, -1], [7, 7]]), frame)
    with pytest.raises(InputError, match=r'prediction: int64 of shape \(3, 2\)'):
        count_image(np.full((3, 2), 7), frame, frame)
    with pytest.raises(InputError, match='instances: bool'):
        count_image(frame, frame, frame > 3)
    with pytest.raises(InputError, match='instances: road .7. has none in Cityscapes'):
        count_image(frame, frame, frame * 1000 + 1)
    with pytest.raises(InputError, match='instances: id 34000'):
        count_image(frame, frame, np.full((2, 2), 34000))
    with pytest.raises(InputError, match='nothing to score'):
        result_of_counts([])


def test_files_are_named(tmp_path, add_frame):
    prediction, truth = add_frame(tmp_path, 0, np.full((2, 2), ROAD), np.full((2, 2), 40))
    with pytest.raises(InputError, match=r'hof_.*png against .*labelIds\.png: prediction: ids 40'):
        count_files(prediction, truth)
    Path(prediction).write_bytes(b'no image')
    with pytest.raises(InputError, match=r'hof_.*png cannot be read .*copy it again'):
        count_files(prediction, truth)


def test_instances_of_their_labels():
    """A car, a group of cars, a caravan that is not evaluated, road, and void."""
    labels = np.array([[CAR, CAR, 29], [ROAD, 0, 3]], dtype=np.uint8)
    good = np.array([[26001, CAR, 29000], [ROAD, 0, 3]])
    for dtype in (np.uint16, np.int32):
        assert contradiction(labels, good.astype(dtype)) is None
        assert impossible_instances(good.astype(dtype)) == []
    assert contradiction(labels, labels) is None  # groups alone, in 8 bits
    cut = contradiction(labels, good.astype(np.uint8))
    assert cut == f'id {26001 % 256} on label id 26, 1 such pixels'
    for row, column, value in ((0, 0, 24001), (0, 1, 0), (1, 0, 26000), (1, 1, 26)):
        wrong = good.copy()
        wrong[row, column] = value
        text = f'id {value} on label id {labels[row, column]}, 1 such pixels'
        assert contradiction(labels, wrong.astype(np.uint16)) == text
    for row, column, value in ((0, 2, 7), (1, 1, 500), (1, 2, 3001)):  # scored by nobody
        wrong = good.copy()
        wrong[row, column] = value
        assert contradiction(labels, wrong.astype(np.uint16)) is None
        assert impossible_instances(wrong) == []
    for value in (7001, 34000, 40000, 70000):
        assert impossible_instances(np.array([[value, 26001, 7, 29000]])) == [value]


def test_one_image_in_memory_at_a_time():
    """Ten images more cost less memory than one of them."""
    rng = np.random.default_rng(0)
    side = 512

    def images() -> Iterator[ImageCounts]:
        while True:
            labels = rng.integers(7, 34, (side, side), dtype=np.uint8)
            instances = np.where(labels > 23, labels.astype(np.uint16) * 1000, labels)
            yield count_image(labels, labels, instances)

    def peak(images_kept: int) -> int:
        source = images()
        tracemalloc.reset_peak()
        kept = [next(source) for _ in range(images_kept)]
        assert len(kept) == images_kept
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        peak(1)
        assert peak(12) - peak(2) < side * side
    finally:
        tracemalloc.stop()
