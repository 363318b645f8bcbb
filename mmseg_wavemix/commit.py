"""Which commit of this package runs: a version alone does not tell what made a number."""

import subprocess
from pathlib import Path


def commit(file: Path = Path(__file__)) -> str | None:
    """The commit of a file's repository, with ``-dirty`` where something tracked was changed.

    Returns:
        None for a file that no repository has: an installed package, also one whose virtual
        environment lies in a repository.
    """

    def git(*arguments: str | Path) -> str:
        command = ['git', '-C', file.resolve().parent, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        git('ls-files', '--error-unmatch', file.resolve())
        return git('describe', '--always', '--dirty', '--abbrev=12', '--exclude=*')
    except (OSError, subprocess.CalledProcessError):
        return None
