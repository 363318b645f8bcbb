"""What a study trains: its rows, each a config with options."""

import re
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from ..config import CONFIG_ERRORS, load_config
from ..errors import InputError

KEYS = {'config', 'options', 'claim'}


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        name: letters, digits and ``-_.+``: files are called by it.
        config: a config of the toolbox.
        options: changes to it, as ``--cfg-options``.
        claim: what the paper says of it, in words; empty if nothing.
    """

    name: str
    config: Path
    options: dict
    claim: str = ''


@dataclass(frozen=True)
class Study:
    """A table.

    Args:
        name: of its file.
        title: one sentence: what is compared, at which size and length.
        rows: in the order of the table.
    """

    name: str
    title: str
    rows: tuple[Row, ...]

    def select(self, names: list[str] | None) -> tuple[Row, ...]:
        """Rows by name, or all of them.

        Raises:
            InputError: an unknown name.
        """
        known = {row.name: row for row in self.rows}
        for name in names or []:
            if name not in known:
                raise InputError(f'--rows {name}: {self.name} has {", ".join(known)}')
        return tuple(known[name] for name in names or known)


def read_study(path: Path) -> Study:
    """Reads a study's file: Python with ``title``, ``shared`` and ``rows``, see configs/studies/.

    ``rows`` is a dict by name, of dicts with ``config`` (relative to the repository, which is two
    folders above the file), ``options`` and ``claim``; options in ``shared`` come before each
    row's own.

    Raises:
        InputError: no such file, a mistake in it, or a config that cannot be read.
    """
    if not path.is_file():
        raise InputError(f'study {path} is no file: see configs/studies/')
    root = Path(*path.resolve().parts[:-3])  # of a file that lies too high: no config is found
    try:
        content = Config.fromfile(path)
        if missing := sorted({'rows', 'title'} - content.keys()):
            raise InputError(f'{path} is no study, it has no {missing[0]}: see configs/studies/')
        if not isinstance(content.rows, dict) or not all(
            isinstance(row, dict) for row in content.rows.values()
        ):
            raise InputError(f'{path}: rows is no dict of dicts by name: see configs/studies/')
        rows = content.rows.to_dict()
        title, shared = content.title, content.get('shared', {})
    except InputError:  # which is a ValueError, too
        raise
    except CONFIG_ERRORS as error:
        raise InputError(f'study {path}: {type(error).__name__}: {error}') from error
    found = []
    for name, row in rows.items():
        if not re.fullmatch(r'[\w.+-]+', name):
            raise InputError(f'study {path}: row {name!r}: letters, digits and -_.+ alone')
        if 'config' not in row or not row.keys() <= KEYS:
            raise InputError(
                f'study {path}: row {name} has {", ".join(row)}: config, and if wanted options '
                'and claim'
            )
        options = {**shared, **row.get('options', {})}
        config = root / row['config']
        load_config(config, options)
        found.append(Row(name, config, options, row.get('claim', '')))
    return Study(path.stem, title, tuple(found))
