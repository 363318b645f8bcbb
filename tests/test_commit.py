"""The commit that a number was made by."""

import subprocess
from pathlib import Path

from mmseg_wavemix.commit import commit


def test_commit(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        user = ['-c', 'user.name=one', '-c', 'user.email=one@localhost']
        command = ['git', '-C', str(tmp_path), *user, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    package, installed = tmp_path / 'package/version.py', tmp_path / 'env/package/version.py'
    for file in (package, installed):
        file.parent.mkdir(parents=True)
        file.touch()
    assert commit(package) is None  # no repository
    git('init')
    (tmp_path / '.gitignore').write_text('env\n')
    git('add', '.')
    git('commit', '--message', 'first')
    git('tag', '--annotate', 'v1', '--message', 'a tag is no commit')
    assert commit(package) == git('rev-parse', 'HEAD')[:12]
    assert commit(installed) is None  # an environment inside of a repository
    package.write_text('changed')
    assert commit(package) == f'{git("rev-parse", "HEAD")[:12]}-dirty'
