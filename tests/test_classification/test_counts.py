"""Parameter counts against the paper's Tables 4, 5, 7 to 11 and 14.

``None`` in the last column: the model is the one that the text describes. Otherwise what the text
says, with the deviation in percent that it gives; the count is met by what stands in the row.
"""

import pytest
import torch

NEEDED = 'classification needs mmpretrain: make classification'
pytest.importorskip('mmseg_wavemix.classification', reason=NEEDED)

from mmpretrain.registry import MODELS

STRIDED = dict(type='StridedStem', strides=(2, 2))
KEEPING = dict(type='StridedStem', strides=(1, 1))
UP = dict(type='Interpolation')


def patches(size: int) -> dict:
    return dict(type='PatchifyStem', patch_size=size)


def count(
    dims: int, depth: int, level: int, classes: int, stem: dict, embedding: int = 0, **backbone
) -> int:
    neck = dict(type='GlobalAveragePooling')
    if embedding:
        neck = dict(type='LinearNeck', in_channels=dims, out_channels=embedding, gap_dim=2,
                    norm_cfg=None)  # fmt: skip
    with torch.device('meta'):
        model = MODELS.build(
            dict(
                type='ImageClassifier',
                backbone=dict(
                    type='mmseg.WaveMix', embed_dims=dims, depth=depth, level=level, stem=stem,
                    **backbone,
                ),
                neck=neck,
                head=dict(
                    type='LinearClsHead', in_channels=embedding or dims, num_classes=classes
                ),
            )
        )  # fmt: skip
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ('model', 'expected'),
    [
        (dict(dims=8, depth=10, in_channels=1, upsampler=UP), 3566),
        (dict(dims=8, depth=5, in_channels=1), 7156),
        (dict(dims=32, depth=7, upsampler=UP), 37058),
        (dict(dims=64, depth=6), 520106),
    ],
)
def test_table_5_exactly(model: dict, expected: int) -> None:
    assert count(level=1, classes=10, stem=KEEPING, **model) == expected


# table, model, level, stem, parameters in millions, stem of the text and its deviation
IMAGENET = [
    (4, '128/8', 3, STRIDED, 7.3, (patches(4), 1.2)),
    (4, '192/16', 1, patches(4), 13.5, None),
    (4, '192/16', 3, patches(4), 28.9, None),
    (9, '192/12', 1, patches(5), 10.7, None),
    (9, '256/16', 1, patches(5), 23.4, None),
    (9, '224/12', 2, patches(7), 22.6, (patches(4), -3.7)),
    (9, '240/12', 2, patches(7), 25.8, (patches(4), -3.8)),
    (9, '208/12', 3, patches(4), 25.7, None),
    (9, '192/16', 3, patches(4), 28.9, None),
    (9, '224/12', 3, patches(4), 29.4, None),
    (9, '240/12', 3, patches(4), 33.8, None),
    (10, '128/8', 1, STRIDED, 3.9, (patches(5), 3.6)),
    (10, '224/12', 2, patches(7), 22.6, (patches(4), -3.7)),
    (10, '240/12', 3, patches(4), 33.8, None),
]


@pytest.mark.parametrize(('table', 'model', 'level', 'stem', 'millions', 'text'), IMAGENET)
def test_imagenet_within_a_percent(
    table: int, model: str, level: int, stem: dict, millions: float, text: tuple | None
) -> None:
    dims, depth = map(int, model.split('/'))
    counted = count(dims, depth, level, 1000, stem, embedding=1024)
    assert counted == pytest.approx(millions * 1e6, rel=0.01)
    if text is not None:
        described = count(dims, depth, level, 1000, text[0], embedding=1024)
        assert 100 * (described / (millions * 1e6) - 1) == pytest.approx(text[1], abs=0.05)


def test_published_model_without_the_embedding() -> None:
    assert count(192, 16, 3, 1000, patches(4), embedding=1024) == 28_887_240
    assert count(192, 16, 3, 1000, patches(4)) == 27_857_608


def test_table_8() -> None:
    """28 M for ten classes: no embedding, within rounding (1.2 %); with it 0.5 %."""
    assert round(count(192, 16, 3, 10, patches(4)) / 1e6) == 28


# Table 11 gives one count for 10, 100 and 200 classes: that of CIFAR-10 is met
SMALL = [
    ('32/7', 0.15, 1.3),
    ('64/7', 0.60, 0.6),
    ('128/7', 2.42, -0.6),
    ('144/7', 3.01, 1.1),
    ('256/7', 9.62, -0.2),
    ('16/7', 0.04, -3.6),
]


@pytest.mark.parametrize(('model', 'millions', 'deviation'), SMALL)
def test_table_11(model: str, millions: float, deviation: float) -> None:
    """Two decimals in the table: what deviates by more than 1 % does so by rounding, but 144/7.

    144/7 has 3.04 M, the 3 M of Table 14; 3.01 M are explained by nothing tried.
    """
    dims, depth = map(int, model.split('/'))
    counted = count(dims, depth, 1, 10, KEEPING)
    assert 100 * (counted / (millions * 1e6) - 1) == pytest.approx(deviation, abs=0.05)
    if model != '144/7':
        assert counted == pytest.approx(millions * 1e6, rel=0.01, abs=5e3)


def test_table_11_tiny_imagenet() -> None:
    assert count(160, 13, 1, 200, KEEPING) == pytest.approx(6.90e6, rel=0.001)


@pytest.mark.parametrize(('level', 'millions'), [(1, 3.0), (2, 5.9), (3, 15.2), (4, 47.7)])
def test_table_14(level: int, millions: float) -> None:
    counted = count(144, 7, level, 10, KEEPING, token_mixer=dict(type='SingleHaar'))
    assert round(counted / 1e6, 1) == millions
