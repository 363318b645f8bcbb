"""What has been segmented, so that opacity and classes change without the network."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from .segmenting import Segmentation


class Results:
    """The latest results, as many as fit into a number of bytes; several threads may ask.

    One network runs at a time: who asks meanwhile waits, and finds the result if it was the same
    question.

    Args:
        max_bytes: of all results together; the one used last is kept even if it is larger.
    """

    def __init__(self, max_bytes: int = 512_000_000) -> None:
        self.max_bytes = max_bytes
        self.runs = 0  # how often the network was asked
        self._known: OrderedDict[Hashable, Segmentation] = OrderedDict()
        self._access = threading.Lock()
        self._network = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes that are held."""
        with self._access:
            return sum(result.nbytes for result in self._known.values())

    def get(self, key: Hashable, compute: Callable[[], Segmentation]) -> Segmentation:
        """The result of a key; what is unknown, or has had to make room, is computed.

        Args:
            key: tells picture and model apart from all others.
            compute: what it raises goes through.
        """
        known = self._find(key)
        if known is not None:
            return known
        with self._network:
            known = self._find(key)  # while this one waited
            if known is not None:
                return known
            self.runs += 1
            result = compute()
            self._remember(key, result)
            return result

    def _find(self, key: Hashable) -> Segmentation | None:
        with self._access:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def _remember(self, key: Hashable, result: Segmentation) -> None:
        with self._access:
            self._known[key] = result
            total = sum(known.nbytes for known in self._known.values())
            while total > self.max_bytes and len(self._known) > 1:
                _, oldest = self._known.popitem(last=False)
                total -= oldest.nbytes
