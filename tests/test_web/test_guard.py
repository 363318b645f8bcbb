"""What reaches Gradio, and what does not; with a stand-in for Gradio."""

import asyncio
import json

import pytest

from mmseg_wavemix.web.guard import HEADERS, Guard

MAX = 1000


def ask(
    method: str, path: str, body: bytes = b'', headers: dict[str, str] | None = None
) -> tuple[int, str, dict[bytes, bytes], list[int]]:
    """Status, text, headers, and the room that was asked for."""
    room: list[int] = []

    async def inside(scope, receive, send) -> None:
        received = await receive()
        await send({'type': 'http.response.start', 'status': 200, 'headers': []})
        await send({'type': 'http.response.body', 'body': b'inside: ' + received['body']})

    async def receive() -> dict:
        return {'type': 'http.request', 'body': body}

    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    told = {'content-length': str(len(body))} if headers is None else headers
    scope = {
        'type': 'http',
        'method': method,
        'path': path,
        'headers': [(key.encode(), value.encode()) for key, value in told.items()],
    }
    asyncio.run(Guard(inside, MAX, room.append)(scope, receive, send))
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
