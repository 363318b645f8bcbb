"""Reading configs, with mistakes answered in one sentence."""

import difflib
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

from .errors import InputError

CONFIG_ERRORS = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip


def load_config(path: Path, options: dict | None = None) -> Config:
    """Reads a config file and merges ``--cfg-options`` into it.

    Args:
        path: a Python, JSON or YAML config.
        options: dotted keys and values. Their first part must be a key that the config has or
            that mmengine's ``Runner`` knows; deeper ones are checked when the part is built.

    Raises:
        InputError: no such file or none of a config, a mistake in it, or an unknown key.
    """
    if Path(path).is_dir():
        raise InputError(f'config {path} is a folder: name a file in it')
    if not Path(path).is_file():
        raise InputError(f'config {path} does not exist: see configs/ for the names')
    if Path(path).suffix not in ('.py', '.json', '.yaml', '.yml'):
        raise InputError(f'config {path}: a .py, .json or .yaml file, such as those in configs/')
    try:
        cfg = Config.fromfile(path)
    except CONFIG_ERRORS as error:  # a config is a program: it can fail in any way
        package = _missing_package(error)
        if package == 'mmpretrain':
            raise InputError(
                f'config {path} is of a classifier and needs mmpretrain: make classification, then '
                'call this by .venv-mmpretrain/bin/python'
            ) from error
        what = f'needs the package {package}' if package else _summary(error)
        raise InputError(f'config {path}: {what}') from error
    for missing in {'model', 'train_dataloader', 'test_dataloader'} - set(cfg):
        raise InputError(f'config {path} has no {missing}: inherit from one in configs/ by _base_')

    known = set(inspect.signature(Runner.__init__).parameters)
    for key in cfg:
        # a config may define names of its own, so only a near miss is called a mistake
        close = difflib.get_close_matches(key, known, n=1, cutoff=0.9)
        if key not in known and close and close[0] not in cfg:
            raise InputError(f'config {path}: unknown key {key}, did you mean {close[0]}?')
    for key in options or {}:
        top = key.split('.')[0]
        if top not in cfg and top not in known:
            close = difflib.get_close_matches(top, known | set(cfg), n=1)
            hint = f', did you mean {close[0]}?' if close else ''
            raise InputError(f'--cfg-options {key}: config {path} has no key {top}{hint}')
    if options:
        try:
            cfg.merge_from_dict(options)
        except (AttributeError, KeyError, IndexError, TypeError) as error:
            raise InputError(f'--cfg-options {options} do not fit {path}: {error}') from error
    return cfg


@contextmanager
def building(path: Path) -> Iterator[None]:
    """Answers a config that cannot be built with one sentence that names it.

    Around building alone: what fails there, fails by the config's values.

    Raises:
        InputError: an unknown type, an argument that the type does not take, a wrong value.
    """
    try:
        yield
    except InputError:
        raise
    except CONFIG_ERRORS as error:
        raise InputError(f'config {path}: {_summary(error)}') from error


def _missing_package(error: BaseException | None) -> str | None:
    while error is not None and not isinstance(error, ModuleNotFoundError):
        error = error.__cause__ or error.__context__
    return error and error.name


def _summary(error: Exception) -> str:
    message = str(error.args[0] if error.args else error).strip() or 'no message'
    return f'{type(error).__name__}: {message.splitlines()[0]}'


def trained_side(cfg: Mapping) -> int | None:
    """Pixels of the longer side of the largest pictures in training; None: not told.

    Streets in larger ones look to a model as nothing that it has seen.
    """
    for step in cfg.get('train_pipeline') or []:
        if step['type'] == 'RandomResize' and 'scale' in step and 'ratio_range' in step:
            return round(max(step['scale']) * max(step['ratio_range']))
    return None
