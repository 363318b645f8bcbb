"""IoU by size and by distance, against values by hand and by brute force."""

import math

import numpy as np
import pytest
from cityscapesscripts.helpers.labels import name2label

from mmseg_wavemix.evaluation.counts import count_image
from mmseg_wavemix.report.boundaries import (
    EDGES,
    VOID,
    band_width,
    boundary_counts,
    distances,
    ring_confusions,
)
from mmseg_wavemix.report.counting import miou_of
from mmseg_wavemix.report.objects import by_size, mean_over_classes, object_counts
from mmseg_wavemix.report.tables import boundary_iou, matrix_of

ROAD, CAR, POLE, SKY = (name2label[name].id for name in ('road', 'car', 'pole', 'sky'))


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    """Blocks of four classes and void, and a prediction that errs in many places."""
    random = np.random.default_rng(0)
    labels = np.kron(random.choice([0, ROAD, CAR, POLE, SKY], (5, 8)), np.ones((9, 7), int))
    prediction = np.roll(labels, 2, axis=1)
    prediction[random.random(labels.shape) < 0.1] = SKY
    return prediction.astype(np.uint8), labels.astype(np.uint8)


def test_distances_by_hand():
    labels = np.array([[ROAD] * 4 + [CAR] * 2])
    assert distances(labels).tolist() == [[4, 3, 2, 1, 1, 2]]
    two_voids = np.array([[0, 1, 1, ROAD]])  # label ids 0 and 1 are both void
    assert distances(two_voids).tolist() == [[3, 2, 1, 1]]
    assert np.isinf(distances(np.full((3, 3), ROAD))).all()


def test_distances_by_brute_force(pair):
    _, labels = pair
    classes = np.where(VOID[labels], -1, labels.astype(int))
    padded = np.pad(classes, 1, mode='edge')
    beside = [padded[1:-1, :-2], padded[1:-1, 2:], padded[:-2, 1:-1], padded[2:, 1:-1]]
    rows, columns = np.nonzero(np.any([other != classes for other in beside], axis=0))
    y, x = np.indices(labels.shape)
    expected = 1 + np.sqrt(
        ((y[..., None] - rows) ** 2 + (x[..., None] - columns) ** 2).min(axis=-1)
    )
    np.testing.assert_allclose(distances(labels), expected, rtol=1e-5)


def test_rings_add_up_to_the_official_counts(pair):
    prediction, labels = pair
    rings = ring_confusions(prediction, labels)
    official = count_image(prediction, labels, labels.astype(np.uint16))
    np.testing.assert_array_equal(rings.sum(axis=0), official.confusion)
    near = distances(labels) <= EDGES[1]
    inside = count_image(prediction[near][None], labels[near][None], labels[near][None])
    np.testing.assert_array_equal(rings[:2].sum(axis=0), inside.confusion)


def test_boundary_iou_by_the_definition_of_its_authors(pair):
    """All pixels within d of the contour, by brute force: a square around each, as they erode."""
    prediction, labels = pair
    width = band_width(labels.shape)
    assert width == 1 == round(0.02 * math.hypot(*labels.shape))

    def band(mask: np.ndarray, d: int) -> np.ndarray:
        padded = np.pad(mask, d)
        height, long = mask.shape
        whole = np.ones_like(mask)
        for y in range(2 * d + 1):
            for x in range(2 * d + 1):
                whole &= padded[y : y + height, x : x + long]
        return mask & ~whole

    counts = boundary_counts(prediction, labels)
    for label in (ROAD, CAR, POLE, SKY):
        truth = band(labels == label, width)
        guess = band((prediction == label) & ~VOID[labels], width)
        assert counts[label].tolist() == [(truth & guess).sum(), (truth | guess).sum()]
    assert counts[VOID].sum() == 0
    perfect = boundary_counts(labels, labels)
    assert (perfect[:, 0] == perfect[:, 1]).all() and perfect.sum() > 0


