"""The values that a request brings, which need not be those of the page's controls.

For what its components cannot take, Gradio writes a traceback into the server's terminal and tells
the client nothing; here it becomes a sentence.
"""

import functools
from collections.abc import Collection
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

from ..errors import InputError

TITLE = 'Not segmented'  # which Gradio's page does not show: see `keyboard`
WRONG = (
    'These are not the values of the page: a picture that has been uploaded, the name of a model, '
    'an opacity from 0 to 1, and a list with names of its classes.'
)
# of pydantic, of Gradio, of Python, from values of another kind
ODD = (gr.Error, ValueError, TypeError, KeyError, IndexError, AttributeError, OSError)


def refusal(sentence: str) -> gr.Error:
    """What is raised to end a request: a sentence, and no traceback."""
    return gr.Error(sentence, title=TITLE, print_exception=False)


def as_uploaded(payload: ImageData | None) -> str | None:
    """In place of Gradio's own preprocessing, which would decode a picture before it is checked.

    Returns:
        The file's path; Gradio has checked that it is an upload.
    """
    if payload is None:
        return None
    if not payload.path:  # pixels inside the request, past all limits
        raise refusal('Upload the picture as a file.')
    return payload.path


def tolerate_odd_values(page: gr.Blocks) -> None:
    """Lets a page refuse values, before a handler gets them, by a sentence."""
    strict = page.preprocess_data

    @functools.wraps(strict)
    async def preprocess_data(*args: Any, **options: Any) -> list[Any]:
        try:
            return await strict(*args, **options)
        except ODD as error:
            if isinstance(error, gr.Error) and not error.print_exception:
                raise  # told already
            raise refusal(WRONG) from error

    page.preprocess_data = preprocess_data


def check_settings(names: Collection[str], name: object, opacity: object, classes: object) -> None:
    """What components let through all the same: nothing, lists of names, numbers that are none.

    Args:
        names: of all models.

    Raises:
        InputError: the other three do not belong to a model.
    """
    number = isinstance(opacity, (int, float)) and 0 <= opacity <= 1  # not so for NaN
    listed = isinstance(classes, list) and all(isinstance(one, str) for one in classes)
    if not (isinstance(name, str) and name in names and number and listed):
        raise InputError(WRONG)
