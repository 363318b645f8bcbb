"""Figure 2 by gradients: reaches worked out by hand."""

import numpy as np
import pytest
import torch

from mmseg_wavemix.visualization.compared_blocks import recipes
from mmseg_wavemix.visualization.effective_field import CHANNELS, gradient_map, side_of
from mmseg_wavemix.visualization.receptive_field import extent, gradient_label

BLOCKS = recipes(CHANNELS)


@pytest.mark.parametrize('level', [1, 2, 3])
def test_wavemix_reaches_two_windows_each_way(level: int) -> None:
    # one lit pixel is felt from 2**L - 1 before its window to 2**L - 2 behind the next one; turned
    # round and over all places in the window, a pixel depends on 2**(L + 1) - 2 pixels each way
    felt = gradient_map(BLOCKS[f'WaveMix, level {level}'], 1, 64, draws=16)
    assert extent(felt) == (2 ** (level + 2) - 3,) * 2
    assert felt.max() == 1 == felt[32, 32]  # the residual


@pytest.mark.parametrize('depth', [1, 2, 4])
def test_convolutions_grow_by_their_kernels(depth: int) -> None:
    assert extent(gradient_map(BLOCKS['ResNet, basic block'], depth, 64, 2)) == (4 * depth + 1,) * 2
    felt = gradient_map(BLOCKS['ConvMixer, kernel 9'], depth, 64, 2)
    assert extent(felt) == (8 * depth + 1,) * 2
    assert gradient_label(felt).startswith(f'{8 * depth + 1} pixels, 95% in ')


def test_attention_reaches_everything() -> None:
    felt = gradient_map(BLOCKS['SegFormer, stage 1'], 1, 64, draws=2)
    assert felt.min() > 0
    assert gradient_label(felt).startswith('whole map, 95% in ')


def test_maps_are_drawn_from_a_seed_of_their_own() -> None:
    make = BLOCKS['ResNet, basic block']
    torch.manual_seed(7)
    first, drawn = gradient_map(make, 1, 32, 2), torch.rand(1)
    torch.manual_seed(7)
    assert torch.equal(drawn, torch.rand(1))  # torch's generator was not touched
    assert np.array_equal(first, gradient_map(make, 1, 32, 2))
    assert not np.array_equal(first, gradient_map(make, 1, 32, 2, seed=1))


def test_square_that_holds_a_share() -> None:
    felt = np.zeros((32, 32))
    felt[16, 16] = 6
    felt[15, 16] = felt[17, 15] = felt[16, 18] = felt[3, 3] = 1
    assert side_of(felt, 0.6) == 1
    assert side_of(felt, 0.8) == 3
    assert side_of(felt, 0.9) == 5
    assert side_of(felt, 1.0) == 27  # 13 pixels each way
