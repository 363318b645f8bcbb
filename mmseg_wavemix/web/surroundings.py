"""The environment that Gradio reads when it is imported: no reports, no files elsewhere."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

SILENCE = {
    'GRADIO_ANALYTICS_ENABLED': 'False',
    'GRADIO_RUN_HISTORY': 'False',
    'GRADIO_SHARE': 'False',
    'GRADIO_SSR_MODE': 'False',
    'HF_HUB_DISABLE_TELEMETRY': '1',
    'HF_HUB_OFFLINE': '1',
    'DO_NOT_TRACK': '1',
}


@contextlib.contextmanager
def quiet_surroundings(folder: Path) -> Iterator[None]:
    """Sets the environment for one server; afterwards it is as before.

    Args:
        folder: for all files of Gradio's.
    """
    local = ','.join(filter(None, [os.environ.get('NO_PROXY'), 'localhost', '127.0.0.1', '::1']))
    values = {
        **SILENCE,
        'GRADIO_TEMP_DIR': str(folder),
        'GRADIO_EXAMPLES_CACHE': str(folder / 'cached'),
        # Gradio asks its own server whether it is there, and takes a proxy for that, too
        'NO_PROXY': local,
        'no_proxy': local,
    }
    before = {key: os.environ.get(key) for key in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
