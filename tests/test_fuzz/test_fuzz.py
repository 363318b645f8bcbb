"""Checkpoints, pictures, label maps, configs and evaluation folders."""

import copy
import io
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.config import ConfigDict
from PIL import Image
from safetensors.torch import save

from mmseg_wavemix.checkpoints import from_authors, load_weights
from mmseg_wavemix.checkpoints.loading import read_content
from mmseg_wavemix.checkpoints.newest import fault_of
from mmseg_wavemix.config import load_config
from mmseg_wavemix.datasets.checks import check_dataset
from mmseg_wavemix.datasets.pictures import read_picture
from mmseg_wavemix.engine.training import _check
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation import check_folder, official_scores
from tests.test_fuzz.mutation import EDITS, mutate, outcome, outcomes

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.just(torch.zeros(2)) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(['state_dict', 'model', 'meta', 'a.weight', 'optimizer', 'message_hub'])
        | st.integers(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@pytest.fixture(scope='module', autouse=True)
def counts() -> Iterator[None]:
    """Tells with ``-s`` how many inputs there were."""
    yield
    for (name, kind), times in sorted(outcomes.items()):
        print(f'{name}: {times} {kind}')


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp('fuzz')


def checkpoints() -> dict[str, bytes]:
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
    state = model.state_dict()
    full = dict(state_dict=state, meta=dict(epoch=1, iter=2), message_hub={}, optimizer={})
    files = {'safetensors': save(state)}
    for name, content, zipped in (('zip', full, True), ('old', full, False), ('bare', state, True)):
        stream = io.BytesIO()
        torch.save(content, stream, _use_new_zipfile_serialization=zipped)
        files[name] = stream.getvalue()
    return files


CHECKPOINTS = checkpoints()


def use_checkpoint(path: Path) -> None:
    """All that is done with one: resuming, loading, converting."""
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
    if path.suffix == '.pth':
        assert isinstance(fault_of(path), str | None)
    outcome('converted checkpoints', lambda: from_authors(read_content(path), path), path)
    load_weights(model, path)


@given(kind=st.sampled_from(sorted(CHECKPOINTS)), edits=EDITS)
def test_checkpoint_bytes(folder: Path, kind: str, edits) -> None:
    path = folder / ('c.safetensors' if kind == 'safetensors' else 'c.pth')
    path.write_bytes(mutate(CHECKPOINTS[kind], edits))
    outcome('checkpoint bytes', lambda: use_checkpoint(path), path)


@given(content=PLAIN)
def test_checkpoint_contents(folder: Path, content: object) -> None:
    path = folder / 'c.pth'
    torch.save(content, path)
    outcome('checkpoint contents', lambda: use_checkpoint(path), path)


def pictures() -> dict[str, bytes]:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 24, 3), np.uint8)
    files = {}
    for suffix in ('png', 'jpg', 'webp', 'tif', 'bmp', 'gif', 'ppm', 'jp2'):
        stream = io.BytesIO()
        kind = {'jpg': 'JPEG', 'tif': 'TIFF', 'jp2': 'JPEG2000'}.get(suffix, suffix.upper())
        Image.fromarray(pixels).save(stream, kind)
        files[suffix] = stream.getvalue()
    return files


PICTURES = pictures()


@given(kind=st.sampled_from(sorted(PICTURES)), edits=EDITS)
def test_pictures(folder: Path, kind: str, edits) -> None:
    path = folder / f'picture.{kind}'
    path.write_bytes(mutate(PICTURES[kind], edits))
    result = outcome('pictures', lambda: read_picture(path), path)
    if not isinstance(result, InputError):
        assert result.dtype == np.uint8 and result.ndim == 3 and result.shape[2] == 3


@pytest.fixture(scope='module')
def scene(folder: Path, scenes: Path) -> ConfigDict:
    """A data set of one picture."""
    root = folder / 'data'
    image = min((scenes / 'leftImg8bit' / 'train').rglob('*.png'))
    for kind, found in (('leftImg8bit', [image]), (
        'gtFine', (scenes / 'gtFine' / 'train').rglob(f'{image.name[:20]}*'))):  # fmt: skip
        target = root / kind / 'train' / 'city'
        target.mkdir(parents=True)
        for file in found:
            if file.name.startswith(image.name.removesuffix('_leftImg8bit.png')):
                shutil.copy(file, target)
    return ConfigDict(
        type='CityscapesDataset', data_root=str(root), pipeline=[],
        data_prefix=dict(img_path='leftImg8bit/train', seg_map_path='gtFine/train'),
    )  # fmt: skip


ARRAYS = st.tuples(
    st.sampled_from(['L', 'L', 'L', 'P', 'RGB', 'RGBA', '1', 'I;16', 'LA', 'F', 'I', 'CMYK']),
    st.sampled_from([(128, 64), (128, 64), (128, 64), (64, 128), (1, 1), (127, 64)]),
    st.sampled_from(['PNG', 'PNG', 'PNG', 'BMP', 'TIFF', 'JPEG', 'WEBP']),
    st.integers(0, 40) | st.sampled_from([255, 254, 77]),
    st.none() | st.none() | EDITS,
)


