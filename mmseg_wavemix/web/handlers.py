"""Answers as Gradio's components take them, refusals as its messages."""

import contextlib
from collections.abc import Iterator

import gradio as gr

from ..errors import InputError
from .answers import Answers
from .panels import NOTHING, model_card
from .values import WRONG, check_settings, refusal

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
            return None, None, '', NOTHING
        with _told():
            check_settings(self.answers.models, model, opacity, classes)
            shown = self.answers.view(picture, model, opacity, classes)
        return (shown.original, shown.overlay), shown.confidence, shown.shares, shown.facts

    def downloads(
        self, picture: str | None, model: str, opacity: float, classes: list[str]
    ) -> Values:
        """The buttons for label ids and overlay."""
        if picture is None:
            return (gr.DownloadButton(value=None, interactive=False),) * 2
        with _told():
            check_settings(self.answers.models, model, opacity, classes)
            files = self.answers.downloads(picture, model, opacity, classes)
        return tuple(gr.DownloadButton(value=str(file), interactive=True) for file in files)

    def segment(
        self, picture: str | None, model: str, opacity: float, classes: list[str]
    ) -> Values:
        """All of it."""
        settings = (picture, model, opacity, classes)
        return *self.view(*settings), *self.downloads(*settings)

    def describe(self, name: str) -> Values:
        """Classes to choose from, and the card, of a model."""
        if not isinstance(name, str):
            raise refusal(WRONG)
        model = self.answers.models[name]
        return gr.CheckboxGroup(model.classes, value=model.classes), model_card(model)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Shows the sentence of a refusal on the page."""
    try:
        yield
    except InputError as error:
        raise refusal(str(error)) from error
