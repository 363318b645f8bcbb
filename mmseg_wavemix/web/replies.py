"""What goes back to the browser: with headers of the page's own, in sentences of the page's own."""

import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

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

FULL = 'Too many pictures are waiting at the moment: press Segment in half a minute.'
UNKNOWN = 'This request is none of the page: load it again.'
# Starlette's words, where it found no session, or no event, and has told so
TOLD = 'response already started'


class Reply:
    """What an application sends, on its way to the browser.

    Args:
        send: to the browser.
        asks: whether a POST is answered, where 503 is Gradio's for a full queue.
    """

    def __init__(self, send: Send, asks: bool = False) -> None:
        self._send = send
        self._asks = asks
        self._begun = self._ended = self._replaced = False

    async def send(self, message: Message) -> None:
        """Passes on, with the headers."""
        if message['type'] == 'http.response.start':
            if self._asks and message['status'] == 503:
                # 429, as for 503 Gradio's page shows words of its own, and programs get numbers
                await self.json(429, FULL, [(b'retry-after', b'30')])
                self._replaced = True
                return
            message = {**message, 'headers': [*message['headers'], *HEADERS]}
            self._begun = True
        elif not message.get('more_body', False):
            self._ended = True
        if not self._replaced:
            await self._send(message)

    async def text(self, status: int, sentence: str) -> None:
        """Answers with a sentence."""
        await self._whole(status, sentence, b'text/plain; charset=utf-8')

    async def json(
        self, status: int, sentence: str, headers: Sequence[tuple[bytes, bytes]] = ()
    ) -> None:
        """Answers with a sentence as Gradio's page expects it."""
        await self._whole(status, json.dumps({'detail': sentence}), b'application/json', headers)

    async def fail(self, error: KeyError | RuntimeError) -> None:
        """Ends what an application has given up: what it was asked about does not exist.

        Raises:
            KeyError, RuntimeError: it was something else.
        """
        if self._asks and not self._begun and isinstance(error, KeyError):  # a function's number
            await self.json(400, UNKNOWN)
        elif not self._begun or TOLD not in str(error):
            raise error
        elif not self._ended:
            await self.send({'type': 'http.response.body', 'body': b''})

    async def _whole(
        self, status: int, body: str, kind: bytes, headers: Sequence[tuple[bytes, bytes]] = ()
    ) -> None:
        told = [(b'content-type', kind), *headers]
        await self.send({'type': 'http.response.start', 'status': status, 'headers': told})
        await self.send({'type': 'http.response.body', 'body': body.encode()})
