"""Figure 5 of a classifier: against one made by hand, and on digits."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

NEEDED = 'classification needs mmpretrain: make classification'
pytest.importorskip('mmseg_wavemix.classification', reason=NEEDED)

from mmpretrain.structures import DataSample

from mmseg_wavemix.config import load_config
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.visualization.occlusion_classifier import (
    load_classifier,
    occluded_samples,
    probabilities,
)
from mmseg_wavemix.visualization.occlusion_figure import classifier_figure

CONFIG = 'configs/mmpretrain/wavemix_16_4_l1_digits.py'


class CornerClassifier(nn.Module):
    """Probability of class 1: brightness of the top left 2x2 pixels."""

    def data_preprocessor(self, data: dict, training: bool) -> dict:
        return dict(inputs=torch.stack(data['inputs']).float() / 255)

    def forward(self, inputs: Tensor, mode: str) -> list[DataSample]:
        corner = inputs[:, 0, :2, :2].mean(dim=(1, 2))
        return [DataSample().set_pred_score(torch.stack((1 - p, p))) for p in corner]


def test_probability_when_hidden() -> None:
    pixels = np.full((4, 4, 1), 255, np.uint8)
    sample = dict(
        inputs=torch.from_numpy(pixels).permute(2, 0, 1), data_samples=DataSample().set_gt_label(1)
    )

    class Data(list):
        metainfo = dict(classes=('dark', 'bright'))

    (found,) = occluded_samples(CornerClassifier(), Data([sample]), 3, patch=2, stride=2)
    assert (found.name, found.probability) == ('bright', 1)
    expected = np.ones((4, 4))
    expected[:2, :2] = 127 / 255
    np.testing.assert_allclose(found.when_hidden, expected, atol=1e-6)
    figure = classifier_figure([found])
    assert figure.axes[0].get_title() == 'bright: 1.00'
    np.testing.assert_allclose(figure.axes[1].images[0].get_array(), expected, atol=1e-6)
    # more places than fit into one batch
    many = probabilities(CornerClassifier(), pixels, 1, [None, (slice(0, 1), slice(0, 2))] * 40)
    np.testing.assert_allclose(many, [1, (1 + 127 / 255) / 2] * 40, atol=1e-6)


def test_tool_on_digits(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mmpretrain.registry import MODELS

    cfg = load_config(repository / CONFIG)
    model = MODELS.build({**cfg.model, 'data_preprocessor': cfg.get('data_preprocessor')})
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'random.pth')
    loaded, digits = load_classifier(cfg, Path(CONFIG), str(tmp_path / 'random.pth'), 'cpu')
    sample = occluded_samples(loaded, digits, 1, 16, 16)[0]
    with torch.no_grad():
        index = len(digits) // 2
        batch = dict(inputs=[digits[index]['inputs']], data_samples=[digits[index]['data_samples']])
        (expected,) = loaded.test_step(batch)
    assert sample.name == str(int(digits[index]['data_samples'].gt_label))
    label = int(sample.name)
    assert sample.probability == pytest.approx(float(expected.pred_score[label]), abs=1e-6)
    assert sample.when_hidden.shape == (32, 32) and len(np.unique(sample.when_hidden)) == 4

    script = repository / 'tools/occlusion.py'
    namespace = {'__name__': 'tool', '__file__': str(script)}
    exec(compile(script.read_text(), script, 'exec'), namespace)
    out = tmp_path / 'figure.svg'
    command = [str(script), str(repository / CONFIG), str(tmp_path / 'random.pth'), '--out']
    monkeypatch.setattr(sys, 'argv', [*command, str(out), '--count', '2', '--stride', '4'])
    namespace['main']()
    assert 'probability of the class' in out.read_text()
    monkeypatch.setattr(sys, 'argv', [*command, str(tmp_path / 'b.svg'), '--classes', '1'])
    with pytest.raises(InputError, match='--classes is for segmenters'):
        namespace['main']()
