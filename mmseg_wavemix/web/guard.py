"""What reaches Gradio at all: the requests that this page makes, of bounded size.

Requests of other sites' pages are refused, see ``origins``.

Gradio answers to much more than one page needs: it fetches URLs for those who ask, proxies, keeps
histories, edits source files. Whatever is not listed here does not exist.
"""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .origins import Addresses
from .replies import Message, Reply, Send

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

GET = re.compile(
    r'/|/(?:config|theme\.css|favicon\.ico|robots\.txt|manifest\.json)/?'
    r'|/(?:assets|static|svelte)/.+'
    r'|/gradio_api/(?:info|app_id|login_check|startup-events|theme\.css|upload_progress)/?'
    r'|/gradio_api/queue/(?:data|status)|/gradio_api/heartbeat/[^/]+'
    r'|/gradio_api/call/segment/[^/]+'
    # a file by its path, never by a URL that the server would fetch; C: is a drive, not a scheme
    r'|/gradio_api/file=(?!\s*[A-Za-z][A-Za-z0-9+.-]+:).+'
)
POST = re.compile(r'/gradio_api/(?:upload|queue/join|cancel|reset/?|call/segment)')

FORM = 65_536  # bytes of a multipart form around its file
QUESTION = 65_536  # bytes of any other request: values of the page's controls


class Guard:
    """An ASGI middleware around Gradio's application.

    Args:
        app: what it guards.
        max_upload: bytes of one upload.
        make_room: called with the bytes of an upload before it is received.
        addresses: of the page.
    """

    def __init__(
        self,
        app: App,
        max_upload: int,
        make_room: Callable[[int], None],
        addresses: Addresses,
    ) -> None:
        self.app = app
        self.max_upload = max_upload
        self.make_room = make_room
        self.addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses with a sentence, or passes on."""
        if scope['type'] == 'websocket':  # the page opens none
            await send({'type': 'websocket.close'})
            return
        if scope['type'] != 'http':
            await self.app(scope, receive, send)
            return

        reply = Reply(send, asks=scope['method'] == 'POST')
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
            await reply.text(status, reason)
            return
        try:
            await self.app(scope, receive, reply.send)
        except (KeyError, RuntimeError) as error:
            await reply.fail(error)

    def _refusal(self, scope: Scope) -> tuple[int, str]:
        """Status and sentence; 0 for what is let through."""
        elsewhere = self.addresses.refusal(dict(scope['headers']))
        if elsewhere:
            return 403, elsewhere
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
