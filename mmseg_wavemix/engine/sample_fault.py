"""A file that has gone bad since the data set was checked, named where it is read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch.utils.data import Dataset

from ..datasets.checks import picture_fault
from ..errors import InputError

# what decoders and the transforms behind them come upon in a damaged file
_FAILURES = (
    AssertionError, AttributeError, LookupError, OSError, RuntimeError, SyntaxError, TypeError,
    ValueError, cv2.error,
)  # fmt: skip


@HOOKS.register_module()
class SampleFaultHook(Hook):
    """Makes every data set of the run say which of its files cannot be read."""

    def before_train(self, runner: Runner) -> None:
        """For training."""
        _name_files(runner.train_dataloader.dataset)

    def before_val(self, runner: Runner) -> None:
        """For validation."""
        _name_files(runner.val_dataloader.dataset)

    def before_test(self, runner: Runner) -> None:
        """For tests."""
        _name_files(runner.test_dataloader.dataset)


class NamingPipeline:
    """A data set's pipeline; where it fails, its files are looked at.

    Args:
        pipeline: from what mmseg knows of a sample to what the model is given.
    """

    def __init__(self, pipeline: Callable[[dict], object]) -> None:
        self.pipeline = pipeline

    def __call__(self, sample: dict) -> object:
        """Runs the pipeline.

        Raises:
            InputError: a file of the sample is damaged or gone.
        """
        files = [sample.get(key) for key in ('img_path', 'seg_map_path')]
        try:
            return self.pipeline(sample)
        except _FAILURES as error:
            for file in filter(None, files):
                fault = picture_fault(Path(file))
                if fault:
                    raise InputError(fault) from error
            raise

    def __getattr__(self, name: str) -> object:
        if name == 'pipeline':  # not there yet: a copy is being made in a worker
            raise AttributeError(name)
        return getattr(self.pipeline, name)


def _name_files(dataset: Dataset) -> None:
    for leaf in leaves(dataset):
        if hasattr(leaf, 'pipeline') and not isinstance(leaf.pipeline, NamingPipeline):
            leaf.pipeline = NamingPipeline(leaf.pipeline)


def leaves(dataset: Dataset) -> Iterator[Dataset]:
    """The data sets inside wrappers such as ``RepeatDataset`` and ``ConcatDataset``."""
    parts = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    if parts == [None]:
        yield dataset
        return
    for part in parts:
        yield from leaves(part)
