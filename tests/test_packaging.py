"""The wheel: what is in it, and that it works without the repository."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mmseg_wavemix import console
from tests.conftest import REPOSITORY

SOURCES = ('mmseg_wavemix', 'tools', 'configs')
COMMAND = 'wavemix_command.py'
FILES = (
    'setup.py', 'pyproject.toml', 'README.md', 'LICENSE', 'MANIFEST.in', 'model-index.yml', COMMAND,
)  # fmt: skip
FOR_A_CLONE = {'tools/model_zoo.py'}


def sources() -> set[str]:
    """All files of the package, the tools and the configs."""
    return {
        str(file.relative_to(REPOSITORY))
        for folder in SOURCES
        for file in (REPOSITORY / folder).rglob('*')
        if file.is_file() and '__pycache__' not in file.parts
    }


@pytest.fixture(scope='session')
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: setuptools leaves its traces where it builds."""
    folder = tmp_path_factory.mktemp('wheel')
    for name in SOURCES:
        shutil.copytree(
            REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns('__pycache__')
        )
    for name in FILES:
        shutil.copy(REPOSITORY / name, folder)
    pip('wheel', '--no-deps', '--no-build-isolation', '-w', folder / 'dist', folder)
    (file,) = (folder / 'dist').iterdir()
    return file


