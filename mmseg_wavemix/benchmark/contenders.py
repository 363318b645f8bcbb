"""What is compared: models of configs, plain and fused, the authors' own, and MMSegmentation's."""

import copy
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import mmseg
import numpy as np
import torch
import yaml
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmseg.models.utils import resize
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ..config import building, load_config
from ..deployment import fuse
from ..deployment.export import export_onnx
from ..deployment.fuse import FUSABLE
from ..deployment.quantize import quantize
from ..deployment.runtimes import Graph, onnxruntime_graph, openvino_graph
from ..errors import InputError
from ..models.segmentor import LeanEncoderDecoder
from ..zoo import count_parameters
from .reference import reference_of

# configs that MMSegmentation brings with it
PEERS = {
    'segformer-b0': 'segformer/segformer_mit-b0_8xb1-160k_cityscapes-1024x1024.py',
    'segformer-b5': 'segformer/segformer_mit-b5_8xb1-160k_cityscapes-1024x1024.py',
    'segnext-t': 'segnext/segnext_mscan-t_1xb16-adamw-160k_ade20k-512x512.py',
    'segnext-b': 'segnext/segnext_mscan-b_1xb16-adamw-160k_ade20k-512x512.py',
    'pidnet-s': 'pidnet/pidnet-s_2xb6-120k_1024x1024-cityscapes.py',
    'pidnet-l': 'pidnet/pidnet-l_2xb6-120k_1024x1024-cityscapes.py',
    'ddrnet-23-slim': 'ddrnet/ddrnet_23-slim_in1k-pre_2xb6-120k_cityscapes-1024x1024.py',
    'deeplabv3plus-r101': 'deeplabv3plus/deeplabv3plus_r101-d8_4xb2-80k_cityscapes-512x1024.py',
    'bisenetv2': 'bisenetv2/bisenetv2_fcn_4xb4-160k_cityscapes-1024x1024.py',
}
AGAINST = ('reference', *PEERS)


@dataclass
class Contender:
    """A model in the comparison.

    Attributes:
        name: as in the table.
        model: from a normalised picture ``(N, 3, H, W)`` to logits of any scale, of a classifier
            ``(N, classes)``.
        params: learnable values of the model before it is fused, without auxiliary heads.
        flops: of one picture, as this form computes it, see :func:`flops_of`.
        channels_last: memory layout that it runs in.
        published_miou: on Cityscapes val, by its own authors or by MMSegmentation; not measured.
        frozen: made for inference, nothing in it can be trained.
        peer: somebody else's, which runs as they built it.
    """

    name: str
    model: nn.Module
    params: int
    flops: int
    channels_last: bool = False
    published_miou: float | None = None
    frozen: bool = False
    peer: bool = False


class Labels(nn.Module):
    """From a picture to its label map, the same last steps for all: ``(N, H, W)`` class indices.

    A classifier's label is one index a picture, ``(N,)``.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        logits = self.model(x)
        if logits.ndim == 4 and logits.shape[-2:] != x.shape[-2:]:
            logits = resize(logits, x.shape[-2:], mode='bilinear', align_corners=False)
        return logits.argmax(dim=1)


def from_config(
    path: Path,
    size: Sequence[int],
    forms: Sequence[str],
    options: dict | None = None,
    name: str | None = None,
) -> list[Contender]:
    """The model of a config, at random weights.

    Args:
        path: a config of a segmentor or a classifier.
        size: height and width of the picture, for the FLOPs.
        forms: ``'plain'``, ``'fused'`` or both; plain alone if it has no part that is fused.
        options: changes to the config, as ``--cfg-options``.
        name: of the model so changed; the config's stem if there is none.
    """
    cfg, name = load_config(path, options), name or path.stem
    model = build_model(cfg, path)
    params = count_parameters(model)
    models = {'plain': (name, model)}
    if not any(isinstance(part, FUSABLE) for part in model.modules()):
        forms = ['plain']
    if 'fused' in forms:
        models['fused'] = (f'{name}+fused', fuse(model))
    published = _published(path.parent / 'metafile.yml', name)
    return [
        Contender(
            name,
            form_model,
            params,
            flops_of(form_model, size),
            channels_last=form == 'fused' or isinstance(model, LeanEncoderDecoder),
            published_miou=published,
            frozen=form == 'fused',
        )
        for form, (name, form_model) in models.items()
        if form in forms
    ]


class Exported(nn.Module):
    """A graph outside torch, in a module's clothes."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph

    def forward(self, x: Tensor) -> Tensor:
        return torch.from_numpy(self.graph(x.numpy()))

    def __deepcopy__(self, memo: dict) -> 'Exported':
        return self  # a graph has no state


