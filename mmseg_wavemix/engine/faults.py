"""What can befall a run from outside, in a sentence."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InputError
from .whole_checkpoint import last_good


@contextmanager
def explained(work_dir: Path, training: bool = True) -> Iterator[None]:
    """Around a run: full disks, killed data-loader workers, and damaged files that these found.

    Args:
        work_dir: of the run.
        training: whether there is a checkpoint to go on from.

    Raises:
        InputError: one of these, with what to do next.
    """

    def go_on() -> str:
        return f'go on by --resume from {last_good(work_dir)}' if training else 'start again'

    try:
        yield
    except InputError as error:
        # torch builds the worker's error anew, from the text of its traceback
        found = re.search(r'^Caught InputError in .*\n(?:\S*\.)?InputError: (.*)', str(error), re.S)
        if found is None:
            raise
        raise InputError(f'{found[1].strip()}; then {go_on()}') from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise InputError(
            f'{error.filename or work_dir} cannot be written ({error.strerror}): make room, and '
            f'{go_on()}'
        ) from error
    except RuntimeError as error:
        if not str(error).startswith('DataLoader worker'):
            raise
        killed = str(error).splitlines()[0].rstrip('. ')
        raise InputError(
            f'{killed}: most often by the system when memory runs out, so lower num_workers or '
            f'batch_size of the data loader, and {go_on()}'
        ) from error
