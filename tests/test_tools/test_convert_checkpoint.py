"""tools/convert_checkpoint.py: from a file of the authors to a segmented picture."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from mmseg.apis import init_model
from torch import nn

from mmseg_wavemix.checkpoints import load_weights, read_checkpoint, write_checkpoint
from mmseg_wavemix.checkpoints.convert import convert
from mmseg_wavemix.config import load_config
from mmseg_wavemix.engine.training import train
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import load_model, segment
from tests.oracle import load_oracle, published_model, randomise_norms

ROOT = Path(__file__).resolve().parents[2]
CONFIG = f"""
_base_ = {str(ROOT / 'configs/wavemix_192_16_l3_patch4_cityscapes.py')!r}
model = dict(
    backbone=dict(embed_dims=48, depth=2),
    decode_head=dict(in_channels=48, mid_channels=32, channels=16))
"""
CLASSIFIER = """
custom_imports = dict(imports=['mmseg_wavemix'], allow_failed_imports=False)
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='mmseg.WaveMix', embed_dims=16, depth=1, level=1, stem=dict(type='PatchifyStem')),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=5, in_channels=16))
train_dataloader = test_dataloader = dict()
"""


class Malicious:
    """Creates a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.path),)


@pytest.fixture
def published(tmp_path: Path) -> tuple[nn.Module, Path, Path]:
    """The published model, smaller, its file, and the config that it fits."""
    torch.manual_seed(0)
    model = published_model(depth=2, dims=48)
    torch.save(model.state_dict(), tmp_path / 'authors.pth')
    (tmp_path / 'small.py').write_text(CONFIG)
    return model, tmp_path / 'authors.pth', tmp_path / 'small.py'


def small_classifier(path: Path) -> nn.Module:
    model = load_oracle('classification').WaveMix(
        level=1, depth=1, final_dim=16, ff_channel=16, num_classes=5
    )
    torch.save(randomise_norms(model).state_dict(), path)
    return model


def test_command_line(published, tool, tmp_path: Path) -> None:
    _, source, config = published
    result = tool('convert_checkpoint.py', source, tmp_path / 'new.pth', '--config', config)
    assert result.returncode == 0, result.stderr
    assert 'found: WaveMix-48/2 segmentation model, level 3, PatchifyStem' in result.stdout
    assert '20 classes: void, the first, is dropped' in result.stdout
    assert f'python tools/test.py {config} {tmp_path / "new.pth"}' in result.stdout

    again = tool('convert_checkpoint.py', source.as_uri(), tmp_path / 'new.safetensors')
    assert again.returncode == 0, again.stderr
    written = tmp_path / 'printed.py'  # the model that was printed is one that it fits
    _, _, model = again.stdout.partition('The model, for a config:\n')
    model, _, _ = model.partition('What to type next:')
    written.write_text(f'_base_ = {str(config)!r}\n' + model.replace('dict(', 'dict(', 1))
    assert load_model(written, tmp_path / 'new.safetensors', 'cpu').num_classes == 19

    before = (tmp_path / 'new.pth').read_bytes()
    third = tool('convert_checkpoint.py', source, tmp_path / 'new.pth')
    assert third.returncode == 1 and 'Traceback' not in third.stderr
    assert third.stderr.startswith('error: ')
    assert 'new.pth exists and is not overwritten' in third.stderr
    assert (tmp_path / 'new.pth').read_bytes() == before


def test_same_picture_in_both_formats(published, tmp_path: Path) -> None:
    """Through the demo's own functions: the authors' classes for a picture, void left out."""
    reference, source, config = published
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    maps = []
    for name in ('new.pth', 'new.safetensors'):
        convert(source, tmp_path / name, config)
        model = load_model(config, tmp_path / name, 'cpu')
        assert model.dataset_meta['classes'][:2] == ['road', 'sidewalk']
        assert model.dataset_meta['palette'][0] == [128, 64, 128]
        maps.append(segment(model, image))
    rgb = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)[None].float()
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (rgb / 255 - mean[:, None, None]) / std[:, None, None]  # as the authors' script does
    with torch.no_grad():
        expected = reference.eval()(x)[0, 1:].argmax(0).numpy()
    assert np.array_equal(maps[0], maps[1])
    assert (maps[0] == expected).mean() > 0.999 and len(np.unique(expected)) > 1

    convert(source, tmp_path / 'half.safetensors', config, half=True)
    sizes = [(tmp_path / f'{name}.safetensors').stat().st_size for name in ('half', 'new')]
    assert sizes[0] < 0.6 * sizes[1]
    halved = segment(load_model(config, tmp_path / 'half.safetensors', 'cpu'), image)
    assert (halved == expected).mean() > 0.97  # of random weights, whose answers are close calls


