"""The running server, asked as a browser asks and as it should not be asked."""

import importlib.util
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation.label_ids import label_ids_of_classes
from mmseg_wavemix.inference import load_model, segment
from mmseg_wavemix.web.examples import of_folder
from mmseg_wavemix.web.limits import Limits
from mmseg_wavemix.web.models import ModelFiles
from mmseg_wavemix.web.replies import FULL, UNKNOWN
from mmseg_wavemix.web.serving import check_port, serving
from tests.test_web.helpers import MAX_MB, REPOSITORY, Server, encoded, free_port, png, street

httpx = pytest.importorskip('httpx', reason='no httpx, which comes with gradio')
pytest.importorskip('gradio', reason='no gradio: see mmseg_wavemix/web/requirements.txt')
from mmseg_wavemix.web.page import WAITING


def upload(client, server: Server, content: bytes, name: str = 'street.png') -> str:
    """The path that the server gives an upload."""
    answer = client.post(f'{server.url}/gradio_api/upload', files={'files': (name, content)})
    answer.raise_for_status()
    return answer.json()[0]


def ask(client, server: Server, path: str, model: str = 'small') -> tuple[str, object]:
    """Segments an upload: ``complete`` and the results, ``error`` and a sentence, or ``full``."""
    classes = _classes(client, server)
    picture = {'path': path, 'meta': {'_type': 'gradio.FileData'}}
    joined = client.post(
        f'{server.url}/gradio_api/call/segment', json={'data': [picture, model, 0.5, classes]}
    )
    if joined.status_code == 429:
        return 'full', joined.json()['detail']
    joined.raise_for_status()
    event = joined.json()['event_id']
    with client.stream('GET', f'{server.url}/gradio_api/call/segment/{event}') as stream:
        kind = ''
        for line in stream.iter_lines():
            if line.startswith('event: '):
                kind = line.removeprefix('event: ')
            elif line.startswith('data: ') and kind in ('complete', 'error'):
                return kind, json.loads(line.removeprefix('data: '))
    raise AssertionError('the answer ended early')


def _classes(client, server: Server) -> list[str]:
    config = client.get(f'{server.url}/config').json()
    (group,) = (c for c in config['components'] if c['props'].get('elem_id') == 'classes')
    return group['props']['value']


@pytest.fixture
def client():
    with httpx.Client(timeout=60, trust_env=False) as client:
        yield client


def test_label_ids_equal_segment(client, server: Server) -> None:
    image = street(3)
    kind, data = ask(client, server, upload(client, server, encoded(image)))
    assert kind == 'complete', data
    labels = data[4]['value'] if 'value' in data[4] else data[4]
    found = np.asarray(Image.open(io.BytesIO(client.get(labels['url']).content)))
    model = load_model(*server.models[0], fused=True)
    ids = label_ids_of_classes(model.dataset_meta['classes'])
    expected = ids[segment(model, image[..., ::-1].copy())]
    np.testing.assert_array_equal(found, expected)
    assert len(np.unique(found)) > 3  # else the comparison says little


@pytest.mark.parametrize('where', ['/etc/passwd', 'config', 'checkpoint', 'source', '..'])
def test_no_file_of_the_server_can_be_read(client, server: Server, where: str) -> None:
    files = server.models[0]
    path = {
        'config': str(files.config),
        'checkpoint': str(files.checkpoint),
        'source': str(REPOSITORY / 'README.md'),
        '..': f'{next(server.temporary.iterdir())}/../../../../../../../../etc/passwd',
    }.get(where, where)
    for form in (path, path.lstrip('/'), path.replace('/', '%2F'), f'{path}?x=/tmp'):
        answer = client.get(f'{server.url}/gradio_api/file={form}')
        assert answer.status_code in (403, 404), (form, answer.status_code)
    kind, told = ask(client, server, path)  # as a picture, it would come back in a preview
    assert kind == 'error', told


