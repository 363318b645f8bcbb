"""What reaches Gradio at all: the requests that this page makes, of bounded size.

Gradio answers to much more than one page needs: it fetches URLs for those who ask, proxies, keeps
histories, edits source files. Whatever is not listed here does not exist.
"""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

GET = re.compile(
    r'/|/(?:config|theme\.css|favicon\.ico|robots\.txt|manifest\.json)/?'
    r'|/(?:assets|static|svelte)/.+'
    r'|/gradio_api/(?:info|app_id|login_check|startup-events|theme\.css|upload_progress)/?'
    r'|/gradio_api/queue/(?:data|status)|/gradio_api/heartbeat/[^/]+'
    r'|/gradio_api/call/[^/]+/[^/]+'
    # a file by its path, never by a URL that the server would fetch; C: is a drive, not a scheme
    r'|/gradio_api/file=(?!\s*[A-Za-z][A-Za-z0-9+.-]+:).+'
)
POST = re.compile(r'/gradio_api/(?:upload|queue/join|cancel|reset/?|call/[^/]+)')

FORM = 65_536  # bytes of a multipart form around its file
QUESTION = 65_536  # bytes of any other request: values of the page's controls

HEADERS = (
    # a browser that keeps to it loads nothing from elsewhere, whatever a script tries
    (
        b'content-security-policy',
        b"default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; "
        b"style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
        b"worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
        b"frame-ancestors 'none'",
    ),
    (b'x-content-type-options', b'nosniff'),
    (b'referrer-policy', b'no-referrer'),
)


class Guard:
    """An ASGI middleware around Gradio's application.

    Args:
        app: what it guards.
        max_upload: bytes of one upload.
        make_room: called with the bytes of an upload before it is received.
    """

    def __init__(self, app: App, max_upload: int, make_room: Callable[[int], None]) -> None:
        self.app = app
        self.max_upload = max_upload
        self.make_room = make_room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses with a sentence, or passes on."""
        if scope['type'] != 'http':
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message['type'] == 'http.response.start':
                message = {**message, 'headers': [*message['headers'], *HEADERS]}
            await send(message)

        status, reason = self._refusal(scope)
        if not status and scope['method'] == 'POST':
            if scope['path'].endswith('/upload'):
                self.make_room(_length(scope))
            else:
                body = await _body(receive)
                receive = _replay(body, receive)
                if _names_url(body):
                    status, reason = 403, 'Pictures are uploaded, no address is fetched.'
        if status:
            await _answer(send_with_headers, status, reason)
        else:
            await self.app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> tuple[int, str]:
        """Status and sentence; 0 for what is let through."""
        method, path = scope['method'], scope['path']
        known = POST if method == 'POST' else GET if method in ('GET', 'HEAD') else None
        if known is None or not known.fullmatch(path):
            return 404, 'There is no such page.'
        if method != 'POST':
            return 0, ''
        length = _length(scope)
        if length < 0:
            return 411, 'The size of an upload has to be told before it begins.'
        if path.endswith('/upload') and length > self.max_upload + FORM:
            return 413, (
                f'This file has {length / 1e6:.1f} MB, {self.max_upload / 1e6:g} MB are the '
                'most: save it smaller or as JPEG.'
            )
        if not path.endswith('/upload') and length > QUESTION:
            return 413, f'Requests other than uploads have at most {QUESTION} bytes.'
        return 0, ''


def _length(scope: Scope) -> int:
    """Bytes of the body; -1 if they are not told, which the server holds clients to."""
    headers = dict(scope['headers'])
    told = headers.get(b'content-length', b'')
    if told.isdigit():
        return int(told)
    return -1 if told or b'transfer-encoding' in headers else 0


async def _body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get('body', b''))
        more = message.get('more_body', False)
    return b''.join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """What was read already, then what follows: a client that leaves."""
    waiting = [{'type': 'http.request', 'body': body, 'more_body': False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _names_url(body: bytes) -> bool:
    """Whether a file is named by a URL, anywhere in a JSON document: Gradio would fetch it."""
    try:
        waiting = [json.loads(body)]
    except (ValueError, RecursionError):
        return False  # Gradio refuses it
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            path = value.get('path')
            if isinstance(path, str) and '://' in path:
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


async def _answer(send: Send, status: int, sentence: str) -> None:
    headers = [(b'content-type', b'text/plain; charset=utf-8')]
    await send({'type': 'http.response.start', 'status': status, 'headers': headers})
    await send({'type': 'http.response.body', 'body': sentence.encode()})
