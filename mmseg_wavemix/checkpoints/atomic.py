"""Files that are there whole or not at all, whatever happens while they are written."""

import os
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

PART = '.part'  # of a file that is being written: .NAME.part


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file under another name, brings it to the disk, and then gives it its own.

    A reader sees the old file or the new one. What a killed process left behind is written over
    the next time.

    Raises:
        OSError: it cannot be written, such as on a full disk; what was there before stays.
    """
    scratch = path.with_name(f'.{path.name}{PART}')
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(scratch, 'wb') as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        error.filename, error.filename2 = str(path), None
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name too
    except OSError:  # some network file systems cannot; the file itself is there
        pass
    finally:
        os.close(folder)


@register_backend('atomic')
class AtomicBackend(LocalBackend):
    """mmengine's local files, written by :func:`write_whole`: ``backend_args=dict(
    backend='atomic')``.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Writes bytes.

        Raises:
            OSError: see :func:`write_whole`.
        """
        write_whole(Path(filepath), obj)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        """Writes text.

        Raises:
            OSError: see :func:`write_whole`.
        """
        write_whole(Path(filepath), obj.encode(encoding))
