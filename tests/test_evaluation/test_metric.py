"""CityscapesOfficialMetric: values, class names, what it writes and what it leaves alone."""

import gc
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from cityscapesscripts.helpers.labels import name2label, trainId2label
from mmengine.hooks import CheckpointHook
from mmengine.logging import MessageHub
from mmseg.evaluation import IoUMetric
from mmseg.registry import METRICS
from PIL import Image

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation import CityscapesOfficialMetric, official_scores

CLASSES = tuple(trainId2label[i].name for i in range(19))
SUBSET = 'sky,building,pole,road,sidewalk,vegetation,traffic sign,fence,car,person,rider'
SUBSET = tuple(SUBSET.split(','))


def sample(truth: str, indices: np.ndarray, image: str | None = None) -> dict:
    """What mmseg's model hands to a metric."""
    name = Path(truth).name.replace('gtFine_labelIds', 'leftImg8bit')
    return {
        'pred_sem_seg': {'data': torch.from_numpy(np.asarray(indices, dtype=np.int64))[None]},
        'img_path': image or f'/data/leftImg8bit/val/hof/{name}',
        'seg_map_path': truth.replace('gtFine_labelIds', 'gtFine_labelTrainIds'),
        'ori_shape': tuple(indices.shape),
    }


def build(classes: tuple[str, ...] = CLASSES, **kwargs: object) -> CityscapesOfficialMetric:
    metric = METRICS.build({'type': 'CityscapesOfficialMetric', **kwargs})
    metric.dataset_meta = {'classes': classes}
    return metric


def class_index(label_id: int) -> int:
    """Class index of a label id, 0 for void."""
    return next((i for i in range(19) if trainId2label[i].id == label_id), 0)


@pytest.fixture
def frames(tmp_path, add_frame) -> list[tuple[str, np.ndarray]]:
    """Ground truths of random labels, void among them, and class indices as predictions."""
    rng = np.random.default_rng(1)
    result = []
    for number in range(3):
        labels = rng.integers(0, 34, (16, 24))
        instances = np.where(labels > 23, labels * 1000 + rng.integers(0, 2, labels.shape), labels)
        _, truth = add_frame(tmp_path, number, labels, instances=instances)
        guess = np.array([class_index(i) for i in range(34)])[labels]
        result.append((truth, np.where(rng.random(labels.shape) < 0.6, guess, 13)))
    return result


def test_equals_official_scores_and_ioumetric(frames, tmp_path):
    output = tmp_path / 'kept'
    metric = build(output_dir=str(output), json_file=str(tmp_path / 'scores.json'))
    areas = []
    for truth, indices in frames:
        metric.process(None, [sample(truth, indices)])
        train_ids = np.array(Image.open(truth.replace('labelIds', 'labelTrainIds')))
        areas.append(
            IoUMetric.intersect_and_union(
                torch.from_numpy(indices), torch.from_numpy(train_ids).long(), 19, 255
            )
        )
    flat = metric.evaluate(len(frames))

    names = [Path(truth).name.replace('gtFine_labelIds', 'leftImg8bit') for truth, _ in frames]
    assert sorted(path.name for path in output.iterdir()) == names
    files = [str(output / name) for name in names]
    assert Image.open(files[0]).mode == 'L'
    expected = official_scores([(f, truth) for f, (truth, _) in zip(files, frames, strict=True)])
    assert metric.scores == expected == json.loads((tmp_path / 'scores.json').read_text())
    for name in ('mIoU', 'iIoU', 'mIoU_category', 'iIoU_category'):
        assert flat[name] == expected[name]

    totals = [sum(part) for part in zip(*areas, strict=True)]
    iou = IoUMetric.total_area_to_metrics(*totals)['IoU']
    assert [flat[f'IoU/{name}'] for name in CLASSES] == pytest.approx(list(100 * iou), rel=1e-5)
    assert next(iter(flat)) == 'mIoU'  # what save_best='auto' takes


