import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def tool(repository: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Calls a command line as a user would, from a folder of its own, without an installation."""

    def call(name: str, *args: object, launch: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, *launch, str(repository / 'tools' / name), *map(str, args)],
            cwd=tmp_path,
            env={**os.environ, 'OMP_NUM_THREADS': '1'},
            capture_output=True,
            text=True,
            timeout=300,
        )

    return call
