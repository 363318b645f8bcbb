"""The line in the terminal, and the speed in the log."""

import io
import json
import re
import sys
from pathlib import Path

import pytest
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from mmseg_wavemix.engine import ProgressHook
from mmseg_wavemix.errors import InputError
from tests.test_engine.watched import run


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@HOOKS.register_module()
class StandingHook(Hook):
    """Ends training at a step, and keeps what the line's hook had open."""

    hooks: list[ProgressHook] = []

    def after_train_iter(self, runner: Runner, batch_idx: int, *_, **__) -> None:
        self.hooks[:] = [hook for hook in runner.hooks if isinstance(hook, ProgressHook)]
        assert self.hooks[0].bar is not None
        raise InputError('it ends')


def scalars(work_dir: Path) -> list[dict]:
    (file,) = work_dir.rglob('scalars.json')
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_speed_is_logged(config: Path, tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    runner = run(config, tmp_path / 'run')
    steps = [entry for entry in scalars(tmp_path / 'run') if 'loss' in entry]
    assert len(steps) == 4
    for entry in steps:  # mmengine's time is the mean of the last ten steps
        assert entry['images_per_s'] == pytest.approx(4 / entry['time'])
        assert entry['lr'] > 0
    (log,) = (tmp_path / 'run').rglob('*.log')
    (line,) = re.findall(r'Epoch\(train\)\s+\[2\]\[2/2\].*', log.read_text())
    for word in ('eta: 0:00:00', 'images_per_s: ', 'memory'):
        assert word in line
    written = capfd.readouterr()
    assert 'epoch 1/2 |' not in written.out + written.err  # it was no terminal
    assert not any(hook.bar for hook in runner.hooks if isinstance(hook, ProgressHook))


def test_line_in_a_terminal(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, 'stderr', terminal)
    runner = run(config, tmp_path / 'run')
    said = terminal.getvalue()
    for words in ('epoch 1/2 |', 'epoch 2/2 |', 'validation 4/4 |', ' 100% [', ' GB]'):
        assert words in said, words
    assert re.search(r'50% \[00:\d\d<00:\d\d, [\d.e+]+ images/s, loss [\d.]+, [\d.]+ GB\]', said)
    assert said.endswith('\n')
    kinds = {type(handler).__module__ for handler in runner.logger.handlers}
    assert not any('tqdm' in kind for kind in kinds)
    (log,) = (tmp_path / 'run').rglob('*.log')
    assert len(re.findall(r'Epoch\(train\)', log.read_text())) == 4  # nothing was lost above it


def test_line_ends_with_the_run(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, 'stderr', terminal)
    ending = config.with_name('ending.py')
    ending.write_text("_base_ = './tiny.py'\ndefault_hooks = dict(s=dict(type='StandingHook'))\n")
    with pytest.raises(InputError, match='it ends'):
        run(ending, tmp_path / 'run')
    assert StandingHook.hooks[0].bar is None
    assert terminal.getvalue().endswith('\n')  # the sentence has a line of its own
