"""The server: nothing leaves the machine, nothing stays behind."""

import contextlib
import importlib.util
import socket
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import InputError
from .answers import Answers
from .examples import copied, of_folder, synthetic
from .guard import Guard
from .limits import Limits
from .models import ModelFiles, default_models, offer
from .origins import Addresses
from .surroundings import quiet_surroundings
from .temporary import TemporaryFiles

# parts of Gradio that reach out of the machine or are of no use here
OFF = ('share', 'inbrowser', 'inline', 'enable_monitoring', 'ssr_mode', 'pwa', 'mcp_server',
       'run_history')  # fmt: skip


@contextlib.contextmanager
def serving(
    models: Sequence[ModelFiles] = (),
    host: str = '127.0.0.1',
    port: int = 7860,
    examples: Path | None = None,
    limits: Limits = Limits(),
    device: str | None = None,
) -> Iterator[str]:
    """Serves the page while the context lasts.

    Args:
        models: to choose from, the first is chosen at the beginning; none: see
            :func:`default_models`.
        host: address to listen on; any but this machine's own opens the page to others.
        port: to listen on.
        examples: a folder of pictures to click on; None: synthetic scenes.
        limits: of an upload.
        device: such as ``'cuda:1'``; None: a GPU if there is one.

    Yields:
        The page's address.

    Raises:
        InputError: Gradio is missing, the port is taken, or models or examples cannot be used.
    """
    check_gradio()
    check_port(host, port)
    pictures = of_folder(examples, limits) if examples else None
    offered = offer(models or default_models(), device)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='wavemix-web-')))
        stack.enter_context(quiet_surroundings(folder))
        from .keyboard import HEAD
        from .page import build_page
        from .style import CSS, theme

        files = TemporaryFiles(folder)
        clickable = folder / 'examples'
        page = build_page(
            Answers(offered, files, limits),
            copied(pictures, clickable) if pictures else synthetic(clickable),
            'Examples' if pictures else 'Examples, drawn by a program',
        )
        stack.callback(page.close, verbose=False)
        files.keep_present()
        stack.enter_context(files.sweeping())
        bounds = dict(max_upload=limits.bytes, make_room=files.sweep, addresses=Addresses(host))
        _, address, _ = page.launch(
            server_name=host,
            server_port=port,
            prevent_thread_lock=True,
            quiet=True,
            show_error=False,  # of sentences alone, see `page`; tracebacks tell of the server
            max_file_size=limits.bytes,
            allowed_paths=[],
            state_session_capacity=1000,
            max_threads=8,
            footer_links=['settings'],
            theme=theme(),
            css=CSS,
            head=HEAD,
            app_kwargs={'middleware': [(Guard, (), bounds)]},
            **dict.fromkeys(OFF, False),
        )
        yield address


def check_gradio() -> None:
    """Tells before models are loaded.

    Raises:
        InputError: Gradio is not installed.
    """
    if importlib.util.find_spec('gradio') is None:
        raise InputError(
            "the page needs Gradio: pip install 'mmseg-wavemix[web]', or `make web` in a clone of "
            'the repository'
        )


def check_port(host: str, port: int) -> None:
    """Tells before models are loaded.

    Raises:
        InputError: the port is taken, or the host is not this machine's.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # of a server just ended
            probe.bind(address)
    except OSError as error:
        raise InputError(
            f'{host}:{port} cannot be listened on ({error.strerror}): give another --port or --host'
        ) from error
