"""Puts tools/, configs/ and the model index into the wheel, where OpenMMLab's packages have theirs.

``mmseg_wavemix/.mim`` is a small copy of the repository's root: the tools find the configs in it as
they do in a clone. Everything else stands in pyproject.toml.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent


class BuildWithTools(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:  # the repository itself is there
            return
        target = Path(self.build_lib, 'mmseg_wavemix', '.mim')
        for folder in ('tools', 'configs'):
            shutil.rmtree(target / folder, ignore_errors=True)  # of an earlier build
            shutil.copytree(
                ROOT / folder,
                target / folder,
                ignore=shutil.ignore_patterns('__pycache__', 'model_zoo.py'),  # for a clone alone
            )
        shutil.copy(ROOT / 'model-index.yml', target)


setup(cmdclass=dict(build_py=BuildWithTools))
