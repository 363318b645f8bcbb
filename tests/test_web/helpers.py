"""Pictures, requests and the server, for all tests of the page."""

import io
import socket
import struct
import subprocess
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from mmseg_wavemix.datasets.synthetic import synthesize
from mmseg_wavemix.web.models import ModelFiles

REPOSITORY = Path(__file__).resolve().parents[2]
MAX_MB, MAX_MEGAPIXELS = 3, 2  # of the server that is tested


def street(index: int = 0, size: tuple[int, int] = (96, 192)) -> np.ndarray:
    """A scene as ``(H, W, 3)`` uint8, RGB."""
    return synthesize(5, index, size)[0]


def encoded(image: np.ndarray, kind: str = 'PNG', **options: object) -> bytes:
    """A picture as the bytes of a file."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int, pixels: bytes, depth: int = 8) -> bytes:
    """A grey PNG that claims a size, whatever its compressed pixels are."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = struct.pack('>I', zlib.crc32(kind + content))
        return struct.pack('>I', len(content)) + kind + content + crc

    header = struct.pack('>IIBBBBB', width, height, depth, 0, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', pixels)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Server(NamedTuple):
    """A running `tools/web_demo.py`."""

    url: str
    process: subprocess.Popen
    temporary: Path
    models: list[ModelFiles]

    @property
    def peak_memory(self) -> int:
        """Bytes of its memory at the highest point so far."""
        status = Path(f'/proc/{self.process.pid}/status').read_text()
        return 1024 * int(status.split('VmHWM:')[1].split()[0])

    def files(self) -> list[Path]:
        """All in its temporary folder."""
        return [path for path in self.temporary.rglob('*') if path.is_file()]
