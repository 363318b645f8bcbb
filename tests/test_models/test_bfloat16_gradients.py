"""Every convolution of the models that are compared, as it is trained on a CPU: bfloat16, channels
last. Some of oneDNN's gradients have been wrong there.
"""

from pathlib import Path

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, nn
from torch.nn import functional as F

from mmseg_wavemix.config import load_config

REPOSITORY = Path(__file__).resolve().parents[2]
SIZE = (224, 448)  # of crops, less high: a fault was of convolutions on 28x56 places and more
PEERS = REPOSITORY / 'configs/peers'  # U-Net's are like the others', and take a minute
OURS = ('wavemix_64_6_l4', 'wavemix_64_11_l4_patch4')
CONFIGS = [
    *(path for path in sorted(PEERS.glob('*_camvid.py')) if not path.name.startswith('unet')),
    *(REPOSITORY / f'configs/{name}_camvid.py' for name in OURS),
]


@pytest.mark.parametrize('config', CONFIGS, ids=lambda path: path.stem)
def test_gradients(config: Path) -> None:
    torch.manual_seed(0)
    model = MODELS.build(ConfigDict(load_config(config).model))
    seen = {name: capture(part) for name, part in model.named_modules() if is_convolution(part)}
    batch = dict(
        inputs=[torch.randint(0, 256, (3, *SIZE), dtype=torch.uint8) for _ in range(2)],
        data_samples=[labelled() for _ in range(2)],
    )
    with torch.autocast('cpu', torch.bfloat16):
        losses = model(**model.data_preprocessor(batch, training=True), mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    parts = dict(model.named_modules())
    used = {name: tensors for name, tensors in seen.items() if len(tensors) == 2}
    assert len(used) > 0.8 * len(seen)
    for name, (x, grad) in used.items():
        for got, expected in zip(learned(parts[name], x, grad), exact(parts[name], x, grad)):
            error = (got.float() - expected).norm() / expected.norm()
            assert error < 0.01, f'{name}: {error:.2g} of {tuple(x.shape)}'


def is_convolution(part: nn.Module) -> bool:
    return isinstance(part, nn.Conv2d | nn.ConvTranspose2d)


def labelled() -> SegDataSample:
    sample = SegDataSample(metainfo=dict(img_shape=SIZE))
    sample.gt_sem_seg = PixelData(data=torch.randint(0, 11, (1, *SIZE)))
    sample.gt_edge_map = PixelData(data=torch.randint(0, 2, (1, *SIZE)))  # PIDNet's
    return sample


def capture(convolution: nn.Module) -> list[Tensor]:
    """Its input, then the gradient of its output."""
    tensors: list[Tensor] = []

    def hook(part: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        tensors.append(inputs[0].detach())
        output.register_hook(lambda grad: tensors.append(grad.detach()))

    convolution.register_forward_hook(hook)
    return tensors


def learned(part: nn.Module, x: Tensor, grad: Tensor) -> tuple[Tensor, ...]:
    """Output and gradients of input and weight, as in training."""
    x = x.clone().requires_grad_()
    with torch.autocast('cpu', torch.bfloat16):
        output = part(x)
    return output, *torch.autograd.grad(output, (x, part.weight), grad.to(output.dtype))


def exact(part: nn.Module, x: Tensor, grad: Tensor) -> tuple[Tensor, ...]:
    """The same of the same numbers, rounded once, in float32 with the channels first."""
    x, weight, grad = (
        tensor.detach().bfloat16().float().contiguous() for tensor in (x, part.weight, grad)
    )
    x, weight = x.requires_grad_(), weight.requires_grad_()
    shared = dict(stride=part.stride, padding=part.padding, dilation=part.dilation)
    bias = None if part.bias is None else part.bias.detach()
    if isinstance(part, nn.ConvTranspose2d):
        shared['output_padding'] = part.output_padding
        output = F.conv_transpose2d(x, weight, bias, groups=part.groups, **shared)
    else:
        output = F.conv2d(x, weight, bias, groups=part.groups, **shared)
    return output, *torch.autograd.grad(output, (x, weight), grad)
