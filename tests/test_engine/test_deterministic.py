"""The same run twice, and every parameter at work."""

import itertools
from pathlib import Path

import pytest
import torch
from mmseg.registry import MODELS

from mmseg_wavemix.config import load_config
from mmseg_wavemix.models.registry import TOKEN_MIXERS, UPSAMPLERS
from tests.test_engine.recipe import LossesHook, write
from tests.test_engine.test_training import run


def test_deterministic_mode_gives_the_same_curve_twice(config: Path, tmp_path: Path) -> None:
    curves = {}
    try:
        for name, seed in (('first', 1), ('second', 1), ('other', 2)):
            more = (
                f'randomness = dict(seed={seed}, deterministic=True)\n'
                "default_hooks['losses'] = dict(type='LossesHook')\n"
            )
            runner = run(write(config, epochs=2, workers=1, more=more), tmp_path / name)
            assert torch.are_deterministic_algorithms_enabled()
            (hook,) = (hook for hook in runner.hooks if isinstance(hook, LossesHook))
            curves[name] = hook.losses
    finally:
        torch.use_deterministic_algorithms(False)
        torch.backends.cudnn.deterministic = False
    assert len(curves['first']) == 8
    assert curves['first'] == curves['second'] != curves['other']


MIXERS = sorted(TOKEN_MIXERS.module_dict)
FREE = sorted(UPSAMPLERS.module_dict)


ONE_LEVEL = ('Fourier', 'NoTransform')  # they keep the resolution, and inverse transforms do not
PAIRS = [
    (mixer, upsampler)
    for mixer, upsampler in itertools.product(MIXERS, FREE)
    if mixer not in ONE_LEVEL or not upsampler.startswith('Inverse')
]


@pytest.mark.parametrize(('mixer', 'upsampler'), PAIRS)
def test_no_parameter_is_unused(mixer: str, upsampler: str) -> None:
    """What DistributedDataParallel, which by default looks for none, would stop at."""
    wave = dict(wave='db2')
    mixing = dict(type=mixer, **(wave if mixer == 'WaveletPyramid' else {}))
    up = dict(type=upsampler, **(wave if upsampler == 'InverseWavelet' else {}))
    level = 1 if mixer in ONE_LEVEL else 2
    for stem in ('StridedStem', 'PatchifyStem'):
        model = MODELS.build(
            dict(
                type='EncoderDecoder',
                backbone=dict(type='WaveMix', embed_dims=16, depth=2, level=level,
                              stem=dict(type=stem), token_mixer=mixing,
                              upsampler=up),
                decode_head=dict(type='WaveMixHead', in_channels=16, num_classes=5),
            )
        )  # fmt: skip
        logits = model.train()(torch.randn(2, 3, 64, 64), mode='tensor')
        (logits.exp() * torch.randn_like(logits)).sum().backward()
        without = [
            name for name, p in model.named_parameters() if p.requires_grad and p.grad is None
        ]
        assert without == []
        still = [
            name for name, p in model.named_parameters() if p.requires_grad and not p.grad.any()
        ]
        assert still == []


def test_no_config_looks_for_unused_parameters(repository: Path) -> None:
    for path in sorted(repository.glob('configs/*.py')):
        if path.name != 'default_runtime.py':
            assert not load_config(path).get('find_unused_parameters', False), path