def test_subset_of_classes_is_mapped_by_name(tmp_path, add_frame):
    """11 classes in CamVid's order: index 0 is sky (23), not trainId 0 (road)."""
    ids = [name2label[name].id for name in SUBSET]
    labels = np.array(ids + [0]).reshape(3, 4)
    _, truth = add_frame(tmp_path, 0, labels)
    metric = build(SUBSET, output_dir=str(tmp_path / 'kept'))
    metric.process(None, [sample(truth, np.arange(12).reshape(3, 4) % 11)])
    flat = metric.evaluate(1)
    (file,) = (tmp_path / 'kept').iterdir()
    assert np.array(Image.open(file)).ravel().tolist() == ids + [ids[0]]
    assert flat['mIoU'] == 100
    assert {name for name in flat if name.startswith('IoU/')} == {f'IoU/{n}' for n in SUBSET}
    assert all(math.isfinite(value) for value in flat.values())


def test_unknown_class_is_told_when_the_dataset_is_known():
    with pytest.raises(InputError, match="for class 'bicyclist', 'license plate'"):
        build(('road', 'bicyclist', 'license plate'))


def test_void_only_breaks_neither_save_best_nor_json(tmp_path, add_frame):
    _, truth = add_frame(tmp_path, 0, np.zeros((4, 4)))
    metric = build(json_file=str(tmp_path / 'scores.json'))
    metric.process(None, [sample(truth, np.ones((4, 4), int))])
    flat = metric.evaluate(1)
    assert flat == {'mIoU': None}
    assert json.loads((tmp_path / 'scores.json').read_text())['mIoU'] is None
    hook = CheckpointHook(save_best='mIoU', by_epoch=True)
    runner = SimpleNamespace(epoch=0, iter=0, message_hub=MessageHub.get_instance('void'))
    hook._save_best_checkpoint(runner, flat)  # a runner without save_checkpoint: none is saved


def test_every_epoch_replaces_its_own(frames, tmp_path):
    file = tmp_path / 'scores.json'
    metric = build(output_dir=str(tmp_path / 'kept'), json_file=str(file))
    truth, indices = frames[0]
    metric.process(None, [sample(truth, indices)])
    first = metric.evaluate(1)
    metric.process(None, [sample(truth, np.zeros_like(indices))])
    second = metric.evaluate(1)
    assert second['mIoU'] < first['mIoU']
    assert json.loads(file.read_text())['mIoU'] == second['mIoU']


def test_nothing_is_deleted_or_overwritten(frames, tmp_path):
    mine, file = tmp_path / 'mine', tmp_path / 'scores.json'
    mine.mkdir()
    (mine / 'note.txt').write_text('keep')
    file.write_text('keep')
    with pytest.raises(InputError, match=r'output_dir .*mine is not empty'):
        CityscapesOfficialMetric(output_dir=str(mine))
    with pytest.raises(InputError, match=r'json_file .*scores\.json exists'):
        CityscapesOfficialMetric(output_dir=str(tmp_path / 'new'), json_file=str(file))
    assert not (tmp_path / 'new').exists()
    assert (mine / 'note.txt').read_text() == file.read_text() == 'keep'

    empty = tmp_path / 'empty'
    empty.mkdir()
    metric = build(output_dir=str(empty))
    metric.process(None, [sample(*frames[0])])
    del metric
    gc.collect()
    assert len(list(empty.iterdir())) == 1  # mmseg's CityscapesMetric would have removed it


def test_temporary_directory_goes_with_the_metric(frames):
    metric = build()
    directory = Path(metric.output_dir)
    metric.process(None, [sample(*frames[0])])
    metric.evaluate(1)
    assert len(list(directory.iterdir())) == 1
    del metric
    gc.collect()
    assert not directory.exists()


def test_data_root_named_like_the_files(tmp_path, add_frame):
    labels = np.array([[7, 26], [23, 0]])
    root = tmp_path / '_labelTrainIds.png_labelIds'
    _, truth = add_frame(root, 0, labels)
    metric = build()
    item = sample(truth, np.array([[0, 13], [10, 0]]))
    item['seg_map_path'] = str(
        Path(truth).with_name(Path(truth).name.replace('labelIds', 'labelTrainIds'))
    )
    metric.process(None, [item])
    assert metric.evaluate(1)['mIoU'] == 100


