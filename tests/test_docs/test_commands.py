"""Every command of README and docs: its flags exist, and it is run, here or by another test."""

import argparse
import re
import runpy
import shlex
import sys
from pathlib import Path

import mmseg
import pytest

from mmseg_wavemix.console import commands as tools_by_command
from tests.conftest import REPOSITORY
from tests.test_docs.conftest import SMALLER, filled, smaller
from tests.test_docs.pages import PYTHON, SHELL, Block, Command, commands

STOCK = Path(mmseg.__path__[0]) / '.mim' / 'tools'  # what $TOOLS stands for
# what a marker may say: each is a reason why a command is not run by the suite
NEEDS = {
    'Cityscapes', 'Docker', 'a C++ compiler', 'a browser', 'a clone and the internet', 'hours',
    'mmpretrain', 'onedl-mim', 'several GPUs', "the authors' weights",
    'the packages wandb and mlflow', 'the test frames',
}  # fmt: skip
# tools that take longer than a page should, and the tests that run them
RUN_ELSEWHERE = {
    'tools/benchmark.py': 'tests/test_benchmark/test_benchmark.py',
    'tools/benchmark_classifiers.py': 'tests/test_classification/test_benchmark_classifiers.py',
    'tools/data_speed.py': 'tests/test_benchmark/test_input_pipeline.py',
    'tools/doctor.py': 'tests/test_doctor/test_doctor.py',
    'tools/dataset_converters/camvid.py': 'tests/test_datasets/test_camvid.py',
    'tools/dataset_converters/synthetic.py': 'tests/test_datasets/test_synthetic.py',
    'tools/agreement.py': 'tests/test_deployment/test_export.py',
    'tools/layer_times.py': 'tests/test_benchmark/test_layers.py',
    'tools/memory.py': 'tests/test_benchmark/test_per_picture.py',
    'tools/study.py': 'tests/test_study/test_study_tool.py',
    'tools/export.py': 'tests/test_deployment/test_export.py',
    'tools/model_zoo.py': 'tests/test_zoo.py',
    'tools/receptive_field.py': 'tests/test_visualization/test_receptive_field.py',
    'tools/scaling.py': 'tests/test_benchmark/test_scaling.py',
    'tools/web_demo.py': 'tests/test_web/conftest.py',
}
CHEAP = [
    block
    for block in SHELL
    if block.needs is None
    and any(c.tool and c.tool not in RUN_ELSEWHERE for c in commands(block.code))
]

# on the scenes of `make demo`, and not on CamVid
READERS = [
    command
    for block in SHELL
    for command in commands(block.code)
    if 'camvid' not in ' '.join(command.words)
]


class Parsed(Exception):
    """The arguments are what the tool takes."""


