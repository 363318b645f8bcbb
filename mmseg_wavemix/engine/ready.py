"""Before a test, the model is made ready to predict."""

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.models import EncoderDecoder

from ..deployment.ready import make_ready


class ReadyHook(Hook):
    """:func:`make_ready` once the checkpoint is loaded, on whatever wraps the segmentor.

    Args:
        fused: as there.
        dtype: as there.
        execution: as there.
    """

    def __init__(self, fused: bool = True, dtype: str = 'fp32', execution: str = 'eager') -> None:
        self.options = dict(fused=fused, dtype=dtype, execution=execution)

    def before_test(self, runner: Runner) -> None:
        for module in list(runner.model.modules()):  # TTA and ranks wrap it
            if isinstance(module, EncoderDecoder):
                make_ready(module.eval(), **self.options)