def test_classifier(tool, tmp_path: Path) -> None:
    small_classifier(tmp_path / 'authors.pth')
    config = tmp_path / 'classifier.py'
    config.write_text(CLASSIFIER)
    result = tool('convert_checkpoint.py', 'authors.pth', 'new.pth', '--config', config)
    assert result.returncode == 0, result.stderr
    assert "init_cfg=dict(type='ClassifierWeights', checkpoint='new.pth')" in result.stdout
    names = torch.load(tmp_path / 'new.pth', weights_only=True)['state_dict']
    assert {name.split('.')[0] for name in names} == {'backbone', 'head'}
    config.write_text(CLASSIFIER.replace('num_classes=5', 'num_classes=6'))
    with pytest.raises(InputError, match=r'head.fc.weight is \(5, 16\) instead of \(6, 16\)'):
        convert(tmp_path / 'authors.pth', tmp_path / 'other.pth', config)
    segmentation = ROOT / 'configs' / 'wavemix_256_16_l4_cityscapes.py'
    with pytest.raises(InputError, match='is for classification.*ClassifierWeights'):
        convert(tmp_path / 'authors.pth', tmp_path / 'other.pth', segmentation)


def test_refusals(published, tmp_path: Path) -> None:
    reference, source, config = published
    weights = reference.state_dict()

    def file(name: str, content: object) -> Path:
        torch.save(content, tmp_path / name)
        return tmp_path / name

    missing = {name: value for name, value in weights.items() if name != 'pool.1.bias'}
    (tmp_path / 'empty.pth').write_bytes(b'')
    trap = tmp_path / 'trap'
    cases = [
        (file('missing.pth', missing), 'new.pth', r'1 missing: pool\.1\.bias$'),
        (file('extra.pth', {**weights, 'x': torch.ones(1)}), 'new.pth', '1 unknown: x$'),
        (file('shape.pth', {**weights, 'pool.2.bias': torch.ones(3)}), 'new.pth',
         r'pool.2.bias is \(3,\) instead of \(20,\)'),
        (file('resnet.pth', {'layer1.0.conv1.weight': torch.ones(1)}), 'new.pth',
         'resnet.pth holds no weights of the authors'),
        (tmp_path / 'empty.pth', 'new.pth', 'empty.pth cannot be read'),
        (tmp_path / 'none.pth', 'new.pth', 'none.pth does not exist'),
        (file('evil.pth', {**weights, 'x': Malicious(trap)}), 'new.pth',
         'evil.pth is refused.*would run (posix|os).mkdir'),
        (source, 'source.bin', r"ends in '.bin': name it .pth or .safetensors"),
        (source, 'none/new.pth', 'none is no folder'),
        (source, 'authors.pth', 'authors.pth exists and is not overwritten'),
    ]  # fmt: skip
    for path, name, message in cases:
        with pytest.raises(InputError, match=message):
            convert(path, tmp_path / name)
    assert not (tmp_path / 'new.pth').exists() and not trap.exists()

    config.write_text(CONFIG.replace('depth=2', 'depth=3'))
    with pytest.raises(InputError, match=r'does not fit config .*small.py.*missing: .*blocks\.2'):
        convert(source, tmp_path / 'new.pth', config)
    classifier = tmp_path / 'classifier.py'
    classifier.write_text(CLASSIFIER)
    with pytest.raises(InputError, match='is for segmentation, config .* is not'):
        convert(source, tmp_path / 'new.pth', classifier)
    assert not (tmp_path / 'new.pth').exists()


