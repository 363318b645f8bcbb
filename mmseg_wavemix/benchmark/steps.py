"""One step of a contender: labels, or an update of the weights."""

from collections.abc import Callable, Collection

import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.models.segmentors import BaseSegmentor
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from ..deployment.cuda_graph import graph_forward
from ..deployment.ready import DTYPES
from ..engine.cpu import computes_float16
from ..errors import InputError
from .contenders import Contender, Labels
from .memory import tensor_bytes


def check_dtypes(device: torch.device, dtypes: Collection[str]) -> None:
    """Refuses what a CPU only emulates.

    Raises:
        InputError: float16 on such a CPU, where a product takes minutes.
    """
    if device.type == 'cpu' and 'fp16' in dtypes and not computes_float16():
        raise InputError('--dtype fp16: this CPU only emulates it, take bf16')


class Step:
    """A contender made ready on a device, in a dtype, for one batch.

    Args:
        contender: its model is converted, in place.
        size: height and width of the pictures.
        batch: pictures a step.
        device: where.
        dtype: a name of :data:`DTYPES`: in inference, weights and pictures are of it; in training,
            autocast is, and weights stay float32.
        execution: one of :data:`mmseg_wavemix.deployment.ready.EXECUTIONS`; training knows no
            CUDA graphs.

    Attributes:
        held: bytes that lie in memory between two steps.
    """

    def __init__(
        self,
        contender: Contender,
        size: tuple[int, int],
        batch: int,
        device: torch.device,
        dtype: str,
        execution: str = 'eager',
    ) -> None:
        self.device, self.dtype, self.ours = device, DTYPES[dtype], not contender.peer
        layout = torch.channels_last if contender.channels_last else torch.contiguous_format
        self.model = self._ready(contender.model).to(memory_format=layout)
        generator = torch.Generator().manual_seed(0)
        x = torch.randn(batch, 3, *size, generator=generator).to(device, self._input_dtype())
        self.x = x.contiguous(memory_format=layout)
        self.call: Callable[[], Tensor] = self._call(execution)
        self()
        self.held = tensor_bytes(self.x, *self._state())

    def __call__(self) -> Tensor:
        return self.call()

    def _ready(self, model: nn.Module) -> nn.Module:
        raise NotImplementedError

    def _input_dtype(self) -> torch.dtype:
        raise NotImplementedError

    def _call(self, execution: str) -> Callable[[], Tensor]:
        raise NotImplementedError

    def _state(self) -> list[Tensor]:
        return [*self.model.parameters(), *self.model.buffers()]


class InferenceStep(Step):
    """From a batch of pictures to their labels."""

    def _ready(self, model: nn.Module) -> nn.Module:
        return Labels(model).eval().to(self.device, self.dtype)

    def _input_dtype(self) -> torch.dtype:
        return self.dtype

    def _call(self, execution: str) -> Callable[[], Tensor]:
        if execution == 'cuda-graphs':
            graph_forward(self.model)
        model = torch.compile(self.model) if execution == 'compiled' else self.model

        @torch.inference_mode()
        def call() -> Tensor:
            return model(self.x)

        return call


class TrainingStep(Step):
    """Loss, gradients, and a step of AdamW, fused as the configs here have it; not for peers.

    Segmentors of MMSegmentation use their own loss, the authors' model the loss of its published
    script: the focal weight of the batch's mean cross-entropy. Classifiers use cross-entropy,
    whatever their configs smooth.
    """

    def _ready(self, model: nn.Module) -> nn.Module:
        return model.train().to(self.device)

    def _input_dtype(self) -> torch.dtype:
        return torch.float32

    def _call(self, execution: str) -> Callable[[], Tensor]:
        model = torch.compile(self.model) if execution == 'compiled' else self.model
        classes, shape = self._classes()
        generator = torch.Generator().manual_seed(0)
        label = torch.randint(classes, shape, generator=generator).to(self.device)
        segments = isinstance(self.model, BaseSegmentor)
        meta = dict(img_shape=shape[1:], ori_shape=shape[1:], pad_shape=shape[1:])
        samples = [
            SegDataSample(
                gt_sem_seg=PixelData(data=one[None]),
                gt_edge_map=PixelData(data=one[None] % 2),  # which PIDNet learns, too
                metainfo=meta,
            )
            for one in (label if segments else [])
        ]
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=1e-3, weight_decay=0.01, fused=self.ours or None
        )
        mixed = self.dtype != torch.float32
        scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)

        def loss() -> Tensor:
            if segments:
                losses = model(self.x, samples, mode='loss')
                return sum(value for name, value in losses.items() if 'loss' in name)
            mean = F.cross_entropy(model(self.x).float(), label)
            if label.ndim == 1:  # a class a picture
                return mean
            return (1 - torch.exp(-mean)) ** 2 * mean

        def call() -> Tensor:
            self.optimizer.zero_grad(set_to_none=True)
            with torch.autocast(self.device.type, dtype=self.dtype, enabled=mixed):
                value = loss()
            scaler.scale(value).backward()
            scaler.step(self.optimizer)
            scaler.update()
            self.optimizer.zero_grad(set_to_none=True)
            return value.detach()

        return call

    def _classes(self) -> tuple[int, tuple[int, ...]]:
        """How many there are, and the labels' shape: ``(N, H, W)``, of a classifier ``(N,)``."""
        if isinstance(self.model, BaseSegmentor):
            return self.model.num_classes, (len(self.x), *self.x.shape[-2:])
        with torch.no_grad():
            count, *places = self.model(self.x).shape[1:]
        return count, (len(self.x), *places)

    def _state(self) -> list[Tensor]:
        moments = [
            value
            for state in self.optimizer.state.values()
            for value in state.values()
            if isinstance(value, Tensor)
        ]
        return [*super()._state(), *moments]
