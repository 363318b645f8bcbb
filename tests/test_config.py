from pathlib import Path

import pytest

from mmseg_wavemix.config import building, load_config
from mmseg_wavemix.errors import InputError

CONFIG = 'configs/wavemix_64_6_l3_synthetic.py'


def write(folder: Path, text: str) -> Path:
    path = folder / 'config.py'
    path.write_text(text)
    return path


def test_options_are_merged(repository: Path) -> None:
    cfg = load_config(repository / CONFIG, {'model.backbone.depth': 3, 'load_from': 'x.pth'})
    assert cfg.model.backbone.depth == 3 and cfg.load_from == 'x.pth'
    assert cfg.model.backbone.embed_dims == 64


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('_base_ = "nowhere.py"', 'FileNotFoundError'),
        ('model = dict(', 'SyntaxError'),
        ('model = undefined', 'NameError'),
        ('model = 1 / 0', 'ZeroDivisionError'),
        ('custom_imports = dict(imports=["no_such_module"])', 'needs the package no_such_module'),
        ('model = dict()', 'has no test_dataloader|has no train_dataloader'),
        ('model = train_dataloader = test_dataloader = dict()\noptim_wraper = dict()',
         'unknown key optim_wraper, did you mean optim_wrapper'),
    ],
)  # fmt: skip
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=f'config {path}.*({message})'):
        load_config(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='none.py does not exist'):
        load_config(tmp_path / 'none.py')


def test_names_of_its_own_are_allowed(repository: Path, tmp_path: Path) -> None:
    base = repository / CONFIG
    path = write(tmp_path, f'_base_ = {str(base)!r}\ncrop_size = (1, 2)\nmodels = 3')
    assert load_config(path).crop_size == (1, 2)


def test_bad_options(repository: Path) -> None:
    with pytest.raises(InputError, match='has no key modell, did you mean model?'):
        load_config(repository / CONFIG, {'modell.backbone.depth': 3})
    with pytest.raises(InputError, match='do not fit'):
        load_config(repository / CONFIG, {'custom_hooks.70.type': 'x'})


def test_building_names_the_config() -> None:
    for error in (TypeError('unexpected x'), KeyError('WaveMx is not in'), RuntimeError('a\nb')):
        sentence = f'config c.py: {type(error).__name__}: {error.args[0].splitlines()[0]}$'
        with pytest.raises(InputError, match=sentence), building(Path('c.py')):
            raise error
    with pytest.raises(InputError, match='^as it is$'), building(Path('c.py')):
        raise InputError('as it is')
