"""What it takes to load a model."""

from pathlib import Path
from typing import NamedTuple


class ModelFiles(NamedTuple):
    """A config and a checkpoint that belong together; the checkpoint may be a URL."""

    config: Path
    checkpoint: str | Path
