"""README and docs as text, code blocks and commands."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

from tests.conftest import REPOSITORY

FILES = [
    REPOSITORY / 'README.md',
    REPOSITORY / 'CONTRIBUTING.md',
    *sorted((REPOSITORY / 'docs').glob('*.md')),
]
FENCED = re.compile(
    r'(?:^<!-- needs (?P<needs>[^>]+) -->\n)?^```(?P<language>\w*)\n(?P<code>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)
INDENTED = re.compile(r'(?<=\n\n)((?: {4}(?:python|make|wavemix) .*\n(?: {4}.*\n)*)+)')
TOOL = re.compile(r'(tools|\$TOOLS)/.*\.py')
LINK = re.compile(r'\]\(([^)\s]+)\)')
ASSIGNED = re.compile(r'([A-Z][A-Z0-9_]*)=(.*)')


class Block(NamedTuple):
    """A piece of code of a page.

    Args:
        page: the file, relative to the repository.
        line: where it begins.
        language: such as ``sh`` or ``python``.
        code: as it stands there.
        needs: what it needs besides the repository, if something.
        named: the config that the text before it says it is, if one.
    """

    page: str
    line: int
    language: str
    code: str
    needs: str | None
    named: str | None

    def __str__(self) -> str:
        return f'{self.page}:{self.line}'


class Command(NamedTuple):
    """One command of a shell block, with the variables before it."""

    env: dict[str, str]
    words: list[str]

    @property
    def tool(self) -> str | None:
        """The path of the tool it calls, as it is written, through a launcher or not."""
        return next(filter(TOOL.fullmatch, self.words), None)

    @property
    def arguments(self) -> list[str]:
        """What the tool is given."""
        return self.words[self.words.index(self.tool) + 1 :]


def blocks(file: Path) -> list[Block]:
    """All code of a page."""
    text = file.read_text(encoding='utf-8')
    page = str(file.relative_to(REPOSITORY))
    found = []
    for match in FENCED.finditer(text):
        line = text[: match.start('code')].count('\n')
        before = text[: match.start()].rstrip().split('\n\n')[-1]
        named = ([None] + re.findall(r'`(configs/\w+\.py)`', before))[-1]
        found.append(Block(page, line, match['language'], match['code'], match['needs'], named))
    rest = FENCED.sub(lambda match: '\n' * match[0].count('\n'), text)
    for match in INDENTED.finditer(rest):
        line = rest[: match.start()].count('\n') + 1
        code = ''.join(part[4:] for part in match[1].splitlines(keepends=True))
        found.append(Block(page, line, 'sh', code, None, None))
    return found


def commands(code: str) -> list[Command]:
    """The commands of a shell block; those in brackets, a shell of their own, are left out."""
    found = []
    for line in code.replace('\\\n', ' ').splitlines():
        if ASSIGNED.fullmatch(line) and '$(' in line:
            continue
        words = [] if line.startswith('(') else shlex.split(line, comments=True)
        env = {}
        while words and (match := ASSIGNED.fullmatch(words[0])):
            env[match[1]] = match[2]
            words = words[1:]
        if words:
            found.append(Command(env, words))
    return found


BLOCKS = [block for file in FILES for block in blocks(file)]
SHELL = [block for block in BLOCKS if block.language == 'sh']
PYTHON = [block for block in BLOCKS if block.language == 'python']