def test_the_other_tools_name_the_converter(published, tmp_path: Path) -> None:
    reference, source, config = published
    torch.save(dict(model=reference.state_dict(), epoch=1), tmp_path / 'wrapped.pth')
    for path in (source, tmp_path / 'wrapped.pth'):
        with pytest.raises(InputError, match=f'{path.name} NEW.pth$'):
            load_weights(reference, path)
        with pytest.raises(InputError, match='convert it by python tools/convert_checkpoint.py'):
            load_model(config, path, 'cpu')


def trains(tool, config: Path, run: Path, *options: str) -> tuple[dict, str]:
    """Weights after training without learning, and what was logged."""
    options = ('train_cfg.max_epochs=1', 'optim_wrapper.optimizer.lr=0.0', *options)
    result = tool('train.py', config, '--work-dir', run, '--cfg-options', *options)
    assert result.returncode == 0, result.stderr[-3000:]
    weights = read_checkpoint(run / 'epoch_1.pth')['state_dict']
    return weights, result.stdout + result.stderr


def test_train_from_a_classifier(config: Path, tool, tmp_path: Path) -> None:
    """tools/train.py finds what does not fit before anything is begun, else starts from it."""
    reference = small_classifier(tmp_path / 'authors.pth').state_dict()
    run = tmp_path / 'run'
    base = config.read_text().replace(
        'embed_dims=8, depth=1, level=1)',
        "embed_dims=16, depth=1, level=1, stem=dict(_delete_=True, type='PatchifyStem'), "
        f"init_cfg=dict(type='ClassifierWeights', checkpoint={str(tmp_path / 'authors.pth')!r}))",
    )
    config.write_text(base.replace('in_channels=8', 'in_channels=16'))
    for option, value, message in (
        ('init_cfg.checkpoint', 'none.pth', 'none.pth does not exist'),
        ('depth', 2, 'missing: blocks.1.'),
        ('init_cfg.skipp', 'stem', 'skipp'),
    ):
        cfg = load_config(config, {f'model.backbone.{option}': value})
        cfg.work_dir, cfg.launcher = str(run), 'none'
        cfg.train_dataloader.dataset.data_root = 'nowhere'  # would be found later
        with pytest.raises(InputError, match=message):
            train(cfg, config)
        assert not run.exists()

    weights, log = trains(tool, config, run)
    assert f'WaveMix begins with the weights of {tmp_path / "authors.pth"}' in log
    assert '0 of the model not loaded: none; 2 of the file not used: head.fc' in log
    assert torch.equal(weights['backbone.stem.convs.0.weight'], reference['conv.0.weight'])
    name = 'blocks.0.mixers.0.4.weight'
    assert torch.equal(weights[f'backbone.{name}'], reference['layers.0.feedforward.4.weight'])


def test_train_and_test_from_safetensors(config: Path, tool, tmp_path: Path) -> None:
    """``load_from`` and ``tools/test.py``, through mmengine's own loading."""
    torch.manual_seed(1)
    start = init_model(load_config(config), device='cpu').state_dict()
    write_checkpoint(tmp_path / 'start.safetensors', start)
    source = (tmp_path / 'start.safetensors').as_uri()
    weights, _ = trains(tool, config, tmp_path / 'run', f'load_from={source}')
    for name in ('backbone.stem.convs.0.weight', 'decode_head.conv_seg.weight'):
        assert torch.equal(weights[name], start[name])
    # a model of one answer scores as such: nothing else can have been loaded
    start['decode_head.conv_seg.weight'].zero_()
    start['decode_head.conv_seg.bias'].zero_()[10] = 1
    write_checkpoint(tmp_path / 'sky.safetensors', start)
    args = ('--work-dir', tmp_path / 'test', '--json', tmp_path / 'scores.json')
    result = tool('test.py', config, 'sky.safetensors', *args)
    assert result.returncode == 0, result.stderr[-3000:]
    classes = json.loads((tmp_path / 'scores.json').read_text())['classes']
    assert classes['sky']['IoU'] > 0
    assert not any(classes[name]['IoU'] for name in classes if name != 'sky')
