"""Predictions at the size the network sees, where mmseg would bring them to the picture's own."""

from collections.abc import Sequence

import mmcv
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PredictionSize(BaseTransform):
    """Calls ``size`` the picture's own, the size that mmseg brings every prediction to.

    To be placed just before ``PackSegInputs``, in ``TestTimeAug`` too. Scores at this size come
    from ``CityscapesOfficialMetric(network_size=size)``; ``tools/test.py --at-network-size`` sets
    both. A label map that is loaded already is resized along, nearest neighbour as in mmseg's
    ``Resize``, so that mmseg's own metrics see labels and predictions of one size.

    Args:
        size: height and width in pixels.
    """

    def __init__(self, size: Sequence[int]) -> None:
        self.height, self.width = size

    def transform(self, results: dict) -> dict:
        """Sets ``ori_shape`` ``(H, W)`` and, if there is one, ``gt_seg_map``."""
        results['ori_shape'] = (self.height, self.width)
        if results.get('gt_seg_map') is not None:
            results['gt_seg_map'] = mmcv.imresize(
                results['gt_seg_map'],
                (self.width, self.height),
                interpolation='nearest',
                backend='cv2',
            )
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(size={(self.height, self.width)})'
