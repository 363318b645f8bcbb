"""Official scores: by hand, against the official command line, and without side effects."""

import copy
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as CSEval
from PIL import Image

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation import format_scores, official_scores, save_scores

ROAD, CAR, BUS, VOID = 7, 26, 28, 0
CAR_SIZE = 12794.0202738185  # the official mean size of a car in pixels

# Two cars of 2 and 4 pixels above a row of void.
LABELS = np.array([[7, 7, 7, 7], [7, 7, 26, 26], [26, 26, 26, 26], [0, 0, 0, 0]])
INSTANCES = np.array(
    [[7, 7, 7, 7], [7, 7, 26000, 26000], [26001, 26001, 26001, 26001], [0, 0, 0, 0]]
)
PREDICTION = np.array([[7, 7, 7, 26], [7, 7, 26, 7], [26, 26, 26, 7], [26, 26, 7, 7]])


def test_hand_worked_example(tmp_path, add_frame):
    scores = official_scores([add_frame(tmp_path, 0, LABELS, PREDICTION, INSTANCES)])
    # Void row ignored. Road: 5 found, 1 taken for car, 2 of the cars taken for road: 5/8.
    # Car: 4 found, 2 missed, 1 of the road taken for car: 4/7.
    road, car = 100 * 5 / 8, 100 * 4 / 7
    # A car's pixels weigh mean size / its size: found S/2 * 1 + S/4 * 3 = 1.25 S of 2 S, and one
    # false positive.
    car_instances = 100 * 1.25 * CAR_SIZE / (2 * CAR_SIZE + 1)
    assert scores['classes']['road'] == {'IoU': pytest.approx(road), 'iIoU': None}
    assert scores['classes']['car'] == pytest.approx({'IoU': car, 'iIoU': car_instances})
    assert scores['categories']['flat'] == {'IoU': pytest.approx(road), 'iIoU': None}
    assert scores['categories']['vehicle'] == pytest.approx({'IoU': car, 'iIoU': car_instances})
    assert scores['mIoU'] == scores['mIoU_category'] == pytest.approx((road + car) / 2)
    assert scores['iIoU'] == scores['iIoU_category'] == pytest.approx(car_instances)
    assert scores['images'] == 1
    assert len(scores['classes']) == 19 and len(scores['categories']) == 7
    others = [name for name in scores['classes'] if name not in ('road', 'car')]
    assert all(scores['classes'][name] == {'IoU': None, 'iIoU': None} for name in others)


def test_one_pixel_of_an_absent_class_counts_as_zero(tmp_path, add_frame):
    prediction = LABELS.copy()
    prediction[0, 0] = BUS
    scores = official_scores([add_frame(tmp_path, 0, LABELS, prediction, INSTANCES)])
    assert scores['classes']['bus'] == {'IoU': 0.0, 'iIoU': 0.0}
    assert scores['mIoU'] == pytest.approx((100 * 5 / 6 + 100 + 0) / 3)
    assert scores['iIoU'] == pytest.approx((100 + 0) / 2)


def test_void_only_is_null_not_zero(tmp_path, add_frame):
    scores = official_scores([add_frame(tmp_path, 0, np.full((4, 4), VOID), LABELS)])
    averages = [scores[name] for name in ('mIoU', 'iIoU', 'mIoU_category', 'iIoU_category')]
    assert averages == [None] * 4
    save_scores(scores, tmp_path / 'new' / 'scores.json')
    assert json.loads((tmp_path / 'new' / 'scores.json').read_text()) == scores


def frames(case: str, real_truth: Path | None) -> list[tuple]:
    """``(labels, prediction, instances)`` of each frame of a case."""
    rng = np.random.default_rng(0)
    if case == 'random':
        labels = rng.integers(0, 34, (3, 24, 32))
        number = rng.integers(0, 3, labels.shape)
        instances = np.where(labels > 23, labels * 1000 + number, labels)
        return list(zip(labels, rng.integers(0, 34, labels.shape), instances, strict=True))
    if case == 'void only':
        return [(np.full((8, 8), VOID), rng.integers(7, 34, (8, 8)), None)]
    if case == 'absent classes':
        return [(LABELS, PREDICTION, INSTANCES)]
    if case == 'one false positive':
        prediction = LABELS.copy()
        prediction[0, 0] = BUS
        return [(LABELS, prediction, INSTANCES)]
    if case == 'group':  # 'cargroup' has no instances: the id alone in the instance file
        return [(LABELS, PREDICTION, np.where(INSTANCES == 26001, CAR, INSTANCES))]
    labels = np.array(Image.open(real_truth))
    instances = np.array(Image.open(str(real_truth).replace('labelIds', 'instanceIds')))
    return [(labels, np.roll(labels, 3, axis=1), instances)]


