"""What all command lines share: how they end when the input is at fault."""

import sys
from collections.abc import Callable

from .errors import InputError


def run(main: Callable[[], None]) -> None:
    """Runs a command; what its user can mend ends it with one sentence instead of a traceback."""
    try:
        main()
    except InputError as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        sys.exit('interrupted')