def test_no_address_is_fetched(client, server: Server) -> None:
    assert client.get(f'{server.url}/gradio_api/file=http://127.0.0.1:9/x').status_code == 404
    picture = {'path': 'http://127.0.0.1:9/x.png', 'meta': {'_type': 'gradio.FileData'}}
    answer = client.post(
        f'{server.url}/gradio_api/call/segment', json={'data': [picture, 'small', 0.5, []]}
    )
    assert answer.status_code == 403 and 'no address is fetched' in answer.text


def test_pixels_in_the_request_are_refused(client, server: Server) -> None:
    picture = {'path': None, 'url': 'data:image/png;base64,iVBORw0K', 'meta': {'_type': 'x'}}
    joined = client.post(
        f'{server.url}/gradio_api/call/segment', json={'data': [picture, 'small', 0.5, []]}
    )
    event = joined.json()['event_id']
    text = client.get(f'{server.url}/gradio_api/call/segment/{event}').text
    assert 'event: error' in text and 'event: complete' not in text


def test_refusals_are_sentences(client, server: Server) -> None:
    kind, told = ask(client, server, upload(client, server, b'words', 'words.png'))
    assert kind == 'error' and 'This is no picture' in json.dumps(told)
    many = png(1500, 1400, b'')
    kind, told = ask(client, server, upload(client, server, many))
    assert kind == 'error' and '1500x1400 pixels, 2.1 million: 2 million' in json.dumps(told)


def test_too_large_an_upload(client, server: Server) -> None:
    answer = client.post(
        f'{server.url}/gradio_api/upload', files={'files': ('a.png', bytes(MAX_MB * 1_100_000))}
    )
    assert answer.status_code == 413 and '3 MB are the most' in answer.text
    between = bytes(MAX_MB * 1_000_000 + 1000)  # past the guard's allowance for the form
    answer = client.post(f'{server.url}/gradio_api/upload', files={'files': ('a.png', between)})
    assert answer.status_code == 413


def test_thirty_at_once(client, server: Server) -> None:
    """Each is answered, and memory stays where it was."""
    pictures = [encoded(street(index)) for index in range(30)]
    ask(client, server, upload(client, server, pictures[0]))  # buffers of the first run
    before = server.peak_memory

    def one(content: bytes) -> tuple[str, object]:
        with httpx.Client(timeout=60, trust_env=False) as own:
            return ask(own, server, upload(own, server, content))

    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(one, pictures))
    kinds = [kind for kind, _ in answers]
    assert kinds == ['complete'] * 30, answers
    assert server.peak_memory - before < 200e6
    kind, _ = ask(client, server, upload(client, server, pictures[0]))
    assert kind == 'complete'  # and it goes on


def test_a_full_queue_says_so(client, server: Server) -> None:
    path = upload(client, server, encoded(street(7)))
    picture = {'path': path, 'meta': {'_type': 'gradio.FileData'}}
    question = {'data': [picture, 'small', 0.5, []]}

    def one(_: int) -> httpx.Response:
        return client.post(f'{server.url}/gradio_api/call/segment', json=question)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(110)))
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert all(answer.json() == {'detail': FULL} for answer in refused)
    assert len(refused) < 110 - WAITING
    for answer in answers:
        if answer.status_code == 429:
            continue
        event = answer.json()['event_id']  # who gives up is passed over
        client.post(
            f'{server.url}/gradio_api/cancel',
            json={'session_hash': event, 'fn_index': 0, 'event_id': event},
        )
    assert ask(client, server, path)[0] == 'complete'


UPLOADED = object()  # stands for a picture that is fine


