"""Intervals over images: by hand, by their coverage, and paired."""

import json

import numpy as np
import pytest

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation import bootstrap, format_bootstrap, scores_of_counts
from mmseg_wavemix.evaluation.counts import ImageCounts, count_image

ROAD, SKY, CAR = 7, 23, 26


def image(correct: int, wrong: int, truth: int = ROAD, other: int = SKY) -> ImageCounts:
    """Pixels of one class, of which some are taken for another."""
    labels = np.full((1, correct + wrong), truth)
    prediction = np.where(np.arange(correct + wrong) < correct, truth, other)[None]
    instances = np.full_like(labels, truth * 1000 + 1) if truth == CAR else labels
    return count_image(prediction, labels, instances)


def named(images: list[ImageCounts]) -> list[tuple[str, ImageCounts]]:
    return [(f'gtFine/hof_{i:06d}_gtFine_labelIds.png', counts) for i, counts in enumerate(images)]


def test_two_images_by_hand():
    """Road IoU 100 of the first alone, 50 of the second alone, 75 of both together."""
    counted = named([image(4, 0), image(2, 2)])
    assert scores_of_counts(counted)['classes']['road']['IoU'] == 75
    result = bootstrap(counted, 400, seed=1)
    low, high = result['intervals']['IoU/road']
    assert (low, high) == (50, 100)  # each alone is drawn a quarter of the time
    assert result['intervals']['mIoU'][0] == 25  # sky, predicted where it is not, counts as 0
    assert result['intervals']['iIoU'] is None and result['intervals']['IoU/train'] is None
    assert (result['resamples'], result['seed'], result['confidence']) == (400, 1, 95)
    json.dumps(result, allow_nan=False)


def test_resampled_scores_are_official_ones():
    """A sample scored at once is the list of its images scored by the official functions."""
    from mmseg_wavemix.evaluation.bootstrap import _Resampler

    rng = np.random.default_rng(0)
    images = [image(*rng.integers(0, 9, 2) + 1, truth=t) for t in (ROAD, SKY, CAR, CAR, ROAD)]
    drawn = [0, 0, 2, 3, 3]
    expected = scores_of_counts(named([images[i] for i in drawn]))
    found = _Resampler(named(images)).scores(np.bincount(drawn, minlength=5).astype(float))
    for name in ('mIoU', 'iIoU', 'mIoU_category', 'iIoU_category'):
        assert found[name] == pytest.approx(expected[name], rel=1e-12)
    assert found['IoU/car'] == expected['classes']['car']['IoU']
    assert np.isnan(found['IoU/train'])


def test_interval_covers_the_truth():
    """Of 40 data sets whose true score is known, about nine in ten intervals hold it."""
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(40):
        hits = rng.binomial(50, 0.8, size=30)
        counted = named([image(int(n), 50 - int(n)) for n in hits])
        low, high = bootstrap(counted, 60, seed=2)['intervals']['IoU/road']
        inside += low <= 80 <= high
    assert 33 <= inside < 40


def test_the_same_seed_gives_the_same_whatever_the_order():
    counted = named([image(i + 1, 9 - i) for i in range(8)])
    first = bootstrap(counted, 50, seed=3)
    assert bootstrap(counted[::-1], 50, seed=3) == first
    assert bootstrap(counted, 50, seed=4) != first


def test_paired_difference_is_narrower_than_either():
    """Images differ much, the models little: one pixel more of each image is right."""
    counted = named([image(10 * i + 1, 99 - 10 * i) for i in range(10)])
    other = named([image(10 * i, 100 - 10 * i) for i in range(10)])
    result = bootstrap(counted, 200, seed=0, against=other)
    road = result['differences']['IoU/road']
    assert road['difference'] == pytest.approx(1) and road['interval'] == pytest.approx([1, 1])
    low, high = result['intervals']['IoU/road']
    assert high - low > 20
    assert result['against']['IoU/road'] == pytest.approx(45)
    assert result['against_intervals']['IoU/road'][0] == pytest.approx(low - 1)
    assert result['differences']['IoU/train'] == {'difference': None, 'interval': None}
    same = bootstrap(counted, 20, against=counted)['differences']['mIoU']
    assert same == {'difference': 0, 'interval': [0, 0]}


def test_table():
    counted = named([image(4, 0), image(2, 2)])
    result = bootstrap(counted, 400, seed=1)
    text = format_bootstrap(scores_of_counts(counted), result)
    rows = [[cell.strip() for cell in line.split('|')] for line in text.split('\n')]
    assert ['', 'IoU/road', '75.00', '50.00 .. 100.00', ''] in rows
    assert ['', 'iIoU', '-', '-', ''] in rows
    assert '95 % percentile intervals over images: 400 resamples, seed 1' in text
    paired = bootstrap(counted, 400, seed=1, against=named([image(2, 2), image(2, 2)]))
    text = format_bootstrap(scores_of_counts(counted), paired)
    rows = [[cell.strip() for cell in line.split('|')] for line in text.split('\n')]
    assert ['', 'IoU/road', '75.00', '50.00 .. 100.00', '50.00', '50.00 .. 50.00', '+25.00',
            '+0.00 .. +50.00', ''] in rows  # fmt: skip


def test_what_cannot_be_resampled():
    counted = named([image(4, 0), image(2, 2)])
    with pytest.raises(InputError, match='0 resamples: draw at least one'):
        bootstrap(counted, 0)
    with pytest.raises(InputError, match='1 images: an interval over images needs two'):
        bootstrap(counted[:1], 10)
    with pytest.raises(InputError, match='not of the same images'):
        bootstrap(counted, 10, against=counted[:1])
