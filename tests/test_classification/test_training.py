"""Training end to end, on scikit-learn's digits."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

NEEDED = 'classification needs mmpretrain: make classification'
pytest.importorskip('mmseg_wavemix.classification', reason=NEEDED)

import mmpretrain
from mmengine.config import Config
from mmpretrain.registry import DATASETS, MODELS

CONFIG = 'configs/mmpretrain/wavemix_8_10_l1_up_digits.py'
SHORT = (
    'train_cfg.max_epochs=1',
    'train_cfg.val_interval=1',
    'train_dataloader.dataset.indices=64',
)


def call(script: Path, *args: object, cwd: Path, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(script), *map(str, args)],
        cwd=cwd,
        env={**os.environ, 'OMP_NUM_THREADS': '1', **variables},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def train(repository: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    def run(config: str | Path, *args: object) -> subprocess.CompletedProcess:
        return call(
            repository / 'tools/train_classifier.py', repository / config, *args, cwd=tmp_path
        )

    return run


def test_learns_digits(train: Callable, repository: Path, tmp_path: Path) -> None:
    """A quarter of a minute instead of minutes: far above the 10 % of chance."""
    run = tmp_path / 'run'
    options = ('train_cfg.max_epochs=8', 'default_hooks.switch.begin=6', 'train_cfg.val_interval=8')
    sizes = ('pipeline.0.scale=(16,16)',)
    options += tuple(
        f'{loader}.dataset.{size}'
        for loader in ('train_dataloader', 'val_dataloader') for size in sizes
    )  # fmt: skip
    result = train(CONFIG, '--work-dir', run, '--cfg-options', *options)
    assert result.returncode == 0, result.stderr[-3000:]
    assert 'SGD (lr' in result.stdout + result.stderr  # the switch has come

    checkpoint = torch.load(run / 'epoch_8.pth', weights_only=False)['state_dict']
    assert {name.split('.')[0] for name in checkpoint} == {'backbone', 'head'}
    assert {name for name in checkpoint if name.startswith('head')} == {
        'head.fc.weight',
        'head.fc.bias',
    }
    cfg = Config.fromfile(repository / CONFIG)
    model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor)).eval()
    model.load_state_dict(checkpoint)
    dataset = cfg.test_dataloader.dataset
    dataset.pipeline[0].scale = (16, 16)
    digits = DATASETS.build(dataset)
    samples = [digits[i] for i in range(len(digits))]
    batch = dict(
        inputs=[sample['inputs'] for sample in samples],
        data_samples=[sample['data_samples'] for sample in samples],
    )
    with torch.no_grad():
        predicted = model.test_step(batch)
    hits = sum(int(sample.pred_label == sample.gt_label) for sample in predicted)
    assert hits / len(digits) > 0.8


def test_weights_go_on_into_segmentation(train: Callable, tmp_path: Path) -> None:
    from mmseg_wavemix.checkpoints import ClassifierWeights
    from mmseg_wavemix.models import WaveMix

    run = tmp_path / 'run'
    result = train(CONFIG, '--work-dir', run, '--amp', '--cfg-options', *SHORT)  # amp: not on CPU
    assert result.returncode == 0, result.stderr[-3000:]
    backbone = WaveMix(
        1, 8, 10, 1, stem=dict(type='StridedStem', strides=(1, 1)),
        upsampler=dict(type='Interpolation'),
    )  # fmt: skip
    ClassifierWeights(run / 'epoch_1.pth')(backbone)
    trained = torch.load(run / 'epoch_1.pth', weights_only=False)['state_dict']
    for name, value in backbone.state_dict().items():
        assert torch.equal(value, trained[f'backbone.{name}'])

    again = train(CONFIG, '--work-dir', run, '--cfg-options', *SHORT)
    assert again.returncode == 1 and 'holds an earlier run' in again.stderr
    options = (*SHORT, 'train_cfg.max_epochs=2')
    resumed = train(CONFIG, '--work-dir', run, '--resume', '--cfg-options', *options)
    assert resumed.returncode == 0, resumed.stderr[-3000:]
    assert (run / 'epoch_2.pth').is_file()


def test_weights_that_do_not_fit_or_run_code(tmp_path: Path, repository: Path) -> None:
    import mmseg_wavemix.classification.training as training
    from mmseg_wavemix.config import load_config
    from mmseg_wavemix.errors import InputError

    class Evil:
        def __reduce__(self) -> tuple:
            return os.system, (f'touch {tmp_path / "pwned"}',)

    torch.save(dict(state_dict=dict(x=torch.ones(1)), more=Evil()), tmp_path / 'evil.pth')
    torch.save(dict(state_dict=dict(x=torch.ones(1))), tmp_path / 'other.pth')
    path = repository / 'configs/mmpretrain/wavemix_16_4_l1_digits.py'
    for name, message in (('evil', 'would run posix.system'), ('other', 'another model')):
        file = str(tmp_path / f'{name}.pth')
        for resume, options in ((file, {}), (None, {'load_from': file})):
            cfg = load_config(path, options)
            cfg.work_dir = str(tmp_path / 'run')
            with pytest.raises(InputError, match=message):
                training.train(cfg, path, resume=resume)
    assert not (tmp_path / 'pwned').exists() and not (tmp_path / 'run').exists()


def test_stock_mmpretrain_trains(repository: Path, tmp_path: Path) -> None:
    tools = Path(mmpretrain.__file__).parent / '.mim' / 'tools'
    if not tools.is_dir():
        pytest.skip(f'this mmpretrain comes without its tools: no {tools}')
    for args in (
        ('train.py', repository / CONFIG, '--work-dir', tmp_path / 'run'),
        ('test.py', repository / CONFIG, tmp_path / 'run/epoch_1.pth', '--work-dir', tmp_path),
    ):
        result = call(
            tools / args[0], *args[1:], '--cfg-options', *SHORT,
            cwd=tmp_path, PYTHONPATH=str(repository),
        )  # fmt: skip
        assert result.returncode == 0, result.stderr[-3000:]
        assert 'accuracy/top1' in result.stdout + result.stderr


@pytest.mark.parametrize(
    ('config', 'args', 'message'),
    [
        ('wavemix_64_6_l1_cifar10', (), 'data/cifar10 does not exist.*--download'),
        ('wavemix_192_16_l1_in1k', (), 'data/imagenet does not exist.*ILSVRC2012'),
        ('wavemix_192_16_l1_in1k', ('--download',), 'ImageNet cannot be fetched'),
        ('wavemix_192_16_l3_galaxy10', (), 'epoch_300.pth'),
        ('wavemix_8_10_l1_up_digits', ('--resume', 'none.pth'), 'none.pth does not exist'),
        ('wavemix_8_10_l1_up_digits', ('--cfg-options', 'model.backbone.level=0'), 'level must be'),
    ],
)
def test_mistakes_are_one_sentence(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    config: str, args: tuple, message: str,
) -> None:  # fmt: skip
    import mmseg_wavemix.classification.training as training
    from mmseg_wavemix.config import load_config
    from mmseg_wavemix.errors import InputError

    monkeypatch.chdir(tmp_path)
    options = dict(arg.split('=') for arg in args if '=' in arg)
    options = {key: int(value) for key, value in options.items()}
    path = repository / 'configs/mmpretrain' / f'{config}.py'
    cfg = load_config(path, options)
    cfg.work_dir = str(tmp_path / 'run')
    resume = args[1] if '--resume' in args else None
    with pytest.raises(InputError) as error:
        training.train(cfg, path, resume=resume, download='--download' in args)
    assert re.search(message, str(error.value).replace('\n', ' '))
    assert not (tmp_path / 'run').exists()
