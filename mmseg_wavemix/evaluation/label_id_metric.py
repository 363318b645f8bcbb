"""What metrics of predicted label ids share: each image once, a fault told on all ranks."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.dist import all_gather_object, get_world_size
from mmengine.evaluator import BaseMetric

from ..errors import InputError
from .label_ids import label_ids_of_classes
from .ranks import main_process_does


class LabelIdMetric(BaseMetric):
    """Takes class indices of each image, by ranks or alone, and ends on the main process.

    An image that a sampler repeats counts once, whichever rank had it. A fault on one rank ends the
    evaluation on all: raised at once, it would leave the others waiting; ranks meet at the end in
    any case, and then all raise its sentence.

    Args:
        prefix: See ``BaseMetric``.

    Raises:
        InputError: when the dataset is known, a class without label id; and see :meth:`evaluate`.
    """

    def __init__(self, prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        self._fault: str | None = None

    @BaseMetric.dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict | None) -> None:
        # Set when the loop is built: a wrong class name is told before the first epoch.
        if dataset_meta is not None:
            self._label_ids = label_ids_of_classes(dataset_meta['classes'])
        self._dataset_meta = dataset_meta

    def process(self, data_batch: dict | None, data_samples: Sequence[dict]) -> None:
        """Keep :meth:`one_image` of each sample, which has class indices ``(1, H, W)``."""
        for sample in data_samples:
            if self._fault is not None:
                return
            prediction = sample['pred_sem_seg']['data'].squeeze(0).cpu().numpy()
            try:
                self.results.append((sample['img_path'], self.one_image(sample, prediction)))
            except (InputError, OSError) as error:
                if get_world_size() == 1:
                    raise
                self._fault = str(error)

    @abstractmethod
    def one_image(self, sample: dict, prediction: np.ndarray) -> Any:
        """What goes to the main process of an image; ``prediction`` is ``(H, W)``, class indices.

        Raises:
            InputError: it cannot be taken.
        """

    def to_label_ids(self, prediction: np.ndarray, image: str) -> np.ndarray:
        """Class indices as label ids, uint8.

        Raises:
            InputError: an index that is no class of the data set.
        """
        if prediction.min() < 0 or prediction.max() >= len(self._label_ids):
            raise InputError(
                f'The prediction for {image} holds classes {prediction.min()} to '
                f'{prediction.max()}, the dataset names {len(self._label_ids)}: '
                "set the head's num_classes to that."
            )
        return self._label_ids[prediction]

    def evaluate(self, size: int) -> dict[str, Any]:
        """Gather all ranks' images and hand them to :meth:`compute_metrics` on the main process.

        Replaces mmengine's, which drops padding by position, and hangs if the main process fails.

        Args:
            size: Images in the data set; not needed, a repeated image is known by its path.

        Returns:
            What ``compute_metrics`` returns; the same on all processes.

        Raises:
            InputError: on all processes, if one of them met a fault.
        """
        parts = all_gather_object((self._fault, self.results))
        self.results, self._fault = [], None
        fault = next((fault for fault, _ in parts if fault), None)
        if fault:
            raise InputError(fault)
        once = {image: result for _, results in parts for image, result in results}
        metrics = main_process_does(lambda: self.compute_metrics(list(once.values())))
        return {f'{self.prefix}/{key}' if self.prefix else key: metrics[key] for key in metrics}


def size_text(shape: Sequence[int]) -> str:
    """``(256, 512)`` as ``256x512``."""
    return 'x'.join(map(str, shape))
