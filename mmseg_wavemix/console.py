"""The command ``wavemix`` of an installed package: ``wavemix train ...`` is ``tools/train.py ...``.

A wheel carries tools and configs in ``mmseg_wavemix/.mim``; a clone has them beside the package.
Arguments that begin with ``configs/`` and name no file below the current folder are looked up
there, so that a command reads the same in a clone and elsewhere.
"""

import ast
import re
import runpy
import sys
import textwrap
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The folder with ``tools`` and ``configs``."""
    carried = PACKAGE / '.mim'
    return carried if carried.is_dir() else PACKAGE.parent


def commands(root: Path) -> dict[str, Path]:
    """The tools by the name of their command: ``convert-checkpoint`` for convert_checkpoint.py."""
    files = sorted((root / 'tools').rglob('*.py'))
    return {file.stem.replace('_', '-'): file for file in files}


def overview(root: Path) -> str:
    """All commands, each with the first sentence of its help."""
    lines = ['usage: wavemix COMMAND [-h] ...', '']
    for name, file in commands(root).items():
        text = ast.get_docstring(ast.parse(file.read_text(encoding='utf-8'))) or ''
        first = re.split(r'[.:;](?:\s|$)', ' '.join(text.split()))[0]
        lines.append(f'  {name:22}{textwrap.shorten(first, 76, placeholder=" ...")}')
    return '\n'.join([*lines, '', f'configs/... that are not found here are taken from {root}'])


def located(argument: str, root: Path) -> str:
    """An argument, or the config of the package that it names."""
    if argument.startswith('configs/') and not Path(argument).exists():
        carried = root / argument
        return str(carried) if carried.is_file() else argument
    return argument


def main() -> None:
    """Runs the tool that the first argument names, with the others."""
    base = root()
    name, *arguments = sys.argv[1:] or ['--help']
    if name in ('-h', '--help'):
        sys.stdout.write(overview(base) + '\n')
        return
    script = commands(base).get(name.replace('_', '-'))
    if script is None:
        sys.exit(f'error: there is no command {name}: see wavemix --help')
    sys.argv = [f'wavemix {name}', *(located(argument, base) for argument in arguments)]
    runpy.run_path(str(script), run_name='__main__')


if __name__ == '__main__':
    main()
