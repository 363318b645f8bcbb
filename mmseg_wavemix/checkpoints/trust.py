"""The one way to load checkpoints that can run code: the person at the command line says so."""

import argparse

_trusted = False


def is_trusted() -> bool:
    """Whether this process was told to load checkpoints as programs."""
    return _trusted


def trust_checkpoints() -> None:
    """From now on, checkpoints of this process may hold any pickle, and run what it calls."""
    global _trusted
    _trusted = True


class _Trust(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        trust_checkpoints()


def add_trust_option(parser: argparse.ArgumentParser) -> None:
    """Adds ``--trust-checkpoint``, which takes effect as it is parsed."""
    parser.add_argument(
        '--trust-checkpoint',
        action=_Trust,
        nargs=0,
        help='load checkpoints that hold more than weights, and RUN THE CODE in them',
    )
