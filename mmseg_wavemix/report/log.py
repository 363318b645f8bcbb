"""What mmengine's logs tell of a run: its machine, and which checkpoint was tested."""

import re
from pathlib import Path

_FACT = re.compile(r'^ {4}(sys\.platform|Python|PyTorch|OpenCV|MMEngine|GPU [\d,]+|seed): (.+)$')
_LOADED = re.compile(r'Load checkpoint from (.+)$', re.MULTILINE)
_OUTPUT = re.compile(r"output_dir=\s*'([^']+)'")
HEAD = 200  # lines within which the environment is described


def machine_facts(folder: Path) -> dict[str, str]:
    """``Python``, ``PyTorch``, ``seed``, ``GPU 0``, ... of the first session of a work directory.

    A session that resumed may have run elsewhere; its own log tells.
    """
    for log in sorted(folder.glob('*/*.log'))[:1]:
        with open(log, errors='replace') as lines:
            found = [_FACT.match(line) for line, _ in zip(lines, range(HEAD))]
        return {match[1]: match[2].strip() for match in found if match}
    return {}


def checkpoint_of_predictions(folder: Path, predictions: Path) -> str | None:
    """The checkpoint that predictions were made with, by the latest log which names their folder.

    Args:
        folder: a work directory, with those of tests in it or below it.
        predictions: compared by its own name and its parent's: both may have been moved.
    """
    wanted = predictions.resolve().parts[-2:]
    logs = [*folder.glob('*/*.log'), *folder.glob('*/*/*.log')]
    for log in sorted(logs, key=lambda path: path.name, reverse=True):
        text = log.read_text(errors='replace')
        output, loaded = _OUTPUT.search(text), _LOADED.search(text)
        if output and loaded and Path(output[1]).parts[-2:] == wanted:
            return loaded[1].strip()
    return None