def test_faults_are_told_at_the_image(frames, tmp_path):
    metric = build()
    truth, indices = frames[0]
    with pytest.raises(InputError, match=r'hof_000000.* is 8x24 .* is 16x24: predict at'):
        metric.process(None, [sample(truth, indices[:8])])
    with pytest.raises(InputError, match='classes 19 to 19, the dataset names 19'):
        metric.process(None, [sample(truth, np.full_like(indices, 19))])
    item = sample(truth, indices)
    with pytest.raises(InputError, match=r'mask\.png: official scores need ground truth named'):
        metric.process(None, [item | {'seg_map_path': str(tmp_path / 'mask.png')}])
    with pytest.raises(InputError, match='has no ground truth'):
        metric.process(None, [item | {'seg_map_path': None}])
    metric.process(None, [item])
    with pytest.raises(InputError, match='would share'):
        other = item['img_path'].replace('/hof/', '/ulm/')
        metric.process(None, [sample(truth, indices, other)])
    Path(truth.replace('labelIds', 'instanceIds')).unlink()
    with pytest.raises(InputError, match='Instance file not found'):
        metric.process(None, [item])


def evaluate(metric: CityscapesOfficialMetric, frames: list) -> dict:
    for truth, indices in frames:
        metric.process(None, [sample(truth, indices)])
    return metric.evaluate(len(frames))


def test_streaming_is_the_same_without_files(frames, tmp_path, monkeypatch):
    files = build()
    expected = evaluate(files, frames)
    monkeypatch.setattr('tempfile.mkdtemp', lambda **_: pytest.fail('a directory was made'))
    metric = build(streaming=True, json_file=str(tmp_path / 'scores.json'))
    assert metric.output_dir is None
    assert evaluate(metric, frames[::-1]) == expected  # the order does not matter
    assert repr(metric.scores) == repr(files.scores)
    assert json.loads((tmp_path / 'scores.json').read_text()) == files.scores
    assert evaluate(metric, frames) == expected  # a second epoch starts from nothing
    assert metric.scores['images'] == 3


def test_streaming_keeps_predictions_if_asked(frames, tmp_path):
    files = build(output_dir=str(tmp_path / 'a'))
    metric = build(output_dir=str(tmp_path / 'b'), streaming=True)
    assert evaluate(metric, frames) == evaluate(files, frames)
    names = sorted(path.name for path in (tmp_path / 'a').iterdir())
    assert names == sorted(path.name for path in (tmp_path / 'b').iterdir()) and len(names) == 3
    for name in names:
        assert (tmp_path / 'a' / name).read_bytes() == (tmp_path / 'b' / name).read_bytes()


def test_streaming_at_network_size(frames):
    """Nearest neighbour to half the size; ground truth resized in memory as in files."""
    half = [(truth, indices[::2, ::2]) for truth, indices in frames]
    files = build(network_size=(8, 12))
    metric = build(network_size=(8, 12), streaming=True)
    assert evaluate(metric, half) == evaluate(files, half)
    assert repr(metric.scores) == repr(files.scores) and metric.scores['size'] == [8, 12]
    full = build(network_size=(16, 24), streaming=True)
    evaluate(full, frames)
    assert 'size' not in full.scores


def test_streaming_tells_faults_at_the_image(frames):
    metric = build(streaming=True)
    truth, indices = frames[0]
    with pytest.raises(InputError, match='is 8x24 .* is 16x24: predict at'):
        metric.process(None, [sample(truth, indices[:8])])
    Image.fromarray(np.full((16, 24), 40, np.uint8)).save(truth)
    with pytest.raises(InputError, match='leftImg8bit.png against .*: ground truth: ids 40 to 40'):
        metric.process(None, [sample(truth, indices)])
    Path(truth).write_bytes(b'no image')
    with pytest.raises(InputError, match=r'labelIds\.png cannot be read .*copy it again'):
        metric.process(None, [sample(truth, indices)])


def test_trainid_255_and_19_are_not_turned_into_labels(frames):
    """As class indices they are none: mmseg's CityscapesMetric makes 19 a traffic light (19)."""
    truth, indices = frames[0]
    for streaming in (False, True):
        for index in (19, 255):
            with pytest.raises(InputError, match=f'classes {index} to {index}, the dataset names'):
                metric = build(streaming=streaming)
                metric.process(None, [sample(truth, np.full_like(indices, index))])
    # an output for void is no class of the official scores, but may be predicted: always wrong
    metric = build((*CLASSES, 'unlabeled'), streaming=True)
    assert evaluate(metric, [(truth, np.full_like(indices, 19))])['mIoU'] == 0