@pytest.mark.parametrize(
    'data',
    [
        [UPLOADED, 'small', 'half', []],
        [UPLOADED, 'small', 7, []],
        [UPLOADED, 'small', None, []],
        [UPLOADED, 'small', float('nan'), []],
        [UPLOADED, 'none', 0.5, []],
        [UPLOADED, None, 0.5, []],
        [UPLOADED, ['small'], 0.5, []],
        [UPLOADED, 'small', 0.5, 'road'],
        [UPLOADED, 'small', 0.5, 7],
        [UPLOADED, 'small', 0.5, None],
        [UPLOADED, 'small', 0.5, {}],
        [UPLOADED, 'small', 0.5, [['road']]],
        ['a picture', 'small', 0.5, []],
        [[UPLOADED], 'small', 0.5, []],
        [{'path': 3, 'meta': {'_type': 'gradio.FileData'}}, 'small', 0.5, []],
        [{'path': '/etc/passwd', 'meta': {'_type': 'gradio.FileData'}}, 'small', 0.5, []],
        [UPLOADED],
        [],
    ],
)
def test_odd_values_are_told(client, server: Server, data: list[object]) -> None:
    """In a sentence; that no traceback is written either is asserted by the server's fixture."""
    path = upload(client, server, encoded(street()))
    fine = json.dumps({'path': path, 'meta': {'_type': 'gradio.FileData'}})
    body = json.dumps({'data': data}, default=lambda _: 'FINE').replace('"FINE"', fine)
    joined = client.post(
        f'{server.url}/gradio_api/call/segment',
        content=body,
        headers={'content-type': 'application/json'},
    )
    event = joined.json()['event_id']
    told = client.get(f'{server.url}/gradio_api/call/segment/{event}').text
    assert 'event: error' in told and 'These are not the values of the page' in told
    assert str(server.temporary) not in told


def test_what_is_no_question(client, server: Server) -> None:
    for body in ({'data': [], 'fn_index': 99}, {'data': [], 'fn_index': -1}):
        answer = client.post(
            f'{server.url}/gradio_api/queue/join', json={**body, 'session_hash': 'a'}
        )
        assert (answer.status_code, answer.json()) == (400, {'detail': UNKNOWN})
    for path in ('queue/data?session_hash=none', 'call/segment/none'):
        assert 'error' in client.get(f'{server.url}/gradio_api/{path}').text
    assert client.post(f'{server.url}/gradio_api/call/none', json={'data': []}).status_code == 404


def test_the_page_tells_no_path(client, server: Server) -> None:
    for page in ('config', 'gradio_api/info', ''):
        text = client.get(f'{server.url}/{page}').text
        assert str(server.temporary) not in text
        assert str(server.models[0].checkpoint.parent) not in text and str(REPOSITORY) not in text


def test_other_sites_are_refused(client, server: Server) -> None:
    def of(**headers: str) -> int:
        return client.post(
            f'{server.url}/gradio_api/upload', files={'files': ('a.png', b'x')}, headers=headers
        ).status_code

    before = len(server.files())
    assert of(origin='http://evil.example') == 403
    assert of(host='evil.example', origin='http://evil.example') == 403
    assert of(host='evil.example') == 403
    assert len(server.files()) == before
    assert of(origin=server.url) == 200


def test_uploads_and_results_lie_in_the_temporary_folder(client, server: Server) -> None:
    """Which is empty after the server's end: see the fixture."""
    before = len(server.files())
    ask(client, server, upload(client, server, encoded(street(40))))
    assert len(server.files()) >= before + 5  # upload, two views, confidence, two downloads


def test_gradio_is_asked_for_before_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what works with and without a clone of the repository."""
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    said = r"pip install 'mmseg-wavemix\[web\]', or `make web` in a clone"
    nothing = ModelFiles(Path('none.py'), 'none.pth')
    with pytest.raises(InputError, match=said), serving([nothing], port=free_port()):
        pass


def test_mistakes_are_told_before_models_are_loaded(server: Server, tmp_path: Path) -> None:
    files = server.models[0]
    host, port = server.url.removeprefix('http://').split(':')
    with pytest.raises(InputError, match='give another --port'):
        check_port(host, int(port))
    with pytest.raises(InputError, match='cannot be listened on'):
        check_port('192.0.2.1', free_port())  # an address that documents use
    for folder, said in ((tmp_path / 'none', 'is no folder'), (tmp_path, 'holds no picture')):
        with pytest.raises(InputError, match=said), serving([files], host, free_port(), folder):
            pass
    (tmp_path / 'large.png').write_bytes(png(10_000, 10_000, b''))
    with pytest.raises(InputError, match=r'large\.png: This picture has 10000x10000 pixels'):
        of_folder(tmp_path, Limits())
