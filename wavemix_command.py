"""The command ``wavemix`` of an installed package: :mod:`mmseg_wavemix.console`, and that alone.

The package brings torch and mmseg with it when it is imported, seconds that a list of names should
not take; a tool imports it when it runs.
"""

import importlib.util
from pathlib import Path


def main() -> None:
    """Runs the tool that the command line names, or lists all."""
    package = importlib.util.find_spec('mmseg_wavemix')  # where it is; not imported
    file = Path(package.submodule_search_locations[0], 'console.py')
    spec = importlib.util.spec_from_file_location('wavemix_console', file)
    console = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(console)
    console.main()