@pytest.fixture(scope='session')
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package and its command, as site-packages."""
    folder = tmp_path_factory.mktemp('site')
    pip('install', '--no-deps', '--no-compile', '--no-index', '--target', folder, wheel)
    return folder


def pip(*args: object) -> None:
    command = [sys.executable, '-m', 'pip', '-q', '--disable-pip-version-check', *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def wavemix(site: Path, cwd: Path, *args: object, **env: str) -> subprocess.CompletedProcess:
    """The installed command, called far from the repository."""
    return subprocess.run(
        [sys.executable, str(site / 'bin' / 'wavemix'), *map(str, args)],
        cwd=cwd,
        env={**os.environ, 'PYTHONPATH': str(site), 'OMP_NUM_THREADS': '1', **env},
        capture_output=True,
        text=True,
        timeout=300,
    )


def python(site: Path, cwd: Path, code: str) -> subprocess.CompletedProcess:
    """Python that finds the installed package, far from the repository."""
    return subprocess.run(
        [sys.executable, '-c', code],
        cwd=cwd,
        env={**os.environ, 'PYTHONPATH': str(site)},
        capture_output=True,
        text=True,
    )


def test_all_files_are_in_it(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        name if name.startswith('mmseg_wavemix/') else f'mmseg_wavemix/.mim/{name}'
        for name in (sources() | {'model-index.yml'}) - FOR_A_CLONE
    }
    inside = {name for name in inside if '.dist-info/' not in name}
    assert inside == expected | {COMMAND}


def test_trains_far_from_the_repository(installed: Path, scenes: Path, tmp_path: Path) -> None:
    """By a config that lies in the package alone."""
    done = wavemix(
        installed, tmp_path, 'train', 'configs/wavemix_64_6_l3_synthetic.py', '--work-dir', 'run',
        '--cfg-options', 'model.backbone.embed_dims=8', 'model.backbone.depth=1',
        'model.backbone.level=1', 'model.decode_head.in_channels=8', 'train_cfg.max_epochs=1',
        'train_dataloader.batch_size=4', 'train_dataloader.num_workers=0',
        'val_dataloader.num_workers=0', 'val_dataloader.persistent_workers=False',
        'optim_wrapper.type=OptimWrapper', 'param_scheduler=None',
        SYNTHETIC_DATASET=str(scenes),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / 'run' / 'epoch_1.pth').is_file()
    log = next((tmp_path / 'run').glob('*/*.log')).read_text()
    assert str(REPOSITORY / 'mmseg_wavemix') not in log


def test_segments_far_from_the_repository(installed: Path, scenes: Path, tmp_path: Path) -> None:
    """By the shipped model, which lies in the package as its config does."""
    street = next(scenes.glob('leftImg8bit/val/*/*.png'))
    done = wavemix(installed, tmp_path, 'demo', street, '--out', 'out')
    assert done.returncode == 0, done.stderr[-2000:]
    assert f'{installed}/mmseg_wavemix/shipped/card.md' in done.stdout
    assert len(list((tmp_path / 'out').glob('*_labelIds.png'))) == 1


def test_commands(installed: Path) -> None:
    """Every tool of the wheel has a line of its own in the overview."""
    text = console.overview(installed / 'mmseg_wavemix' / '.mim')
    tools = {Path(name).stem for name in sources() - FOR_A_CLONE if name.startswith('tools/')}
    listed = re.findall(r'^  (\S+) +\S', text, re.MULTILINE)
    assert sorted(listed) == sorted(name.replace('_', '-') for name in tools)
    assert max(map(len, text.splitlines()[:-1])) <= 100


def test_names_are_listed_without_torch(installed: Path, tmp_path: Path) -> None:
    """A package of this name that fails, before the real one: seconds are not lost on imports."""
    (tmp_path / 'torch.py').write_text('raise SystemExit("torch was imported")')
    path = os.pathsep.join([str(tmp_path), str(installed)])
    done = wavemix(installed, tmp_path, '--help', PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == console.overview(installed / 'mmseg_wavemix' / '.mim') + '\n'


def test_a_study_finds_the_tools(installed: Path, tmp_path: Path) -> None:
    """Those of the package: what it trains by has to be there."""
    code = (
        'from mmseg_wavemix.study.runs import TOOLS; print(TOOLS, (TOOLS / "train.py").is_file())'
    )
    done = python(installed, tmp_path, code)
    assert done.stdout.split() == [str(installed / 'mmseg_wavemix/.mim/tools'), 'True'], done.stderr


def test_doctor_finds_its_module(installed: Path, tmp_path: Path) -> None:
    """Without importing the package: it may be what is broken."""
    script = installed / 'mmseg_wavemix' / '.mim' / 'tools' / 'doctor.py'
    code = (
        f'import runpy, sys; module = runpy.run_path({str(script)!r})["installation"](); '
        'print(module.__file__, "mmseg_wavemix" in sys.modules)'
    )
    done = python(installed, tmp_path, code)
    module = installed / 'mmseg_wavemix' / 'doctor' / 'installation.py'
    assert done.stdout.split() == [str(module), 'False'], done.stderr


def test_names_in_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Underscores do as well; a config below the current folder comes first."""
    config = 'configs/wavemix_64_6_l3_synthetic.py'
    monkeypatch.chdir(tmp_path)
    assert console.root() == REPOSITORY
    assert console.located(config, REPOSITORY) == str(REPOSITORY / config)
    (tmp_path / 'configs').mkdir()
    (tmp_path / config).touch()
    for argument in (config, 'configs/none.py', '--out', 'out'):
        assert console.located(argument, REPOSITORY) == argument
    monkeypatch.setattr(sys, 'path', [*sys.path])
    for name in ('convert-checkpoint', 'convert_checkpoint'):
        monkeypatch.setattr(sys, 'argv', ['wavemix', name, '--help'])
        with pytest.raises(SystemExit) as end:
            console.main()
        assert end.value.code == 0 and sys.argv[0] == f'wavemix {name}'


def test_faults(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(sys, 'argv', ['wavemix', 'no-such-command'])
    with pytest.raises(SystemExit) as end:
        console.main()
    assert end.value.code == 'error: there is no command no-such-command: see wavemix --help'
    monkeypatch.setattr(sys, 'argv', ['wavemix'])
    console.main()
    assert capsys.readouterr().out == console.overview(REPOSITORY) + '\n'


def test_versions_agree() -> None:
    """Of ruff in requirements.txt and before a commit; of the package and its citation."""
    pinned = re.search(r'^(ruff==\S+)', (REPOSITORY / 'requirements.txt').read_text(), re.MULTILINE)
    hooks = (REPOSITORY / '.pre-commit-config.yaml').read_text()
    assert set(re.findall(r'ruff==[\d.]+', hooks)) == {pinned[1]}
    version = re.search(r"'(.+)'", (REPOSITORY / 'mmseg_wavemix/version.py').read_text())[1]
    assert f'\nversion: {version}\n' in (REPOSITORY / 'CITATION.cff').read_text()
    assert f'\n## {version}' in (REPOSITORY / 'CHANGELOG.md').read_text()
