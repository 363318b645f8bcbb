"""The command ``wavemix`` where the package is not imported."""

import subprocess
import sys

import pytest

from mmseg_wavemix import console
from tests.conftest import REPOSITORY

# None makes an import fail
CODE = """
import sys
sys.modules.update(dict.fromkeys(['torch', 'mmseg', 'mmseg_wavemix.models']))
sys.argv = ['wavemix', *sys.argv[1:]]
import wavemix_command
wavemix_command.main()
"""


def wavemix(*args: str) -> subprocess.CompletedProcess:
    command = [sys.executable, '-c', CODE, *args]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize('args', [(), ('--help',), ('-h',)])
def test_names_are_listed_without_torch(args: tuple[str, ...]) -> None:
    done = wavemix(*args)
    assert done.returncode == 0, done.stderr
    assert done.stdout == console.overview(REPOSITORY) + '\n'


def test_wrong_name_is_told_without_torch() -> None:
    done = wavemix('trian')
    assert done.returncode == 1
    assert done.stderr == 'error: there is no command trian: see wavemix --help\n'


def test_a_tool_imports_what_it_needs() -> None:
    """Which fails here, so that the tests above are known to see an import."""
    done = wavemix('demo', '--help')
    assert done.returncode == 1 and 'import of torch halted' in done.stderr
    assert 'tools/demo.py' in done.stderr
