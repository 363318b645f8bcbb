"""Links of README and docs lead somewhere, and what they name exists."""

import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.test_docs.pages import FENCED, FILES, LINK

NAMED = re.compile(r'`((?:tools|tests|configs|docs|mmseg_wavemix)/[\w./-]*\w)/?`')
MADE = {'configs/mine.py'}  # by the reader
# sentences of the toolbox that troubleshooting.md quotes
QUOTED = re.compile(r'`([^`]+)`')


def anchors(file: Path) -> set[str]:
    """What a heading is called in a link, by GitHub's rule."""
    headings = re.findall(r'^#+ (.+)$', FENCED.sub('', file.read_text()), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-') for heading in headings}


@pytest.mark.parametrize('file', FILES, ids=lambda file: file.name)
def test_links(file: Path) -> None:
    for link in LINK.findall(file.read_text()):
        if re.match(r'https?://', link):
            continue
        path, _, anchor = link.partition('#')
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), f'{file.name}: {link}'
        assert target.is_relative_to(REPOSITORY), f'{file.name}: {link}'
        assert not anchor or anchor in anchors(target), f'{file.name}: {link}'


@pytest.mark.parametrize('file', FILES, ids=lambda file: file.name)
def test_named_files(file: Path) -> None:
    for name in NAMED.findall(file.read_text()):
        assert name in MADE or list(REPOSITORY.glob(name)), f'{file.name}: {name}'


def test_every_page_is_reached() -> None:
    """From the README, by links; the table of it is complete."""
    text = (REPOSITORY / 'README.md').read_text()
    for page in (REPOSITORY / 'docs').glob('*.[mi][dp]*'):
        assert f'](docs/{page.name})' in text, page.name


def test_quoted_errors() -> None:
    """What the page says that the toolbox says of data and runs, it says."""
    page = (REPOSITORY / 'docs' / 'troubleshooting.md').read_text()
    sources = [file.read_text() for file in (REPOSITORY / 'mmseg_wavemix').rglob('*.py')]
    code = re.sub(r"'\s*\n\s*f?'", '', '\n'.join(sources))  # sentences over several lines
    heads = re.findall(r'^\*\*(.+?)\*\*', page.split('## Data')[1], re.MULTILINE)
    quotes = [quote for head in heads for quote in QUOTED.findall(head)]
    assert len(quotes) >= 9
    for quote in quotes:
        if quote == 'CUDA out of memory':  # torch's
            continue
        pattern = re.escape(quote).replace(r'0\.\.18', r'0\.\.{top}')
        assert re.search(pattern, code), quote


def test_anchors_by_hand(tmp_path: Path) -> None:
    page = tmp_path / 'page.md'
    page.write_text("# The paper's numbers\n```sh\n# no heading\n```\n## Export, int8\n")
    assert anchors(page) == {'the-papers-numbers', 'export-int8'}