# torch's gloo threads may abort a process that ends by an error, see engine/launch.py
FAILED = {1, -6}
HANG = 200  # seconds; torch itself waits 1800 for a rank that is gone
RANK = """
import json, sys, time
import numpy as np, torch
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from test_metric import build, sample
folder, rank, options, order, truths = sys.argv[3], int(sys.argv[4]), *map(json.loads, sys.argv[5:])
torch.distributed.init_process_group(
    'gloo', init_method=f'file://{folder}/meet', rank=rank, world_size=len(order))
fail = options.pop('fail', None)
metric = build(**options)
if fail:
    def compute_metrics(results): raise KeyError('unforeseen')
    metric.compute_metrics = compute_metrics
for i in order[rank]:
    metric.process(None, [sample(truths[i], np.load(f'{folder}/{i}.npy'))])
flat = metric.evaluate(len(truths))
json.dump([flat, metric.output_dir], open(f'{folder}/rank{rank}.json', 'w'))
torch.distributed.barrier()
time.sleep(0.5)  # see engine/launch.py
torch.distributed.destroy_process_group()
"""


def run_ranks(
    folder: Path, frames: list, order: list[list[int]], **options: object
) -> list[subprocess.CompletedProcess]:
    """Evaluates ``frames`` in as many processes as ``order`` has lists."""
    (folder / 'meet').unlink(missing_ok=True)
    for i, (_, indices) in enumerate(frames):
        np.save(folder / f'{i}.npy', indices)
    here = Path(__file__).parent
    truths = [truth for truth, _ in frames]
    ranks = [
        subprocess.Popen(
            [sys.executable, '-c', RANK, str(here.parents[1]), str(here), str(folder), str(rank)]
            + [json.dumps(argument) for argument in (options, order, truths)],
            cwd=folder,
            env=os.environ | {'OMP_NUM_THREADS': '1'},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(len(order))
    ]
    ended = []
    try:
        for rank in ranks:
            _, stderr = rank.communicate(timeout=HANG)
            ended.append(subprocess.CompletedProcess(rank.args, rank.returncode, None, stderr))
    finally:
        for rank in ranks:
            rank.kill()
            rank.wait()
    return ended


# Of three images a sampler of two ranks repeats one, in turn or in blocks; or more, which mmengine,
# dropping padding by its position, would take for others.
ORDERS = {'in turn': [[0, 2], [1, 0]], 'blocks': [[0, 1], [2, 0]], 'uneven': [[0, 1, 2], [1]]}


@pytest.mark.parametrize('streaming', [False, True])
@pytest.mark.parametrize('order', ORDERS)
def test_two_processes_score_as_one(frames, tmp_path, order, streaming):
    single = build(streaming=streaming)
    expected = evaluate(single, frames)
    ended = run_ranks(tmp_path, frames, ORDERS[order], streaming=streaming)
    assert [rank.returncode for rank in ended] == [0, 0], ended[0].stderr
    (first, folder), (second, other) = (
        json.loads((tmp_path / f'rank{rank}.json').read_text()) for rank in range(2)
    )
    assert first == second == expected  # JSON keeps every bit of a float
    assert folder == other and not (folder and os.path.exists(folder))


@pytest.mark.parametrize('streaming', [False, True])
def test_a_fault_at_an_image_of_one_rank_ends_all(frames, tmp_path, streaming):
    Path(frames[0][0].replace('labelIds', 'instanceIds')).unlink()  # rank 0 has it
    ended = run_ranks(tmp_path, frames, [[0], [1, 2]], streaming=streaming)
    for rank in ended:
        assert rank.returncode in FAILED and 'InputError: Instance file not found' in rank.stderr


def test_a_fault_of_the_main_process_ends_all(frames, tmp_path):
    (tmp_path / 'file').write_text('')
    ended = run_ranks(tmp_path, frames, [[0], [1, 2]], json_file=str(tmp_path / 'file' / 'x.json'))
    for rank in ended:
        assert (
            rank.returncode in FAILED and 'InputError: The scores cannot be written' in rank.stderr
        )
    ended = run_ranks(tmp_path, frames, [[0], [1, 2]], output_dir=str(tmp_path))
    for rank in ended:
        assert rank.returncode in FAILED and 'is not empty, nothing is overwritten' in rank.stderr
    main, other = run_ranks(tmp_path, frames, [[0], [1, 2]], fail=True)
    assert {main.returncode, other.returncode} <= FAILED
    assert "KeyError: 'unforeseen'" in main.stderr
    assert 'InputError: The main process failed: see its error' in other.stderr
