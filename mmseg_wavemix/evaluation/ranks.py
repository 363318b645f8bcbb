"""One process of several does something, all learn how it went."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from typing import Any

from mmengine.dist import all_gather_object, broadcast_object_list, is_main_process

from ..errors import InputError


def main_process_does(work: Callable[[], Any]) -> Any:
    """Calls ``work`` on rank 0; its result, or its error, comes to all.

    A rank that fails alone leaves the others waiting for its next word, half an hour by default.

    Args:
        work: returns something that can be pickled.

    Raises:
        InputError: on all ranks, where ``work`` raises it or an OSError. Anything else goes its way
            on rank 0; the others then raise an InputError that says so.
    """
    shared = [None, 'The main process failed: see its error.']
    try:
        if is_main_process():
            shared = [work(), None]
    except (InputError, OSError) as error:
        shared = [None, str(error)]
    finally:
        broadcast_object_list(shared)
    result, fault = shared
    if fault is not None:
        raise InputError(fault)
    return result


def path_fault(option: str, path: str | None) -> None:
    """Refuses a file that exists.

    Raises:
        InputError: it does.
    """
    if path is not None and os.path.lexists(path):
        raise InputError(f'{option} {path} exists and is not overwritten: name a new file.')


def output_directory(directory: str | None, owner: object) -> str:
    """A directory for the files of all ranks, made by rank 0.

    Args:
        directory: new or empty; None for a temporary one, removed with ``owner``.
        owner: who uses it.

    Returns:
        Its absolute path.

    Raises:
        InputError: on all ranks; it holds something, cannot be made, or is not on a shared disk.
    """

    def make() -> str:
        if directory is None:
            temporary = tempfile.mkdtemp(prefix='cityscapes_scores_')
            weakref.finalize(owner, _remove_own, temporary, os.getpid())
            return temporary
        if os.path.lexists(directory):
            if not os.path.isdir(directory):
                raise InputError(f'output_dir {directory} is not a directory: name a new one.')
            if os.listdir(directory):
                raise InputError(
                    f'output_dir {directory} is not empty, nothing is overwritten: name a new one.'
                )
        os.makedirs(directory, exist_ok=True)
        return os.path.abspath(directory)

    path = main_process_does(make)
    if not all(all_gather_object(os.path.isdir(path))):
        raise InputError(f'{path} is not seen by all processes: set output_dir on a shared disk.')
    return path


def _remove_own(directory: str, pid: int) -> None:
    """Remove the temporary directory, but not from a forked data loader's copy of the metric."""
    if os.getpid() == pid:
        shutil.rmtree(directory, ignore_errors=True)
