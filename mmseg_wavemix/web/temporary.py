"""A folder for uploads and results that stays small while the server runs and goes with it."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path


class TemporaryFiles:
    """Keeps a folder young and small.

    Args:
        folder: all files below it are looked after.
        max_age: seconds after which a file goes.
        max_bytes: of all files; beyond, the oldest go first.
    """

    def __init__(self, folder: Path, max_age: float = 900, max_bytes: int = 2_000_000_000) -> None:
        self.folder = Path(folder)
        self.max_age = max_age
        self.max_bytes = max_bytes
        self._kept: frozenset[Path] = frozenset()

    def keep_present(self) -> None:
        """Never removes what is there now: the examples."""
        self._kept = frozenset(path for path in self.folder.rglob('*') if path.is_file())

    def sweep(self, room: int = 0) -> None:
        """Removes what is too old, and the oldest until ``room`` bytes more would fit."""
        found = []
        for path in self.folder.rglob('*'):
            with contextlib.suppress(OSError):  # another thread may be quicker
                if path.is_file() and path not in self._kept:
                    state = path.stat()
                    found.append((state.st_mtime, state.st_size, path))
        total = sum(size for _, size, _ in found)
        for modified, size, path in sorted(found):
            if time.time() - modified <= self.max_age and total + room <= self.max_bytes:
                break
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
                total -= size

    @contextlib.contextmanager
    def sweeping(self, every: float = 30) -> Iterator[None]:
        """Sweeps every so many seconds, on a thread of its own."""
        ended = threading.Event()

        def work() -> None:
            while not ended.wait(every):
                self.sweep()

        thread = threading.Thread(target=work, daemon=True, name='sweep')
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
