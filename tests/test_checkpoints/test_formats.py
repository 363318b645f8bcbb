"""Files: .safetensors beside .pth, URLs beside paths."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from mmengine.runner import load_checkpoint
from safetensors.torch import save_file
from torch import nn

from mmseg_wavemix.checkpoints import load_weights, local_file, read_checkpoint, write_checkpoint
from mmseg_wavemix.errors import InputError

META = dict(classes=['road', 'sky'], palette=[[128, 64, 128], [70, 130, 180]])


def weights() -> dict[str, torch.Tensor]:
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)).state_dict()


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_round_trip(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f'c{suffix}'
    expected = weights()
    expected['0.weight'] = expected['0.weight'].transpose(0, 1)  # not contiguous
    write_checkpoint(path, expected, META)
    found = read_checkpoint(path)
    assert found['meta']['dataset_meta'] == META
    assert found['state_dict'].keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(found['state_dict'][name], value)
        assert found['state_dict'][name].dtype == value.dtype
    write_checkpoint(tmp_path / f'bare{suffix}', expected)
    assert 'dataset_meta' not in read_checkpoint(tmp_path / f'bare{suffix}')['meta']


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_a_slice_does_not_take_its_whole_along(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f'c{suffix}'
    write_checkpoint(path, dict(weight=torch.zeros(1000, 1000)[1:2]))
    assert path.stat().st_size < 10_000


def test_files_of_others(tmp_path: Path) -> None:
    path = tmp_path / 'c.safetensors'
    save_file(dict(weight=torch.ones(3, 2), bias=torch.zeros(3)), path)
    model = nn.Linear(2, 3)
    assert load_weights(model, path)['meta'] == {}
    assert model.weight.eq(1).all()


def test_mmengine_reads_safetensors_too(tmp_path: Path) -> None:
    path = tmp_path / 'c.safetensors'
    source = nn.Linear(2, 3)
    write_checkpoint(path, source.state_dict(), META)
    model = nn.Linear(2, 3)
    assert load_checkpoint(model, str(path), strict=True)['meta']['dataset_meta'] == META
    assert torch.equal(model.weight, source.weight)


def test_damaged_safetensors(tmp_path: Path) -> None:
    path = tmp_path / 'c.safetensors'
    write_checkpoint(path, weights())
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:10], b'', b'not a checkpoint'):
        path.write_bytes(content)
        with pytest.raises(InputError, match='c.safetensors cannot be read.*damaged'):
            read_checkpoint(path)
    save_file(dict(weight=torch.ones(1)), path, metadata=dict(dataset_meta='{no json'))
    with pytest.raises(InputError, match='c.safetensors cannot be read'):
        read_checkpoint(path)
    path.with_suffix('.json').unlink()  # it is of the file that was there
    save_file({}, path)
    with pytest.raises(InputError, match='holds no weights'):
        read_checkpoint(path)


def test_what_is_not_written(tmp_path: Path) -> None:
    taken = tmp_path / 'taken.pth'
    taken.write_text('mine')
    (tmp_path / 'broken.pth').symlink_to(tmp_path / 'nowhere')
    for path, message in (
        (taken, 'taken.pth exists and is not overwritten'),
        (tmp_path / 'broken.pth', 'broken.pth exists and is not overwritten'),
        (tmp_path / 'c.bin', r"c.bin ends in '.bin': name it .pth or .safetensors"),
        (tmp_path / 'none' / 'c.pth', 'none is no folder that can be written to'),
    ):
        with pytest.raises(InputError, match=message):
            write_checkpoint(path, weights())
    assert taken.read_text() == 'mine' and len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='needs a full device')
def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    def open_full(path: Path, mode: str):
        path.touch()
        return Path('/dev/full').open('wb', buffering=0)

    monkeypatch.setattr('mmseg_wavemix.checkpoints.formats.open', open_full, raising=False)
    for suffix in ('.pth', '.safetensors'):
        path = tmp_path / f'c{suffix}'
        with pytest.raises(InputError, match=f'c{suffix} cannot be written'):
            write_checkpoint(path, weights())
        assert not path.exists()


@pytest.fixture
def server(tmp_path: Path, monkeypatch) -> Iterator[tuple[str, list[str]]]:
    """A web server over ``tmp_path / 'web'``: its address, and what was asked of it."""
    asked: list[str] = []
    (tmp_path / 'web').mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            asked.append(str(args[0]))

    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path / 'hub'))
    handler = functools.partial(Handler, directory=str(tmp_path / 'web'))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        yield f'http://127.0.0.1:{httpd.server_address[1]}', asked
        httpd.shutdown()
        thread.join()


def test_urls_are_fetched_once(tmp_path: Path, server: tuple[str, list[str]], monkeypatch) -> None:
    for variable in ('http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'):
        monkeypatch.delenv(variable, raising=False)
    address, asked = server
    for folder in ('a', 'b'):  # the same name, other contents
        (tmp_path / 'web' / folder).mkdir()
        write_checkpoint(tmp_path / 'web' / folder / 'c.pth', {folder: torch.ones(1)})
    for _ in range(2):
        for folder in ('a', 'b'):
            found = read_checkpoint(f'{address}/{folder}/c.pth?download=true')
            assert list(found['state_dict']) == [folder]
    assert len(asked) == 2
    files = [path for path in (tmp_path / 'hub').rglob('*.pth')]
    assert len(files) == 2 and all(path.name.endswith('-c.pth') for path in files)

    for url, message in (
        (f'{address}/a/none.pth', 'none.pth cannot be fetched .*404'),
        ('http://127.0.0.1:9/c.pth', '9/c.pth cannot be fetched'),
        (address, 'names no file'),
        ('http://[bad', 'is no URL'),
    ):
        with pytest.raises(InputError, match=message):
            local_file(url)
    assert len(list((tmp_path / 'hub').rglob('*.pth'))) == 2


def test_threads_fetch_once(tmp_path: Path, server: tuple[str, list[str]], monkeypatch) -> None:
    monkeypatch.setenv('no_proxy', '*')
    address, asked = server
    write_checkpoint(tmp_path / 'web' / 'c.pth', weights())
    threads = [threading.Thread(target=local_file, args=(f'{address}/c.pth',)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


def test_file_urls(tmp_path: Path) -> None:
    path = tmp_path / 'with space.pth'
    write_checkpoint(path, weights())
    assert local_file(path.as_uri()) == path
    assert read_checkpoint(path.as_uri())['state_dict'].keys() == weights().keys()
    with pytest.raises(InputError, match='none.pth does not exist'):
        read_checkpoint((tmp_path / 'none.pth').as_uri())