def parse(script: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives a tool's own parser a command line, with the checks that it makes of values."""
    monkeypatch.setattr(sys, 'argv', [str(script), *arguments])
    monkeypatch.setattr(sys, 'path', [*sys.path])
    tool = runpy.run_path(str(script), run_name='parsed')
    if 'parse_args' in tool:
        tool['parse_args']()
        return
    original = argparse.ArgumentParser.parse_args

    def parse_args(parser, *args, **kwargs):
        original(parser, *args, **kwargs)
        raise Parsed

    with monkeypatch.context() as patch, pytest.raises(Parsed):
        patch.setattr(argparse.ArgumentParser, 'parse_args', parse_args)
        tool['main']()


def check(command: Command, marked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """That a command could be typed."""
    program, *rest = command.words
    tool = command.tool
    if program == 'wavemix':
        tool = tools_by_command(REPOSITORY).get(rest[0])
        assert tool or rest[0] == '--help', f'there is no command wavemix {rest[0]}'
        if tool:
            parse(tool, rest[1:], monkeypatch)
    elif tool and tool.startswith('$TOOLS'):
        assert Path(tool.replace('$TOOLS', str(STOCK))).is_file()
    elif tool:
        assert (REPOSITORY / tool).is_file(), f'there is no {tool}'
        parse(REPOSITORY / tool, [filled(word) for word in command.arguments], monkeypatch)
    elif program == 'make':
        makefile = (REPOSITORY / 'Makefile').read_text()
        for target in (word for word in rest if '=' not in word):
            assert re.search(rf'^{target}:', makefile, re.MULTILINE), f'no make {target}'
    elif program == 'source':
        assert rest[0] in ('.venv/bin/activate', '.venv-mmpretrain/bin/activate')
    elif program == 'pip':
        assert rest[0] == 'install' and (marked or set(rest[1:]) <= {'.', '-e'}), rest
    else:
        assert marked, f'{shlex.join(command.words)} is neither run nor marked'


@pytest.mark.parametrize('block', SHELL, ids=str)
def test_commands_can_be_typed(
    block: Block, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert block.needs is None or block.needs in NEEDS
    monkeypatch.chdir(tmp_path)  # where no output exists
    found = commands(block.code)
    assert found
    for command in found:
        check(command, block.needs is not None, monkeypatch)


def test_flags_that_do_not_exist_are_found(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """The test above can fail: for a tool with parse_args, and for one without."""
    for line in (
        'python tools/train.py CONFIG --no-such-flag',
        'python tools/dataset_converters/synthetic.py OUT --no-such-flag',
        'wavemix train --no-such-flag',
    ):
        with pytest.raises(SystemExit):
            check(commands(line)[0], False, monkeypatch)
        assert '--no-such-flag' in capsys.readouterr().err or 'wavemix' in line
    for line in ('wavemix no-such-command', 'make no-such-target', 'no-such-program'):
        with pytest.raises(AssertionError):
            check(commands(line)[0], False, monkeypatch)


@pytest.mark.parametrize('tool', RUN_ELSEWHERE)
def test_run_elsewhere(tool: str) -> None:
    """The test that is said to run a tool is there and names it."""
    text = (REPOSITORY / RUN_ELSEWHERE[tool]).read_text()
    assert Path(tool).stem in text


@pytest.mark.parametrize('block', CHEAP, ids=str)
def test_commands_run(block: Block, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, on small scenes, sizes to match, and a model of 2,000 parameters."""
    for config in PYTHON:
        if config.page == block.page and config.named:
            (workspace / config.named).write_text(config.code)
    for command in commands(block.code):
        if command.tool and command.tool not in RUN_ELSEWHERE:
            run(command, monkeypatch)


def test_a_graph_is_exported_and_scored(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the page says, where the packages for it are installed. In 8 bits, which needs more
    pictures than there are here, that is done by tests/test_deployment."""
    pytest.importorskip('onnx', reason="pip install -e '.[export]'")
    found = [c for c in READERS if c.tool == 'tools/export.py']
    assert len(found) >= 2 and '--score' in found[0].words
    run(found[0], monkeypatch)
    assert (workspace / 'model.onnx').is_file()


def test_sizes_are_those_of_the_readers_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which `make demo` draws by default; those of this suite's scenes stand on no page."""
    drawn = []
    generate = 'mmseg_wavemix.datasets.synthetic.generate_dataset'
    monkeypatch.setattr(generate, lambda *args: drawn.extend(args))
    run(Command({}, ['tools/dataset_converters/synthetic.py', 'OUT']), monkeypatch)
    height, width = drawn[3]
    found = [c for c in READERS if c.tool and '--size' in c.words]
    assert len(found) >= 3
    for command in found:
        assert command.words[command.words.index('--size') + 1] == f'{height}x{width}', command
    text = '\n'.join(block.code for block in SHELL)
    for size, small in SMALLER.items():
        assert size in text and small not in text
        sides = [list(map(int, re.split('[x,]', pair))) for pair in (size, small)]
        assert sides[0] == [4 * side for side in sides[1]]
        assert sides[0][0] <= height and sides[0][1] <= width
    assert smaller('crop_size=256,256') == 'crop_size=64,64'
    assert smaller('1256x5120') == '1256x5120'


def run(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, since importing torch takes longer than the rest."""
    script = command.tool.replace('$TOOLS', str(STOCK))
    words = []
    for word in map(smaller, map(filled, command.arguments)):
        # what a shell does
        found = sorted(Path().glob(word)) if '*' in word and '/' in word else []
        words += map(str, found) if found and 'FOLDER' not in word else [word]
    with monkeypatch.context() as patch:
        patch.setattr(sys, 'argv', [script, *words])
        patch.setattr(sys, 'path', [*sys.path])
        for name in ('LOCAL_RANK', *command.env):
            patch.setenv(name, command.env.get(name, '0'))
        try:
            runpy.run_path(script, run_name='__main__')
        except SystemExit as end:
            assert not end.code, f'{shlex.join(command.words)}: {end.code}'
