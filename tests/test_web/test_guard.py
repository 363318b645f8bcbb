"""What reaches Gradio, and what does not; with a stand-in for Gradio."""

import asyncio
import json

import pytest

from mmseg_wavemix.web.guard import Guard
from mmseg_wavemix.web.origins import WRONG_HOST, WRONG_ORIGIN, Addresses
from mmseg_wavemix.web.replies import FULL, HEADERS, UNKNOWN

MAX = 1000
ADDRESS = '127.0.0.1:7860'


def ask(
    method: str,
    path: str,
    body: bytes = b'',
    headers: dict[str, str] | None = None,
    host: str = '127.0.0.1',
    fails: Exception | None = None,
    status: int = 200,
) -> tuple[int, str, dict[bytes, bytes], list[int]]:
    """Status, text, headers, and the room that was asked for."""
    room: list[int] = []

    async def inside(scope, receive, send) -> None:
        received = await receive()
        if isinstance(fails, KeyError):
            raise fails
        await send({'type': 'http.response.start', 'status': status, 'headers': []})
        told = {'type': 'http.response.body', 'body': b'inside: ' + received['body']}
        if fails:
            await send({**told, 'more_body': True})
            raise fails
        await send(told)

    async def receive() -> dict:
        return {'type': 'http.request', 'body': body}

    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    told = {'host': ADDRESS, 'content-length': str(len(body))}
    if headers is not None:
        told = {'host': ADDRESS, **headers}
    scope = {
        'type': 'http',
        'method': method,
        'path': path,
        'headers': [(key.encode(), value.encode()) for key, value in told.items()],
    }
    guard = Guard(inside, MAX, room.append, Addresses(host))
    asyncio.run(guard(scope, receive, send))
    assert not sent[-1].get('more_body')  # what is begun is ended
    return sent[0]['status'], sent[1]['body'].decode(), dict(sent[0]['headers']), room


@pytest.mark.parametrize(
    'path',
    [
        '/',
        '/config',
        '/assets/index-1.js',
        '/gradio_api/info',
        '/gradio_api/file=/tmp/x/picture.png',
        '/gradio_api/file=C:/tmp/picture.png',
        '/gradio_api/queue/data',
        '/gradio_api/heartbeat/abc',
        '/gradio_api/call/segment/abc',
    ],
)
def test_what_the_page_needs(path: str) -> None:
    status, text, headers, _ = ask('GET', path)
    assert (status, text) == (200, 'inside: ')
    assert headers == dict(HEADERS)


@pytest.mark.parametrize(
    ('method', 'path'),
    [
        ('GET', '/gradio_api/file=http://elsewhere.example/a.png'),
        ('GET', '/gradio_api/file=HTTPS://elsewhere.example/a.png'),
        ('GET', '/gradio_api/file= https://elsewhere.example/a.png'),
        ('GET', '/gradio_api/file/etc/passwd'),
        ('GET', '/gradio_api/proxy=https://elsewhere.example'),
        ('GET', '/monitoring'),
        ('GET', '/gradio_api/vibe-code'),
        ('POST', '/gradio_api/vibe-code'),
        ('POST', '/gradio_api/run/segment'),
        ('POST', '/gradio_api/component_server'),
        ('POST', '/gradio_api/process_recording'),
        ('PUT', '/gradio_api/upload'),
        ('DELETE', '/'),
    ],
)
def test_what_does_not_exist(method: str, path: str) -> None:
    assert ask(method, path)[:2] == (404, 'There is no such page.')


def test_uploads_are_bounded_and_make_room() -> None:
    assert ask('POST', '/gradio_api/upload', b'x' * 70)[::3] == (200, [70])
    large = {'content-length': str(MAX + 65_537)}
    status, text, _, room = ask('POST', '/gradio_api/upload', b'', large)
    assert status == 413 and 'are the most' in text and not room
    for headers in ({'transfer-encoding': 'chunked'}, {'content-length': '-5'}):
        assert ask('POST', '/gradio_api/upload', b'', headers)[0] == 411