CASES = ['random', 'void only', 'absent classes', 'one false positive', 'group', 'real frame']


def run_official(root: Path) -> dict:
    """The official command line on a data root of its layout; its JSON."""
    # numpy 2.4 dropped in1d, which the official script calls.
    code = (
        'import runpy, sys, numpy as np\n'
        "np.in1d = getattr(np, 'in1d', np.isin)\n"
        'sys.argv = sys.argv[:1]\n'
        f"runpy.run_module('{CSEval.__name__}', run_name='__main__')\n"
    )
    export = root / 'export'
    export.mkdir()
    env = os.environ | {
        'CITYSCAPES_DATASET': str(root),
        'CITYSCAPES_RESULTS': str(root / 'results'),
        'CITYSCAPES_EXPORT_DIR': str(export),
    }
    subprocess.run([sys.executable, '-c', code], env=env, check=True, capture_output=True)
    return json.loads((export / 'resultPixelLevelSemanticLabeling.json').read_text())


@pytest.mark.parametrize('case', CASES)
def test_equals_the_official_command_line(case, tmp_path, add_frame, request):
    truth = request.getfixturevalue('real_truth') if case == 'real frame' else None
    pairs = [
        add_frame(tmp_path, i, labels, prediction, instances)
        for i, (labels, prediction, instances) in enumerate(frames(case, truth))
    ]
    ours, official = official_scores(pairs), run_official(tmp_path)

    def assert_same(score: float | None, expected: float) -> None:
        expected = None if math.isnan(expected) else pytest.approx(100 * expected, rel=1e-12)
        assert score == expected

    for name, row in ours['classes'].items():
        assert_same(row['IoU'], official['classScores'][name])
        assert_same(row['iIoU'], official['classInstScores'][name])
    for name, row in ours['categories'].items():
        assert_same(row['IoU'], official['categoryScores'][name])
        assert_same(row['iIoU'], official['categoryInstScores'][name])
    assert_same(ours['mIoU'], official['averageScoreClasses'])
    assert_same(ours['iIoU'], official['averageScoreInstClasses'])
    assert_same(ours['mIoU_category'], official['averageScoreCategories'])
    assert_same(ours['iIoU_category'], official['averageScoreInstCategories'])


def test_order_of_pairs_does_not_matter(tmp_path, add_frame):
    pairs = [add_frame(tmp_path, i, *frame) for i, frame in enumerate(frames('random', None))]
    assert official_scores(pairs) == official_scores(pairs[::-1])  # to the last bit


def test_data_root_named_like_the_files(tmp_path, add_frame):
    expected = official_scores([add_frame(tmp_path / 'plain', 0, LABELS, PREDICTION, INSTANCES)])
    root = tmp_path / 'labelIds_of_mine'
    pair = add_frame(root, 0, LABELS, PREDICTION, INSTANCES, city='labelIdstown')
    # The city's folder holds the word, too; in its file names the official rule would change it.
    for file in (root / 'gtFine' / 'val' / 'labelIdstown').iterdir():
        file.rename(file.with_name(file.name.replace('labelIdstown', 'hof')))
    pair = pair[0], str(Path(pair[1]).with_name('hof_000000_000019_gtFine_labelIds.png'))
    assert official_scores([pair]) == expected


def test_official_module_is_left_alone_and_does_not_leak_in(tmp_path, add_frame, monkeypatch):
    pair = add_frame(tmp_path, 0, LABELS, PREDICTION, INSTANCES)
    expected = official_scores([pair])
    before = copy.deepcopy(vars(CSEval.args)), dict(vars(CSEval))
    official_scores([pair])
    assert (copy.deepcopy(vars(CSEval.args)), dict(vars(CSEval))) == before
    # mmseg's CityscapesMetric sets such globals; they would turn every iIoU into 0.
    monkeypatch.setattr(CSEval.args, 'evalInstLevelScore', False)
    assert official_scores([pair]) == expected


