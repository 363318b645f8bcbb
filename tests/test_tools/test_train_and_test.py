"""The chain as a user calls it: train, resume, test, evaluate."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mmseg_wavemix.benchmark.contenders import build_model
from mmseg_wavemix.config import load_config


def sentence(result) -> str:
    """The one-line error of a command; a traceback is a failure of its own."""
    assert result.returncode == 1, result.stderr[-3000:]
    assert 'Traceback' not in result.stderr, result.stderr[-3000:]
    return result.stderr.split('error: ')[-1]


def test_train_resume_test_evaluate(config: Path, tool, tmp_path: Path, scenes: Path) -> None:
    run = tmp_path / 'run'
    trained = tool('train.py', config, '--work-dir', run, '--cfg-options', 'train_cfg.max_epochs=1')
    assert trained.returncode == 0, trained.stderr[-3000:]
    for word in ('eta', 'memory_mb', 'loss_focal', 'mIoU', 'traffic light'):
        assert word in trained.stdout + trained.stderr, word
    assert (run / 'best_mIoU_epoch_1.pth').is_file()
    assert list(run.rglob('events.out.tfevents.*'))
    first = (run / 'epoch_1.pth').read_bytes()

    # a second run must not touch the first one's results
    again = sentence(tool('train.py', config, '--work-dir', run))
    assert 'holds an earlier run (epoch_1.pth): go on with it by --resume' in again
    assert (run / 'epoch_1.pth').read_bytes() == first

    resumed = tool('train.py', config, '--work-dir', run, '--resume')
    assert resumed.returncode == 0, resumed.stderr[-3000:]
    assert 'resumed epoch: 1, iter: 2' in resumed.stdout + resumed.stderr
    meta = torch.load(run / 'epoch_2.pth', weights_only=False)['meta']
    assert (meta['epoch'], meta['iter']) == (2, 4)

    scores, predictions = tmp_path / 'scores.json', tmp_path / 'predictions'
    (best,) = run.glob('best_mIoU_epoch_*.pth')
    outputs = ('--json', scores, '--out', predictions, '--show-dir', tmp_path / 'show')
    tested = tool('test.py', config, best, '--work-dir', run, *outputs)
    assert tested.returncode == 0, tested.stderr[-3000:]
    assert len(list((tmp_path / 'show').rglob('*.png'))) == 4
    written = json.loads(scores.read_text())
    assert written['images'] == 4 and 0 <= written['mIoU'] <= 100
    assert len(list(predictions.glob('*.png'))) == 4

    # the same scores from the files alone
    evaluated = tmp_path / 'evaluated.json'
    result = tool('evaluate.py', predictions, scenes / 'gtFine' / 'val', '--json', evaluated)
    assert result.returncode == 0, result.stderr
    assert json.loads(evaluated.read_text()) == written


def test_sliding_windows_and_tta(config: Path, tool, tmp_path: Path) -> None:
    """Whole pictures, windows and augmented predictions agree where they must."""
    run = tmp_path / 'run'
    tool('train.py', config, '--work-dir', run, '--cfg-options', 'train_cfg.max_epochs=1')
    checkpoint = run / 'epoch_1.pth'
    slide = ('model.test_cfg.mode=slide', 'model.test_cfg.stride=48,96')
    calls = {
        'whole': (),
        # one window that holds the picture is the picture
        'one_window': ('--cfg-options', *slide, 'model.test_cfg.crop_size=64,128'),
        'windows': ('--cfg-options', *slide, 'model.test_cfg.crop_size=48,96'),
        'tta': ('--tta',),
    }
    maps = {}
    for name, options in calls.items():
        out = tmp_path / name
        result = tool('test.py', config, checkpoint, '--work-dir', run, '--out', out, *options)
        assert result.returncode == 0, result.stderr[-3000:]
        maps[name] = np.stack([np.asarray(Image.open(p)) for p in sorted(out.glob('*.png'))])
    assert maps['whole'].shape == (4, 64, 128)
    assert np.array_equal(maps['whole'], maps['one_window'])
    for name in ('windows', 'tta'):
        changed = (maps['whole'] != maps[name]).mean()
        assert 0 < changed < 0.5, f'{name}: {changed:.2f} of the pixels differ'


def test_averages_of_weights_are_what_is_tested(config: Path, tool, tmp_path: Path) -> None:
    run = tmp_path / 'run'
    averaging = tmp_path / 'default_hook.py'
    ema = "dict(type='EMAHook', momentum=0.5)"
    averaging.write_text(f'_base_ = {str(config)!r}\ndefault_hooks = dict(ema={ema})\n')
    custom = tmp_path / 'custom_hook.py'
    custom.write_text(f'_base_ = {str(config)!r}\ncustom_hooks = [{ema}]\n')
    trained = tool('train.py', averaging, '--work-dir', run)
    assert trained.returncode == 0, trained.stderr[-3000:]
    (log,) = run.rglob('scalars.json')
    validated = [json.loads(line) for line in log.read_text().splitlines() if '"mIoU"' in line][-1]
    checkpoint = run / 'epoch_2.pth'
    weights = torch.load(checkpoint, weights_only=False)
    name = 'decode_head.conv_seg.weight'
    assert not torch.equal(weights['state_dict'][name], weights['ema_state_dict'][f'module.{name}'])
    for path in (averaging, custom, config):
        scores = tmp_path / f'{path.stem}.json'
        tested = tool('test.py', path, checkpoint, '--work-dir', run, '--json', scores)
        assert tested.returncode == 0, tested.stderr[-3000:]
        tested = json.loads(scores.read_text())
        assert tested['mIoU'] == pytest.approx(validated['mIoU'], abs=0.01)


def test_amp_on_a_cpu(config: Path, tool, tmp_path: Path) -> None:
    options = ('--cfg-options', 'train_cfg.max_epochs=1')
    result = tool('train.py', config, '--work-dir', tmp_path / 'run', '--amp', *options)
    assert result.returncode == 0, result.stderr[-3000:]
    assert (tmp_path / 'run' / 'epoch_1.pth').is_file()


@pytest.mark.skipif(torch.cuda.is_available(), reason='about two ranks without CUDA')
def test_two_ranks(config: Path, tool, tmp_path: Path) -> None:
    launch = ('-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2')
    run = tmp_path / 'run'
    args = (config, '--work-dir', run, '--launcher', 'pytorch')
    result = tool('train.py', *args, '--cfg-options', 'train_cfg.max_epochs=1', launch=launch)
    assert result.returncode == 0, result.stderr[-3000:]
    # 8 scenes, 2 ranks, batches of 4: one step an epoch
    assert torch.load(run / 'epoch_1.pth', weights_only=False)['meta']['iter'] == 1
    # two ranks score as one process does
    args = (config, run / 'epoch_1.pth', '--work-dir', run, '--json')
    one, two = tmp_path / 'one.json', tmp_path / 'two.json'
    assert tool('test.py', *args, one).returncode == 0
    result = tool('test.py', *args, two, '--launcher', 'pytorch', launch=launch)
    assert result.returncode == 0, result.stderr[-3000:]
    assert json.loads(one.read_text()) == json.loads(two.read_text())


def test_errors_come_as_one_sentence(config: Path, tool, tmp_path: Path, monkeypatch) -> None:
    run = tmp_path / 'run'

    def fails(*options: str, name: str = 'train.py', args: tuple = ()) -> str:
        return sentence(tool(name, config, *args, '--work-dir', run, *options))

    assert 'did you mean optim_wrapper?' in fails('--cfg-options', 'optim_wraper.type=x')
    assert "unexpected keyword argument 'depht'" in fails('--cfg-options', 'model.backbone.depht=2')
    assert 'empty name' in fails('--resume', '')
    torch.save(dict(state_dict=dict(other=torch.zeros(3))), tmp_path / 'other.pth')
    other = ('--resume', str(tmp_path / 'other.pth'))
    assert 'other.pth belongs to another model' in fails(*other)
    tests = dict(name='test.py', args=(tmp_path / 'other.pth',))
    assert 'other.pth belongs to another model' in fails(**tests)
    for name in ('train.py', 'test.py'):
        place = dict(tests, name=name, args=tests['args'] if name == 'test.py' else ())
        assert 'other.pth is a file' in fails('--work-dir', str(tmp_path / 'other.pth'), **place)
    assert 'none.pth does not exist' in fails(name='test.py', args=(tmp_path / 'none.pth',))
    monkeypatch.setenv('SYNTHETIC_DATASET', str(tmp_path / 'nowhere'))
    message = fails()
    assert 'nowhere/leftImg8bit/train does not exist' in message
    assert 'tools/dataset_converters/synthetic.py' in message
    assert not run.exists()  # nothing was begun


def test_unknown_options_of_the_test_loop(config: Path, tool, tmp_path: Path) -> None:
    weights = tmp_path / 'weights.pth'
    torch.save(dict(state_dict=build_model(load_config(config), config).state_dict()), weights)
    options = ('--cfg-options', 'test_dataloader.batchsize=2', '--work-dir', tmp_path / 'run')
    message = sentence(tool('test.py', config, weights, *options))
    assert "unexpected keyword argument 'batchsize'" in message


def test_missing_cityscapes(repository: Path, tool, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv('CITYSCAPES_DATASET', str(tmp_path / 'cityscapes'))
    path = repository / 'configs' / 'wavemix_256_16_l4_cityscapes.py'
    message = sentence(tool('train.py', path))
    for word in ('cityscapes/leftImg8bit/train', 'csDownload', 'CITYSCAPES_DATASET', 'make demo'):
        assert word in message, word
