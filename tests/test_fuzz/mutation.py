"""Bytes with a few of them changed, and what may come of using them."""

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from mmseg_wavemix.errors import InputError

SECONDS = 30  # for one input
EDITS = st.lists(
    st.tuples(
        st.sampled_from(['change', 'change', 'change', 'cut', 'insert', 'end']),
        st.floats(0, 1, exclude_max=True),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)
outcomes: Counter = Counter()


def mutate(content: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    """Applies edits of :data:`EDITS`."""
    changed = bytearray(content)
    for kind, where, new in edits:
        at = int(where * len(changed))
        if kind == 'change':
            changed[at : at + len(new)] = new
        elif kind == 'cut':
            del changed[at : at + len(new) * 16]
        elif kind == 'insert':
            changed[at:at] = new
        else:
            del changed[at:]
    return bytes(changed)


def outcome(name: str, call: Callable[[], object], *files: Path) -> object:
    """A result, or an InputError; anything else, a hang or a changed file fails the test."""
    before = [file.read_bytes() for file in files]

    def too_long(*_: object) -> None:
        raise TimeoutError(f'{name}: not done after {SECONDS} s')

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    try:
        result = call()
        outcomes[name, 'results'] += 1
    except InputError as error:
        assert str(error).strip(), 'an error without a word'
        outcomes[name, 'errors'] += 1
        result = error
    finally:
        signal.alarm(0)
    assert [file.read_bytes() for file in files] == before
    return result
