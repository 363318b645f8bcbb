"""CUDA graphs: the same results, where there is a GPU; a sentence where there is none."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

from mmseg_wavemix.deployment.cuda_graph import graph_forward
from mmseg_wavemix.deployment.ready import make_ready
from mmseg_wavemix.errors import InputError
from tests.oracle import randomise_norms


def test_needs_a_gpu(config: Path) -> None:
    model = MODELS.build(Config.fromfile(config).model).eval()
    with pytest.raises(InputError, match='CUDA graphs need a CUDA device, the model is on cpu'):
        graph_forward(model.backbone)


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
@torch.inference_mode()
def test_replays_what_forward_computes(config: Path) -> None:
    torch.manual_seed(0)
    model = randomise_norms(MODELS.build(Config.fromfile(config).model)).eval().cuda()
    pictures = [torch.randn(1, 3, *size).cuda() for size in ((64, 96), (64, 96), (50, 70))]
    make_ready(model)
    expected = [model.predict(x)[0].seg_logits.data for x in pictures]
    make_ready(model, fused=False, execution='cuda-graphs')
    found = [model.predict(x)[0].seg_logits.data for x in pictures]  # kept while others are made
    for one, other in zip(found, expected):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