def test_questions_are_bounded_and_arrive_unchanged() -> None:
    body = json.dumps({'data': [{'path': '/tmp/x.png', 'url': 'http://localhost/x'}]}).encode()
    assert ask('POST', '/gradio_api/queue/join', body)[:2] == (200, 'inside: ' + body.decode())
    assert ask('POST', '/gradio_api/queue/join', b'x' * 65_537)[0] == 413


@pytest.mark.parametrize(
    'body',
    [
        b'{"data": [{"path": "http://elsewhere.example/a.png", "meta": {}}]}',
        b'{"data": [[{"a": {"path": "\\u0068ttps:\\/\\/elsewhere.example/a.png"}}]]}',
    ],
)
def test_no_address_is_fetched(body: bytes) -> None:
    status, text, *_ = ask('POST', '/gradio_api/queue/join', body)
    assert status == 403 and 'no address is fetched' in text


@pytest.mark.parametrize(
    ('host', 'listens', 'known'),
    [
        ('127.0.0.1:7860', '127.0.0.1', True),
        ('LOCALHOST:9000', '127.0.0.1', True),  # a tunnel from elsewhere
        ('[::1]:7860', '127.0.0.1', True),
        ('evil.example:7860', '127.0.0.1', False),
        ('127.0.0.1.evil.example', '127.0.0.1', False),
        ('localhost@evil.example', '127.0.0.1', False),
        ('192.168.1.5:7860', '127.0.0.1', False),
        ('', '127.0.0.1', False),
        ('[bad', '127.0.0.1', False),
        ('192.168.1.5:7860', '0.0.0.0', True),
        ('[fe80::1]:7860', '::', True),
        ('evil.example:7860', '0.0.0.0', False),
        ('street.example', 'street.example', True),
        ('evil.example', 'street.example', False),
    ],
)
@pytest.mark.parametrize(('method', 'path'), [('GET', '/'), ('POST', '/gradio_api/upload')])
def test_pages_answer_to_their_own_names(
    host: str, listens: str, known: bool, method: str, path: str
) -> None:
    status, text, headers, room = ask(method, path, b'x', {'host': host}, listens)
    assert (status == 200) == known
    if not known:
        assert (status, text, room) == (403, WRONG_HOST, [])
        assert b'access-control-allow-origin' not in headers


@pytest.mark.parametrize(
    ('origin', 'own'),
    [
        (f'http://{ADDRESS}', True),
        (f'https://{ADDRESS}', True),  # behind one that speaks TLS
        ('http://evil.example', False),
        ('http://127.0.0.1:8888', False),  # another server of this machine
        ('http://localhost:7860', False),
        ('null', False),
        ('', False),
    ],
)
def test_other_pages_are_refused(origin: str, own: bool) -> None:
    headers = {'origin': origin, 'content-length': '1'}
    status, text, _, room = ask('POST', '/gradio_api/upload', b'x', headers)
    assert (status, room) == ((200, [1]) if own else (403, []))
    assert own or text == WRONG_ORIGIN


def test_a_full_queue_is_told_in_a_sentence() -> None:
    status, text, headers, _ = ask('POST', '/gradio_api/queue/join', status=503)
    assert status == 429 and json.loads(text) == {'detail': FULL}
    assert headers[b'retry-after'] == b'30'
    assert dict(HEADERS).items() <= headers.items()
    assert ask('GET', '/gradio_api/queue/data', status=503)[:2] == (503, 'inside: ')


def test_what_is_asked_about_need_not_exist() -> None:
    """A number of no function, a session that ended: both are told, neither is an error."""
    status, text, *_ = ask('POST', '/gradio_api/queue/join', fails=KeyError(99))
    assert status == 400 and json.loads(text) == {'detail': UNKNOWN}
    gone = RuntimeError('Caught handled exception, but response already started.')
    assert ask('GET', '/gradio_api/queue/data', fails=gone)[1] == 'inside: '
    for error in (RuntimeError('of another kind'), KeyError('of another kind')):
        with pytest.raises(type(error), match='of another kind'):
            ask('GET', '/config', fails=error)