def test_numpy_without_in1d(tmp_path, add_frame, monkeypatch):
    pair = add_frame(tmp_path, 0, LABELS, PREDICTION, INSTANCES)
    expected = official_scores([pair])
    monkeypatch.delattr(np, 'in1d', raising=False)
    assert official_scores([pair]) == expected
    assert not hasattr(np, 'in1d')


def test_nothing_is_printed(tmp_path, add_frame, capfd):
    official_scores([add_frame(tmp_path, 0, LABELS, PREDICTION, INSTANCES)])
    assert capfd.readouterr() == ('', '')


def test_errors_name_file_and_remedy(tmp_path, add_frame):
    prediction, truth = add_frame(tmp_path, 0, LABELS, PREDICTION, INSTANCES)
    with pytest.raises(InputError, match='nothing to score'):
        official_scores([])
    with pytest.raises(InputError, match=r'Prediction not found: .*absent\.png'):
        official_scores([(tmp_path / 'absent.png', truth)])
    with pytest.raises(InputError, match=r'named \*_labelIds\.png, got .*labelTrainIds'):
        official_scores([(prediction, truth.replace('labelIds', 'labelTrainIds'))])

    large = tmp_path / 'large.png'
    Image.fromarray(np.zeros((4, 5), np.uint8)).save(large)
    with pytest.raises(InputError, match=r'widths of .*large\.png and .* are not equal'):
        official_scores([(large, truth)])
    colour = tmp_path / 'colour.png'
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(colour)
    with pytest.raises(InputError, match=r'multiple channels.*colour\.png'):
        official_scores([(colour, truth)])
    outside = tmp_path / 'outside.png'
    Image.fromarray(np.full((4, 4), 255, np.uint8)).save(outside)
    with pytest.raises(InputError, match=r'cannot score .*outside\.png.* label ids 0 to 33'):
        official_scores([(outside, truth)])
    broken = tmp_path / 'broken.png'
    broken.write_bytes(b'no image')
    with pytest.raises(InputError, match=r'Unable to load .*broken\.png'):
        official_scores([(broken, truth)])

    for value, owner in ((7001, "'road'"), (40000, 40)):  # not the prediction's fault
        pair = add_frame(tmp_path, value, LABELS, PREDICTION, np.full((4, 4), value))
        with pytest.raises(InputError, match=rf'instanceIds\.png: it holds .* {owner}, which has'):
            official_scores([pair])

    Path(truth.replace('labelIds', 'instanceIds')).unlink()
    with pytest.raises(InputError, match=r'Instance file not found: .*instanceIds\.png.*zip'):
        official_scores([(prediction, truth)])


def test_export_dir_of_the_environment(tmp_path, add_frame):
    """The official module refuses to load with a wrong one, though nothing is exported."""
    pair = add_frame(tmp_path, 0, LABELS, PREDICTION, INSTANCES)
    code = (
        'import sys\nfrom mmseg_wavemix.evaluation import official\n'
        'try: official.official_scores([sys.argv[1:]])\n'
        'except official.InputError as error: sys.exit(f"one line: {error}")\n'
    )
    env = os.environ | {'CITYSCAPES_EXPORT_DIR': str(tmp_path / 'absent')}
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, '-c', code, *pair], env=env, cwd=root, capture_output=True, text=True
    )
    assert 'one line: CITYSCAPES_EXPORT_DIR' in run.stderr and 'unset' in run.stderr


def test_table_and_json(tmp_path, add_frame):
    scores = official_scores([add_frame(tmp_path, 0, LABELS, PREDICTION, INSTANCES)])
    lines = [
        [cell.strip() for cell in line.split('|')] for line in format_scores(scores).split('\n')
    ]
    assert ['', 'car', '57.14', '62.50', ''] in lines
    assert ['', 'train', '-', '-', ''] in lines
    assert ['', 'average class', '59.82', '62.50', ''] in lines
    file = tmp_path / 'scores.json'
    save_scores(scores, file)
    assert json.loads(file.read_text()) == scores
    with pytest.raises(InputError, match='File exists'):
        save_scores({}, file)
    assert json.loads(file.read_text()) == scores
