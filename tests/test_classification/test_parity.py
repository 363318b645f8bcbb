"""The classifier against the authors' own, through mmpretrain's parts."""

import pytest
import torch

from tests.oracle import load_oracle

NEEDED = 'classification needs mmpretrain: make classification'
pytest.importorskip('mmseg_wavemix.classification', reason=NEEDED)

from mmpretrain.registry import MODELS

from mmseg_wavemix.checkpoints import from_authors


@pytest.mark.parametrize(
    ('level', 'stem'),
    [
        (3, dict(initial_conv='pachify', patch_size=4)),
        (1, dict(initial_conv='pachify', patch_size=5)),
        (2, dict(initial_conv='strided')),
    ],
)
def test_logits_are_the_authors(level: int, stem: dict) -> None:
    torch.manual_seed(0)
    oracle = load_oracle('classification').WaveMix(
        num_classes=7,
        depth=2,
        mult=2,
        ff_channel=16,
        final_dim=16,
        dropout=0.5,
        level=level,
        **stem,
    )
    pictures = torch.randn(2, 3, 160, 160)
    with torch.no_grad():
        oracle.train()(pictures)  # norm statistics that are not the initial ones
        expected = oracle.eval()(pictures)
    converted = from_authors(oracle.state_dict(), 'oracle')
    model = MODELS.build(converted.model).eval()
    model.load_state_dict(converted.state_dict)
    with torch.no_grad():
        torch.testing.assert_close(model(pictures), expected, rtol=1e-5, atol=1e-5)
