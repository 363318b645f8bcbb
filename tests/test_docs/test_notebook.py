"""The tutorial is executed as a reader executes it, in a kernel of its own."""

import os
import sys
from pathlib import Path

import pytest

from tests.test_docs.pages import LINK

NOTEBOOK = Path(__file__).parents[2] / 'docs' / 'tutorial.ipynb'


def read() -> dict:
    nbformat = pytest.importorskip('nbformat', reason='pip install nbclient ipykernel')
    return nbformat.read(NOTEBOOK, as_version=4)


def test_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = read()
    pytest.importorskip('ipykernel', reason='pip install ipykernel')
    client = pytest.importorskip('nbclient', reason='pip install nbclient')
    spec = tmp_path / 'kernels' / 'python3'
    spec.mkdir(parents=True)
    (spec / 'kernel.json').write_text(
        f'{{"argv": ["{sys.executable}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"],'
        ' "display_name": "this Python", "language": "python"}'
    )
    for name in ('PYTHONPATH', 'SYNTHETIC_DATASET'):  # the notebook finds its own way
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('JUPYTER_PATH', str(tmp_path))
    for name in ('IPYTHONDIR', 'JUPYTER_CONFIG_DIR', 'JUPYTER_RUNTIME_DIR', 'TMPDIR'):
        monkeypatch.setenv(name, str(tmp_path / name))
        (tmp_path / name).mkdir()
    monkeypatch.setenv('OMP_NUM_THREADS', '1')  # pictures are small
    before = set(os.listdir(NOTEBOOK.parent))
    resources = {'metadata': {'path': str(NOTEBOOK.parent)}}
    client.NotebookClient(notebook, timeout=300, resources=resources).execute()

    outputs = [output for cell in notebook.cells for output in cell.get('outputs', [])]
    pictures = [output for output in outputs if 'image/png' in output.get('data', {})]
    assert len(pictures) == 3  # scenes, loss, overlay
    shown = ' '.join(output.get('text', '') for output in outputs)
    assert '100.00% alike' in shown
    scores = next(o['data']['text/plain'] for o in outputs if 'mIoU' in str(o.get('data')))
    assert eval(scores)['mIoU'] > 3  # 19 classes: more than nothing was learned
    assert set(os.listdir(NOTEBOOK.parent)) == before


def test_tutorial_is_stored_without_outputs() -> None:
    notebook = read()
    for cell in notebook.cells:
        assert not cell.get('outputs') and not cell.get('execution_count')
        for link in LINK.findall(cell.source) if cell.cell_type == 'markdown' else ():
            assert (NOTEBOOK.parent / link).is_file(), link
