import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from mmseg_wavemix.web.models import ModelFiles
from tests.test_web.helpers import (
    MAX_MB,
    MAX_MEGAPIXELS,
    REPOSITORY,
    Server,
    encoded,
    free_port,
    street,
)

CONFIG = """
_base_ = [{base!r}]
model = dict(
    backbone=dict(embed_dims={dims}, depth=1, level=1), decode_head=dict(in_channels={dims}))
"""

FORESEEN = r'ClientDisconnect|LocalProtocolError|Response content'


@pytest.fixture(scope='session')
def models(tmp_path_factory: pytest.TempPathFactory) -> list[ModelFiles]:
    """Two models of random weights; their outputs are spread so that many classes occur."""
    folder = tmp_path_factory.mktemp('models')
    return [_model(folder, name, dims) for name, dims in (('small', 8), ('large', 16))]


def _model(folder: Path, name: str, dims: int) -> ModelFiles:
    config = folder / f'{name}.py'
    base = str(REPOSITORY / 'configs/wavemix_64_6_l3_synthetic.py')
    config.write_text(CONFIG.format(base=base, dims=dims))
    cfg = Config.fromfile(config)
    init_default_scope('mmseg')
    torch.manual_seed(dims)
    model = MODELS.build(cfg.model)
    last = model.decode_head.conv_seg
    torch.nn.init.normal_(last.weight, std=20)
    torch.nn.init.zeros_(last.bias)
    from mmseg.datasets import CityscapesDataset

    checkpoint = folder / f'{name}.pth'
    meta = dict(
        epoch=3,
        iter=60,
        seed=7,
        experiment_name=f'{name}_run',
        dataset_meta=dict(CityscapesDataset.METAINFO),
        provenance=dict(data_sha256='ab' * 32, versions=dict(torch='2.13.0')),
    )
    torch.save(dict(meta=meta, state_dict=model.state_dict()), checkpoint)
    return ModelFiles(config, checkpoint)


@pytest.fixture(scope='session')
def server(models: list[ModelFiles], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running page. When all tests are done it is ended, and what must hold then is asserted:
    nothing is left of uploads and results, and nobody outside was called.
    """
    pytest.importorskip('gradio', reason='no gradio: see mmseg_wavemix/web/requirements.txt')
    folder = tmp_path_factory.mktemp('server')
    temporary, log = folder / 'tmp', folder / 'log'
    temporary.mkdir()
    examples = folder / 'pictures'
    for index, name in enumerate(('a/street.png', 'b/street.png')):
        path = examples / name
        path.parent.mkdir(parents=True)
        path.write_bytes(encoded(street(30 + index)))
    port = free_port()
    command = [
        sys.executable,
        str(REPOSITORY / 'tools/web_demo.py'),
        *(text for files in models for text in ('--model', *map(str, files))),
        *('--port', str(port)),
        *('--examples', str(examples)),
        *('--max-mb', str(MAX_MB)),
        *('--max-megapixels', str(MAX_MEGAPIXELS)),
    ]
    # calls to anywhere else come by here: Python's clients for HTTP ask their proxy
    trap = socket.create_server(('127.0.0.1', 0))
    proxies = dict.fromkeys(
        ('HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'),
        f'http://127.0.0.1:{trap.getsockname()[1]}',
    )
    environment = {**os.environ, **proxies, 'TMPDIR': str(temporary), 'OMP_NUM_THREADS': '1'}
    with log.open('w') as output:
        process = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
    try:
        deadline = time.monotonic() + 90
        while 'The page:' not in log.read_text():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        server = Server(f'http://127.0.0.1:{port}', process, temporary, models)
        yield server
        process.send_signal(signal.SIGTERM)  # as a service manager ends it
        assert process.wait(30) == 0, log.read_text()
        assert server.files() == []
        told = log.read_text()  # of browsers that left, no more
        assert told.count('Traceback') <= len(re.findall(FORESEEN, told)), told
        trap.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody has called
            trap.accept()
    finally:
        trap.close()
        if process.poll() is None:
            process.kill()
            process.wait()
