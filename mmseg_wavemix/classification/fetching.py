"""Data that is there, is fetched, or is answered by one sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from mmengine.dist import barrier, is_main_process

from ..errors import InputError

Data = TypeVar('Data')

REMEDY = 'fetch it by tools/train_classifier.py CONFIG --download, or name its folder in'


def load_or_fetch(
    load: Callable[[bool], Data], root: str | Path, what: str, variable: str, download: bool
) -> Data:
    """Calls ``load`` in every process, after fetching in the first one.

    Args:
        load: loads the data; given ``True``, it fetches first what is missing.
        root: the folder of the data, for the message.
        what: the data, for the message.
        variable: the environment variable that the configs read the folder from.
        download: whether to fetch.

    Raises:
        InputError: the data are not there, or damaged.
    """
    if download and is_main_process():
        load(True)
    barrier()
    try:
        return load(False)
    except (FileNotFoundError, RuntimeError) as error:  # torchvision raises the second
        raise InputError(
            f'{root} holds no complete {what} ({error}): {REMEDY} {variable}'
        ) from error
