"""The authors' score by hand, and the three scores of the same predictions."""

import numpy as np
import pytest
from mmseg.evaluation import IoUMetric

from mmseg_wavemix.evaluation import audit, format_audit, official_scores
from mmseg_wavemix.evaluation.audit import bitwise_average, bitwise_score

# label ids; their class numbers in the authors' script are 1, 2, 14, 15 and 0
ROAD, SIDEWALK, CAR, TRUCK, VOID = 7, 8, 26, 27, 0


def score(prediction: list[int], labels: list[int]) -> float:
    return bitwise_score(np.array([prediction]), np.array([labels]))


def test_bitwise_score_by_hand():
    assert score([ROAD, CAR], [ROAD, CAR]) == 1
    assert score([TRUCK], [CAR]) == 0.9  # 1110 & 1111 = 14, | = 15: r = 0.933, no pixel right
    assert score([SIDEWALK], [CAR]) == 0  # 0010 & 1110 = 2, | = 14
    assert score([ROAD], [SIDEWALK]) == 0  # 01 & 10 = 0, | = 3
    # the three roads are wrong, the car right: 14 / (14 + 3 * 3) = 0.61 -> ceil(2.17) / 10
    assert score([SIDEWALK] * 3 + [CAR], [ROAD] * 3 + [CAR]) == 0.3
    # void is counted: 14 / (14 + 14) is exactly a half, which is nothing
    assert score([CAR, CAR], [CAR, VOID]) == 0
    assert score([VOID, VOID], [VOID, VOID]) == 1  # 1e-6 / 1e-6
    assert score([29, 5], [VOID, 30]) == 1  # labels that are not evaluated are void as well


def test_bitwise_steps():
    """n cars of 100 right and the others void: r = n / 100, in steps of 0.05, rounded up."""
    for right, expected in ((50, 0), (51, 0.1), (54, 0.1), (56, 0.2), (94, 0.9), (96, 1), (100, 1)):
        prediction = [CAR] * right + [VOID] * (100 - right)
        assert score(prediction, [CAR] * 100) == expected, right


def test_average_is_of_batches_of_six():
    assert bitwise_average([1] * 6 + [0]) == 0.5  # the seventh image weighs as much as the six
    assert bitwise_average([0.5, 1, 0]) == 0.5


def test_three_scores_side_by_side(tmp_path, add_frame):
    """Every car is called a truck: IoU of both 0, the authors' script is content."""
    labels = np.array([[CAR] * 8, [CAR] * 6 + [ROAD] * 2, [VOID, *[CAR] * 7]])
    prediction = np.where(labels == CAR, TRUCK, labels)
    pairs = [add_frame(tmp_path, i, labels, prediction) for i in range(2)]
    scores, result = official_scores(pairs), audit(pairs)
    assert scores['mIoU'] == pytest.approx(100 / 3) == result['IoUMetric']['mIoU']
    assert result['bitwise'] == pytest.approx(90)
    text = format_audit(scores, result)
    rows = [[cell.strip() for cell in line.split('|')] for line in text.split('\n')]
    assert ['', 'average', '33.33', '33.33', '90.00', ''] in rows
    assert ['', 'car', '0.00', '0.00', '', ''] in rows and ['', 'bus', '-', '-', '', ''] in rows
    assert 'bitwise' in text and 'Cityscapes.py' in text


def test_ioumetric_is_mmsegs_and_official_on_random_frames(tmp_path, add_frame):
    rng = np.random.default_rng(0)
    pairs = []
    for i in range(7):
        labels = rng.integers(0, 34, (20, 30))
        prediction = np.where(rng.random(labels.shape) < 0.5, labels, rng.integers(0, 34, (20, 30)))
        pairs.append(add_frame(tmp_path, i, labels, prediction))
    scores, result = official_scores(pairs), audit(pairs)
    official = {name: row['IoU'] for name, row in scores['classes'].items()}
    assert result['IoUMetric']['classes'] == pytest.approx(official, rel=1e-12)
    assert result['IoUMetric']['mIoU'] == pytest.approx(scores['mIoU'], rel=1e-12)
    assert IoUMetric.__module__.startswith('mmseg.')


def test_void_only(tmp_path, add_frame):
    pair = add_frame(tmp_path, 0, np.zeros((2, 2)), np.full((2, 2), ROAD))
    result = audit([pair])
    assert result['IoUMetric']['mIoU'] is None and result['bitwise'] == 0
    assert '| average |' in format_audit(official_scores([pair]), result).replace('  ', '')
