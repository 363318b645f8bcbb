"""Pixel-wise focal loss on softmax probabilities."""

from collections.abc import Sequence

import torch
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class PixelNLL(torch.autograd.Function):
    """``-log softmax`` of each pixel's own class, without keeping a probability of any other.

    ``F.cross_entropy`` keeps log-probabilities of the logits' size, in float32, and its gradient
    takes as much again. This keeps the logits that are there anyway, and makes nothing of their
    size but their gradient; what it needs besides is of one picture's size.
    """

    @staticmethod
    def forward(ctx, logits: Tensor, index: Tensor) -> Tensor:
        """``(N, C, H, W)`` and class indices ``(N, H, W)`` to ``(N, H, W)`` in float32."""
        norm = torch.stack([picture.float().logsumexp(dim=0) for picture in logits])
        ctx.save_for_backward(logits, index, norm)
        return norm - logits.gather(1, index.unsqueeze(1)).squeeze(1).float()

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        logits, index, norm = ctx.saved_tensors
        result = torch.empty_like(logits)
        # half precision is computed in float32, a picture at a time
        buffer = None if logits.dtype == torch.float32 else norm.new_empty(logits.shape[1:])
        for picture, own, total, factor, target in zip(logits, index, norm, gradient, result):
            share = target if buffer is None else buffer
            torch.sub(picture, total, out=share).exp_().mul_(factor)
            share.scatter_add_(0, own.unsqueeze(0), -factor.unsqueeze(0))
            if share is not target:
                target.copy_(share)
        return result, None


@MODELS.register_module()
class SoftmaxFocalLoss(nn.Module):
    r"""Focal loss over mutually exclusive classes, `arXiv 1708.02002 eq. 5 <https://arxiv.org/abs/1708.02002>`_.

    .. math:: L = \frac{\sum_i \alpha_{y_i} w_{y_i} (1 - p_{i, y_i})^\gamma (-\log p_{i, y_i})}
                       {\sum_i w_{y_i}}

    over all pixels :math:`i` that are not ignored. With ``gamma=0`` and nothing else it is the
    cross-entropy. mmseg's ``FocalLoss`` is the sigmoid form, one against all others.

    The WaveMix paper trains with this pixel-wise form; its published script instead weighs the
    batch's *mean* cross-entropy, which makes every pixel of a batch equally hard.

    Args:
        gamma: focusing exponent, at least 0.
        alpha: factor per class; unlike ``class_weight`` it does not enter the denominator, so
            doubling it doubles the loss. A number is the same for all classes.
        class_weight: weight per class of the weighted mean, as in ``torch.nn.CrossEntropyLoss``.
        loss_weight: factor on the result.
        loss_name: key in the log; must begin with ``loss_`` to be trained on.
    """

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float | Sequence[float] | None = None,
        class_weight: Sequence[float] | None = None,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_focal',
    ) -> None:
        super().__init__()
        if not gamma >= 0:  # nan neither
            raise ValueError(f'gamma must be at least 0, got {gamma}')
        self.gamma = gamma
        self.loss_weight = loss_weight
        self.loss_name = loss_name
        for name, value in (('alpha', alpha), ('class_weight', class_weight)):
            tensor = None if value is None else torch.as_tensor(value, dtype=torch.float)
            self.register_buffer(name, tensor, persistent=False)

    def forward(
        self,
        logits: Tensor,
        label: Tensor,
        weight: Tensor | None = None,
        ignore_index: int = 255,
        reduction_override: str | None = None,
    ) -> Tensor:
        """Computes the loss, in float32 whatever the dtype of the logits.

        Args:
            logits: ``(N, C, H, W)``.
            label: ``(N, H, W)``, class indices or ``ignore_index``.
            weight: ``(N, H, W)``, an optional further weight of each pixel in the mean.
            ignore_index: label of the pixels that take no part.
            reduction_override: ``None`` for the weighted mean; ``'none'`` for the numerator's terms
                one by one, as mmseg's OHEM sampler asks for them.

        Returns:
            A scalar; 0, with zero gradients, if every pixel is ignored. Unreduced: ``(N, H, W)``.

        Raises:
            ValueError: ``alpha`` or ``class_weight`` has another number of classes, or an unknown
                reduction.
        """
        if reduction_override not in (None, 'none'):
            raise ValueError(f"reduction_override is None or 'none', got {reduction_override!r}")
        for name in ('alpha', 'class_weight'):
            value = getattr(self, name)
            if value is not None and value.ndim and len(value) != logits.shape[1]:
                raise ValueError(
                    f'{name} has {len(value)} entries, the logits have {logits.shape[1]} classes'
                )
        with torch.autocast(logits.device.type, enabled=False):
            valid = label != ignore_index
            index = torch.where(valid, label, 0)
            nll = PixelNLL.apply(logits, index)
            nll = nll.clamp_max(1e30)  # logits at float32's limits: a finite loss, no gradient
            # 1 - p without cancellation; the clamp keeps the slope of x**gamma finite at p = 1
            focus = (-torch.expm1(-nll)).clamp_min(1e-12) ** self.gamma
            share = valid.float() if weight is None else valid * weight.float()
            if self.class_weight is not None:
                share = share * self.class_weight[index]
            loss = focus * nll * share
            if self.alpha is not None:
                loss = loss * (self.alpha[index] if self.alpha.ndim else self.alpha)
            if reduction_override == 'none':
                return self.loss_weight * loss
            total = share.sum()
            return self.loss_weight * loss.sum() / torch.where(total > 0, total, 1.0)
