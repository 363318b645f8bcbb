"""What all command lines share: their options, and how they end when the input is at fault."""

import argparse
import re
import sys
from collections.abc import Callable

from mmengine.config import DictAction

from .errors import InputError


class ConfigOptions(DictAction):
    """``--cfg-options KEY=VALUE ...``, with a sentence for what is neither."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: list[str],
        option_string: str | None = None,
    ) -> None:
        for value in values:
            if '=' not in value:
                parser.error(f'{option_string} {value}: expected KEY=VALUE')
        super().__call__(parser, namespace, values, option_string)


def size_of(text: str) -> tuple[int, int]:
    """``HxW`` on a command line, as height and width."""
    match = re.fullmatch(r'(\d+)x(\d+)', text)
    if not match or min(map(int, match.groups())) < 8:
        raise argparse.ArgumentTypeError(f'{text}: height x width, 8x8 or more, such as 256x512')
    return int(match[1]), int(match[2])


def run(main: Callable[[], None]) -> None:
    """Runs a command; what its user can mend ends it with one sentence instead of a traceback."""
    try:
        main()
    except (InputError, OSError) as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        sys.stderr.write('interrupted\n')
        sys.exit(130)  # 128 + SIGINT, as a shell names an end by Ctrl-C
