"""Who asks: this page itself, opened under one of its own addresses.

A page of another site that is open in the same browser reaches this machine, too. Its requests name
it as their ``Origin``; and if its name was made to point here (DNS rebinding), it asks under a
``Host`` of its own. Both are refused.
"""

import ipaddress
import socket
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

LOOPBACK = frozenset({'localhost', '127.0.0.1', '::1'})
ANYWHERE = frozenset({'', '0.0.0.0', '::'})  # to listen on: all addresses of the machine

WRONG_HOST = (
    'This page is asked for under a name that is not its own: open the address that was printed '
    'when it started, or start it with --host and that name.'
)
WRONG_ORIGIN = 'Only this page may send requests here, no other one that is open in the browser.'


class Addresses:
    """The addresses under which a page may be asked for.

    Args:
        host: what the server listens on. Under any but this machine's own, the machine's name
            counts as well; where it listens on all addresses, each number does: whoever asks by
            number has not been led here by a name.
    """

    def __init__(self, host: str = '127.0.0.1') -> None:
        host = host.lower()
        self.numbers = host in ANYWHERE
        name = socket.gethostname().lower()
        own: Collection[str] = () if host in LOOPBACK else (name, f'{name}.local')
        self.names = LOOPBACK | {host, *own} - {''}

    def refusal(self, headers: Mapping[bytes, bytes]) -> str:
        """A sentence for a request from elsewhere, an empty one for what the page itself asks.

        Args:
            headers: of the request, names in lower case. Without ``Origin`` it comes from no page,
                or only reads.
        """
        host = headers.get(b'host', b'').decode('latin-1').lower()
        if not self._own(host):
            return WRONG_HOST
        origin = headers.get(b'origin')
        # the port counts: what else is served on this machine is another page, too
        if origin is not None and origin.decode('latin-1').lower() not in (
            f'http://{host}',
            f'https://{host}',
        ):
            return WRONG_ORIGIN
        return ''

    def _own(self, host: str) -> bool:
        try:
            name = urlsplit(f'//{host}').hostname or ''
        except ValueError:
            return False
        return name in self.names or self.numbers and _is_number(name)


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