def test_boundary_bands_are_as_wide_as_published():
    assert band_width((480, 640)) == 16
    assert band_width((1024, 2048)) == 11
    assert band_width((8, 8)) == 1
    # 9 pixels of the band around a 3x3 square are shared with nothing else
    labels = np.full((100, 100), ROAD)  # width 3
    labels[20:40, 20:40] = CAR
    shifted = np.roll(labels, 1, axis=1)
    inner = 20 * 20 - 14 * 14
    counts = boundary_counts(shifted, labels)[CAR]
    assert counts[0] + counts[1] == 2 * inner
    # columns 20..22 and 21..23, 37..39 and 38..40 of the sides, all of 3 rows above and below
    assert counts[0] == 2 * 3 * 19 + 2 * 2 * 14
    assert boundary_iou(counts) == pytest.approx(100 * counts[0] / counts[1])
    assert boundary_iou(np.array([0, 0])) is None


def test_objects_by_hand():
    """Two annotated cars that touch, two poles of regions, one of them diagonal."""
    labels = np.array(
        [
            [CAR, CAR, CAR, ROAD, POLE, ROAD],
            [CAR, CAR, CAR, ROAD, ROAD, POLE],
            [ROAD, ROAD, ROAD, ROAD, ROAD, ROAD],
            [POLE, ROAD, 0, 0, ROAD, ROAD],
        ]
    )
    instances = labels.copy()
    instances[:2, 0] = CAR * 1000
    instances[:2, 1:3] = CAR * 1000 + 1
    prediction = labels.copy()
    prediction[0, 0] = ROAD  # half of the first car is missed
    prediction[2, :3] = CAR  # three false pixels,
    prediction[3, 2:] = CAR  # two more, and two on void, which are none
    rows = object_counts(prediction, labels, instances)
    cars = rows[rows[:, 0] == CAR]
    np.testing.assert_allclose(cars[:, 1:], [[2, 1, 5 * 2 / 6], [4, 4, 5 * 4 / 6]])
    poles = rows[rows[:, 0] == POLE]
    assert sorted(poles[:, 1].tolist()) == [1, 2]
    assert (poles[:, 1] == poles[:, 2]).all() and (poles[:, 3] == 0).all()
    assert set(rows[:, 0]) == {CAR, POLE, ROAD}


def test_one_object_has_the_official_iou(pair):
    """With one object a class and image, its share of the false pixels is all of them."""
    labels = np.full((20, 30), ROAD)
    labels[5:15, 5:15] = CAR
    prediction = np.roll(labels, 4, axis=1)
    confusion = count_image(prediction, labels, labels).confusion
    for label, pixels, found, share in object_counts(prediction, labels, labels):
        label = int(label)
        hits = confusion[label, label]
        union = confusion[label].sum() + confusion[:, label].sum() - hits
        assert found / (pixels + share) == pytest.approx(hits / union)


def test_quarters_by_hand():
    # five objects: the first quarter has two of them
    rows = [(CAR, 10, 5, 0), (CAR, 1, 1, 1), (CAR, 2, 0, 0), (CAR, 100, 100, 0), (CAR, 20, 20, 20)]
    rows += [(POLE, 5, 5, 0)] * 3
    sizes = by_size(np.array(rows, float))
    assert sizes.keys() == {CAR}  # three poles are no four quarters
    car = sizes[CAR]
    assert car.objects == 5
    assert car.pixels == [1.5, 10, 20, 100]
    assert car.iou == [25, 50, 50, 100]
    assert car.recall == [50, 50, 100, 100]
    assert mean_over_classes([[0, 10], [50, 20]]) == [25, 15]


def test_matrix_agrees_with_the_official_iou(pair):
    prediction, labels = pair
    prediction = prediction.copy()
    prediction[:3, :20] = 4  # predicted void
    counts = count_image(prediction, labels, labels)
    matrix = matrix_of(counts.confusion)
    assert matrix.columns == ['road', 'pole', 'sky', 'car', 'void']
    cells = {name: dict(zip(matrix.columns, row)) for name, row in matrix.rows}
    assert set(cells) == {'road', 'pole', 'sky', 'car'}
    from mmseg_wavemix.evaluation import scores_of_counts

    official = scores_of_counts([('', counts)])['classes']
    ious = []
    for name, row in cells.items():
        hits = row[name].pixels
        union = sum(cell.pixels for cell in row.values()) - hits
        union += sum(other[name].pixels for other in cells.values())
        ious.append(100 * hits / union)
        assert official[name]['IoU'] == pytest.approx(ious[-1])
        assert sum(cell.share for cell in row.values()) == pytest.approx(1)
        assert [other for other, cell in row.items() if cell.right] == [name]
    assert miou_of(counts.confusion) == pytest.approx(np.mean(ious))
