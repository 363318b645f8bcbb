"""Files that are to be written, looked at before the work for them."""

import argparse
import os
from pathlib import Path

from .errors import InputError


def check_new(*files: Path | None) -> None:
    """Asks whether files can be written, and nothing is written over.

    Args:
        files: their folders are made later; None: is not wanted.

    Raises:
        InputError: something of that name exists, or its folder cannot be written to.
    """
    for file in filter(None, files):
        if os.path.lexists(file):
            raise InputError(f'{file} exists and is not overwritten: name a new file')
        folder = next(above for above in file.absolute().parents if os.path.lexists(above))
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            raise InputError(f'{file} cannot be written: {folder} is no folder to write to')


def new_file(text: str) -> Path:
    """``--json F`` on a command line."""
    try:
        check_new(Path(text))
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return Path(text)