def draw_file(path: Path, mode: str, size: tuple[int, int], kind: str, value: int, edits) -> None:
    """A picture of any kind, if there is such a one, under the name of a PNG."""
    stream = io.BytesIO()
    try:
        made = Image.new(mode, size)
        made.paste(made.getpixel((0, 0)) if mode in ('RGB', 'RGBA', 'LA', 'CMYK') else value,
                   (0, 0, *size))  # fmt: skip
        made.save(stream, kind)
    except (OSError, TypeError, ValueError):
        stream.write(b'none')
    content = stream.getvalue()
    path.write_bytes(mutate(content, edits) if edits else content)


@given(
    array=ARRAYS,
    which=st.sampled_from(['_labelTrainIds.png', '_labelIds.png', '_leftImg8bit.png']),
)
def test_label_maps(folder: Path, scene: ConfigDict, array, which: str) -> None:
    files = {path: path.read_bytes() for path in Path(scene.data_root).rglob('*.png')}
    (path,) = (path for path in files if path.name.endswith(which))
    try:
        if which == '_labelIds.png':  # train ids are made of it
            (train_ids,) = (path for path in files if path.name.endswith('_labelTrainIds.png'))
            train_ids.unlink()
        draw_file(path, *array)
        outcome('label maps', lambda: check_dataset(scene, 19), path)
        assert {p for p in files if not p.exists()} <= (
            {train_ids} if which == '_labelIds.png' else set()
        )
    finally:
        for path, content in files.items():
            path.write_bytes(content)


VALUES = [None, -1, 0, 1, 2, 3.5, float('nan'), True, '', 'abc', [], [1, 2], (64, 64), {},
          dict(type='BN'), dict(type='abc'), 'WaveMix', 'HaarPyramid']  # fmt: skip


def places(part: object, at: tuple = ()) -> list[tuple]:
    """Where the values of a config lie."""
    found = [at] if at else []
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(
        part, list | tuple) else ()  # fmt: skip
    for key, value in items:
        found += places(value, (*at, key))
    return found


def use_config(path: Path, options: dict, work_dir: Path) -> None:
    cfg = load_config(path, options)
    cfg.work_dir, cfg.launcher = str(work_dir), 'none'
    _check(cfg, path, None)


CHECKED = ('model', 'train_dataloader', 'val_dataloader', 'default_hooks', 'train_cfg',
           'val_evaluator')  # fmt: skip


@settings(max_examples=max(30, settings.default.max_examples // 6))  # they take longest
@given(data=st.data())
def test_config_values(config: Path, data: st.DataObject) -> None:
    cfg = load_config(config)
    where = [place for place in places({key: cfg[key] for key in CHECKED})
             if not any(isinstance(key, int) for key in place)]  # fmt: skip
    keys = data.draw(st.lists(st.sampled_from(where), min_size=1, max_size=2, unique=True))
    # a value and what lies in it: --cfg-options cannot set both
    keys = [key for key in keys if not any(key[: len(k)] == k != key for k in keys)]
    options = {'.'.join(key): copy.deepcopy(data.draw(st.sampled_from(VALUES))) for key in keys}
    outcome('config values', lambda: use_config(config, options, config.parent / 'run'), config)
    assert not (config.parent / 'run').exists()


TEXT = (
    "model = dict(backbone=dict(embed_dims=8, depth=1, level=1, stem=dict(type='StridedStem')),\n"
    '    decode_head=dict(in_channels=8, num_classes=19), test_cfg=dict(mode="whole"))\n'
    'train_dataloader = dict(batch_size=4, num_workers=0)\ntrain_cfg = dict(max_epochs=2)\n'
)


@given(edits=EDITS)
def test_config_text(config: Path, edits) -> None:
    path = config.with_name('mutated.py')
    text = mutate(TEXT.encode(), edits)
    path.write_bytes(f"_base_ = './{config.name}'\n".encode() + text)
    outcome('config text', lambda: use_config(path, {}, config.parent / 'run'), path, config)


NAMES = st.sampled_from(['missing', 'twice', 'renamed', 'folder', 'stray', 'link'])


@given(array=ARRAYS, truth=st.booleans(), name=st.none() | NAMES)
def test_evaluation_folders(folder: Path, scenes: Path, array, truth: bool, name) -> None:
    root = folder / 'evaluation'
    shutil.rmtree(root, ignore_errors=True)
    truths = root / 'gtFine' / 'val' / 'city'
    predictions = root / 'predictions'
    truths.mkdir(parents=True)
    predictions.mkdir()
    for file in sorted((scenes / 'gtFine' / 'val').rglob('*.png'))[:6]:
        shutil.copy(file, truths)
        if file.name.endswith('_labelIds.png'):
            shutil.copy(file, predictions)
    target = sorted((truths if truth else predictions).rglob('*Ids.png'))[0]
    draw_file(target, *array)
    if name == 'missing':
        target.unlink()
    elif name == 'twice':
        shutil.copy(target, target.with_name(f'{target.stem}_2.png'))
    elif name == 'renamed':
        target.rename(target.with_name('abc.png'))
    elif name == 'folder':
        target.unlink()
        target.mkdir()
    elif name == 'stray':
        target.with_name(f'._{target.name}').write_bytes(b'\0\5\x16\7')
    elif name == 'link':
        target.unlink()
        target.symlink_to(root / 'nowhere')
    files = [path for path in root.rglob('*') if path.is_file()]
    outcome(
        'evaluation folders', lambda: official_scores(check_folder(predictions, truths)), *files
    )
    assert threading.current_thread() is threading.main_thread() and os.getcwd()
