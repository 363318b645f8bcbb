"""Where a checkpoint lies: a path, or a URL that is fetched once."""

import fcntl
import hashlib
import re
from pathlib import Path
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname

import torch

from ..errors import InputError


def local_file(source: str | Path) -> Path:
    """The path of a checkpoint, after downloading it if it is an http or https URL.

    A download is kept in torch.hub's folder, under a name that tells equal file names of different
    URLs apart; processes of one machine that ask for it at once fetch it once.

    Args:
        source: a path, ``http://...``, ``https://...`` or ``file:///...``.

    Raises:
        InputError: the URL names no file, or cannot be fetched.
    """
    url = str(source)
    if not re.match(r'(https?|file)://', url):
        return Path(source).expanduser()
    try:
        path = urlparse(url).path
    except ValueError as error:
        raise InputError(f'{url} is no URL ({error}): check the address') from error
    if url.startswith('file://'):
        return Path(url2pathname(path))
    name = Path(unquote(path)).name
    if not name:
        raise InputError(f'{url} names no file: give the address of the checkpoint itself')
    folder = Path(torch.hub.get_dir(), 'checkpoints')
    file = folder / f'{hashlib.sha256(url.encode()).hexdigest()[:8]}-{name}'
    if file.exists():
        return file
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f'.{file.name}.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            try:
                torch.hub.download_url_to_file(url, str(file))
            except (OSError, ValueError) as error:  # a URL that is none is a ValueError
                raise InputError(
                    f'{url} cannot be fetched ({error}): check the address and the connection, or '
                    'download it by other means and give its path'
                ) from error
    return file
