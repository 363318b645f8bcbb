"""Answers as Gradio's components take them, refusals as its messages."""

import contextlib
from collections.abc import Iterator

import gradio as gr
from gradio.data_classes import ImageData

from ..errors import InputError
from .answers import Answers
from .panels import NOTHING, model_card

Values = tuple[object, ...]  # one for each component


class Handlers:
    """What happens when a control is touched.

    ``view``, ``downloads`` and ``segment`` get the values of picture (its path), model, opacity and
    classes.
    """

    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    def view(self, picture: str | None, model: str, opacity: float, classes: list[str]) -> Values:
        """Both sides of the comparison, confidence, shares, facts."""
        if picture is None:
            return self.clear()[:4]
        with _told():
            shown = self.answers.view(picture, model, opacity, classes)
        return (shown.original, shown.overlay), shown.confidence, shown.shares, shown.facts

    def downloads(
        self, picture: str | None, model: str, opacity: float, classes: list[str]
    ) -> Values:
        """The buttons for label ids and overlay."""
        if picture is None:
            return self.clear()[4:]
        with _told():
            files = self.answers.downloads(picture, model, opacity, classes)
        return tuple(gr.DownloadButton(value=str(file), interactive=True) for file in files)

    def segment(
        self, picture: str | None, model: str, opacity: float, classes: list[str]
    ) -> Values:
        """All of it."""
        settings = (picture, model, opacity, classes)
        return *self.view(*settings), *self.downloads(*settings)

    def clear(self) -> Values:
        """What :meth:`segment` returns where there is nothing."""
        no_file = gr.DownloadButton(value=None, interactive=False)
        return None, None, '', NOTHING, no_file, no_file

    def describe(self, name: str) -> Values:
        """Classes to choose from, and the card, of a model."""
        model = self.answers.models[name]
        return gr.CheckboxGroup(model.classes, value=model.classes), model_card(model)


def as_uploaded(payload: ImageData | None) -> str | None:
    """In place of Gradio's own preprocessing, which would decode a picture before it is checked.

    Returns:
        The file's path; Gradio has checked that it is an upload.
    """
    if payload is None:
        return None
    if not payload.path:  # pixels inside the request, past all limits
        raise gr.Error('Upload the picture as a file.', print_exception=False)
    return payload.path


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Shows the sentence of a refusal on the page."""
    try:
        yield
    except InputError as error:
        raise gr.Error(str(error), title='Not segmented', print_exception=False) from error
