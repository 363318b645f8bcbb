"""Progress bars as a terminal gets them."""

import fcntl
import os
import pty
import struct
import termios

import pytest

from mmseg_wavemix.demo import bars


class Terminal:
    """A new terminal of a size, in whose place standard error can be."""

    END = '<end>'

    def __init__(self, columns: int, rows: int) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        self.file = os.fdopen(theirs, 'w')

    def text(self) -> str:
        """What was written, after the last call: the kernel passes it on in its own time."""
        self.file.write(self.END)
        self.file.flush()
        text = ''
        while not text.endswith(self.END):
            text += os.read(self.ours, 1000).decode()
        return text.removesuffix(self.END)


@pytest.fixture
def terminal(monkeypatch):
    opened = []

    def make(columns: int, rows: int) -> Terminal:
        opened.append(Terminal(columns, rows))
        monkeypatch.setattr('sys.stderr', opened[-1].file)
        return opened[-1]

    yield make
    for one in opened:
        one.file.close()
        os.close(one.ours)


@pytest.mark.parametrize(('size', 'width'), [((0, 0), 80), ((60, 20), 60), ((0, 20), 80)])
def test_a_bar_in_every_terminal(terminal, size: tuple[int, int], width: int) -> None:
    """Containers have some of no columns and rows."""
    screen = terminal(*size)
    with bars.frames_bar('drive.mp4', 40) as bar:
        line = screen.text().strip()
        assert line.startswith('drive.mp4   0%|') and line.endswith('left') and len(line) == width
        bar.update(20)
        bar.refresh()
        assert '50%|' in screen.text()
    with bars.inputs_bar(['a', 'b'], 'picture', shown=True) as turns:
        assert '0/2' in screen.text() and list(turns) == ['a', 'b']


def test_a_webcam_has_no_end(terminal) -> None:
    screen = terminal(0, 0)
    with bars.frames_bar('webcam 0', None) as bar:
        bar.update(3)
        bar.refresh()
    assert 'webcam 0 3 frames in 00:00' in screen.text()


def test_nothing_is_left_of_what_was_interrupted(terminal) -> None:
    screen = terminal(0, 0)
    with (
        pytest.raises(KeyboardInterrupt),
        bars.inputs_bar(['a', 'b'], 'input', shown=True) as turns,
    ):
        for _ in turns:
            with bars.frames_bar('drive.mp4', 40):
                shown = screen.text()
                assert '0/2' in shown and '0/40' in shown
                raise KeyboardInterrupt
    assert screen.text().replace('\x1b[A', '').strip() == ''  # both are written over


def test_no_bar_where_nobody_looks(terminal, monkeypatch, tmp_path) -> None:
    screen = terminal(80, 24)
    with bars.inputs_bar(['a'], 'input', shown=False) as turns:
        assert list(turns) == ['a'] and screen.text() == ''
    with open(tmp_path / 'log', 'w') as file:
        monkeypatch.setattr('sys.stderr', file)
        with bars.frames_bar('drive.mp4', 40) as bar:
            bar.update(40)
    assert (tmp_path / 'log').read_text() == ''
