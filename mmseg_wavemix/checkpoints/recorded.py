"""What a run recorded of its config, read as data: the text is Python, and is never run."""

import ast
import re
from collections.abc import Mapping

PATH = re.compile(r"""(['"])/(?:[^'"\n]*/)?([^'"/\n]+)/?\1""")  # absolute, in quotes


def plain_config(text: str) -> dict:
    """The values of a config as mmengine writes it: names, literals, and ``dict(...)`` of them.

    Args:
        text: such as ``meta.cfg`` of a checkpoint.

    Returns:
        By name; empty if it is anything else.
    """
    try:
        return {
            target.id: _value(line.value)
            for line in ast.parse(text).body
            if isinstance(line, ast.Assign)
            for target in line.targets
            if isinstance(target, ast.Name)
        }
    except (RecursionError, SyntaxError, ValueError):
        return {}


def _value(node: ast.expr) -> object:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == 'dict':
        return {keyword.arg: _value(keyword.value) for keyword in node.keywords}
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values)
        return {ast.literal_eval(key): _value(value) for key, value in pairs if key is not None}
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_value(element) for element in node.elts]
    return ast.literal_eval(node)


def without_paths(text: str) -> str:
    """A config's text with the paths of this machine cut to their last part."""
    return PATH.sub(r'\1\2\1', text)


def trained_on(config: Mapping) -> str:
    """The data sets of ``train_dataloader`` in words, such as ``camvid leftImg8bit/train``; empty
    if none is recorded."""
    found: list[str] = []
    _collect(config.get('train_dataloader'), found)
    return ' + '.join(dict.fromkeys(found))


def _collect(value: object, found: list[str]) -> None:
    """Data sets at any depth: concatenated, repeated, a list."""
    if isinstance(value, dict):
        prefix = value.get('data_prefix')
        if isinstance(prefix, dict):
            root = str(value.get('data_root') or '').rstrip('/').rpartition('/')[2]
            found.append(f'{root} {prefix.get("img_path", "")}'.strip())
        for part in value.values():
            _collect(part, found)
    elif isinstance(value, list):
        for part in value:
            _collect(part, found)