def exported(
    path: Path, size: tuple[int, int], runtimes: Sequence[str]
) -> Iterator[tuple[Contender, str]]:
    """The model of a config in other runtimes on the CPU, in float32, bfloat16 and 8 bits.

    Args:
        path: a segmentation config.
        size: height and width of the pictures.
        runtimes: ``'onnxruntime'``, ``'openvino'``.

    Yields:
        A contender, and the dtype that its row shall name. The ranges of the 8-bit graph are those
        of noise: its speed does not depend on them, its labels mean nothing.
    """
    cfg = load_config(path)
    model = build_model(cfg, path)
    model.dataset_meta = dict(classes=['?'], palette=[[0, 0, 0]])
    params, flops = count_parameters(model), flops_of(fuse(model), size)
    noise = np.random.default_rng(0).integers(0, 256, (2, *size, 3), np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        floats, ints = Path(folder, 'floats.onnx'), Path(folder, 'ints.onnx')
        export_onnx(model, floats, size)
        quantize(model, ints, size, noise)
        graphs = []
        if 'onnxruntime' in runtimes:
            graphs += [
                ('onnxruntime', 'fp32', onnxruntime_graph(floats, spinning=False)),
                ('onnxruntime', 'int8', onnxruntime_graph(ints, spinning=False)),
            ]
        if 'openvino' in runtimes:
            graphs += [
                ('openvino', 'fp32', openvino_graph(floats)),
                ('openvino', 'bf16', openvino_graph(floats, precision='bf16')),
                ('openvino', 'int8', openvino_graph(ints)),
            ]
    for runtime, dtype, graph in graphs:
        yield Contender(f'{path.stem}+{runtime}', Exported(graph), params, flops), dtype


def against(name: str, first: Path, size: Sequence[int]) -> list[Contender]:
    """A model to compare with: the authors' as published, MMSegmentation's see :func:`layouts`.

    Args:
        name: one of :data:`AGAINST`.
        first: the config whose size the reference takes.
        size: as in :func:`from_config`.

    Raises:
        InputError: no such name, or what it needs is not installed.
    """
    if name == 'reference':
        model = reference_of(build_model(load_config(first), first)).eval()
        return [Contender(name, model, count_parameters(model), flops_of(model, size), peer=True)]
    if name not in PEERS:
        raise InputError(f'--against {name}: one of {", ".join(AGAINST)}')
    path = Path(mmseg.__file__).parent / '.mim' / 'configs' / PEERS[name]
    if not path.is_file():
        raise InputError(f'--against {name}: this MMSegmentation brings no {path}')
    model = build_model(Config.fromfile(path), path)
    contender = Contender(name, model, count_parameters(model), flops_of(model, size), peer=True)
    contender.published_miou = _published(path.parent / 'metafile.yaml', path.stem)
    return layouts(contender)


def layouts(contender: Contender) -> list[Contender]:
    """Somebody else's model as it was built, and with its features' channels last in memory.

    Models of this package lie so, and most convolutional ones gain by it: beside ours a peer is not
    to be slow by how it lies.
    """
    return [contender, replace(contender, name=f'{contender.name}+nhwc', channels_last=True)]


def _published(metafile: Path, name: str) -> float | None:
    """What a metafile says of a model's mIoU on Cityscapes."""
    models = yaml.safe_load(metafile.read_text())['Models'] if metafile.is_file() else []
    for model in models:
        result = model['Results'] if isinstance(model['Results'], dict) else model['Results'][0]
        if model['Name'] == name and result['Dataset'].startswith('Cityscapes'):
            claimed = model.get('Claimed', {}).get('mIoU', result['Metrics'].get('mIoU'))
            return claimed if isinstance(claimed, (int, float)) else None
    return None


def flops_of(model: nn.Module, size: Sequence[int]) -> int:
    """Operations on one picture, counted as :func:`mmseg_wavemix.zoo.count_flops` does.

    Raises:
        InputError: pictures of this size are not for this model.
    """
    on_meta = copy.deepcopy(model).to('meta')
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            on_meta(torch.empty(1, 3, *size, device='meta'))
    except (AssertionError, RuntimeError, ValueError) as error:
        height, width = size
        reason = str(error).splitlines()[0]
        raise InputError(
            f'{height}x{width} pixels: the model does not take them ({reason}); multiples of 64 '
            'suit all'
        ) from error
    return counter.get_total_flops()


def build_model(cfg: Config, path: Path) -> nn.Module:
    """The segmentor or classifier of a config at random weights, in inference mode.

    Raises:
        InputError: the config cannot be built.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    with building(path):
        model = MODELS.build(ConfigDict(_plain_norms(cfg.model)))
    return model.eval()


def _plain_norms(part: object) -> object:
    """SyncBN needs several processes; alone it computes what BN does."""
    if isinstance(part, dict):
        kind = {'type': 'BN'} if part.get('type') == 'SyncBN' else {}
        return {**{key: _plain_norms(value) for key, value in part.items()}, **kind}
    if isinstance(part, (list, tuple)):
        return type(part)(_plain_norms(item) for item in part)
    return part
