"""The page: controls on the left, what became of the picture on the right.

Imports Gradio, which reads its settings from the environment: see ``serving``.
"""

from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from gradio.events import Dependency

from .answers import Answers
from .handlers import Handlers
from .panels import NOTHING, confidence_legend, model_card
from .pictures import thumbnail
from .reactions import CLEAR, FAILED, SHOW
from .values import as_uploaded, tolerate_odd_values

TITLE = 'Streets, segmented by WaveMix'
WAITING = 64  # requests in the queue, each a few names of files; one more is told to come again
OPACITY = 0.5


def build_page(
    answers: Answers, examples: Sequence[Path] = (), examples_are: str = 'Examples'
) -> gr.Blocks:
    """Lays out the page and ties its controls to the answers.

    Args:
        answers: with one model at least.
        examples: pictures to click on.
        examples_are: what they are called.
    """
    first = next(iter(answers.models.values()))
    with gr.Blocks(title=TITLE, fill_width=True, analytics_enabled=False) as page:
        gr.HTML(
            f'<h1>{TITLE}</h1><p>Drop a picture of a street: each pixel gets its class. '
            'Everything is computed on the machine that serves this page; pictures are deleted '
            'after minutes.</p>',
            elem_id='wm-head',
        )
        with gr.Row():
            with gr.Column(scale=2, min_width=300):
                picture = gr.Image(
                    type='filepath',
                    sources=['upload', 'clipboard'],
                    label='Picture',
                    placeholder=_invitation(answers),
                    buttons=[],
                    height=230,
                    elem_id='picture',
                    alt_text='The chosen picture',
                )
                # not by a class of its own, for which Gradio would write a file beside this one
                picture.preprocess = as_uploaded
                # small pictures in words: others would tell the page where the server has its files
                gallery = gr.Dataset(
                    label=examples_are,
                    components=[gr.HTML(visible=False)],
                    samples=[[thumbnail(path)] for path in examples],
                    type='index',
                    visible=bool(examples),
                    elem_id='examples',
                )
                model = gr.Dropdown(
                    list(answers.models), value=first.name, label='Model', elem_id='model'
                )
                opacity = gr.Slider(0, 1, OPACITY, step=0.05, label='Opacity', elem_id='opacity')
                button = gr.Button('Segment', variant='primary', elem_id='segment')
                with gr.Accordion('Classes shown', open=False, elem_id='classes-box'):
                    classes = gr.CheckboxGroup(
                        first.classes,
                        value=first.classes,
                        label='Classes',
                        show_select_all=True,
                        elem_id='classes',
                    )
            with gr.Column(scale=5, min_width=300):
                with gr.Tab('Original and overlay'):
                    compared = gr.ImageSlider(
                        label='Original | classes',
                        interactive=False,
                        buttons=['fullscreen'],
                        elem_id='compared',
                    )
                with gr.Tab('Confidence'):
                    confidence = gr.Image(
                        label='Confidence',
                        interactive=False,
                        buttons=['fullscreen'],
                        elem_id='confidence',
                        alt_text='Confidence of the model for each pixel, dark to bright',
                    )
                    gr.HTML(confidence_legend())
                facts = gr.HTML(NOTHING, elem_id='facts')
                shares = gr.HTML(elem_id='shares')
                with gr.Row():
                    labels = gr.DownloadButton(
                        'Download label ids', interactive=False, elem_id='labels'
                    )
                    blend = gr.DownloadButton(
                        'Download overlay', interactive=False, elem_id='blend'
                    )
                with gr.Accordion('The model', open=False, elem_id='card-box'):
                    card = gr.HTML(model_card(first), elem_id='card')

        settings = [picture, model, opacity, classes]
        seen, files = [compared, confidence, shares, facts], [labels, blend]
        do = Handlers(answers)
        network = dict(
            fn=do.segment,
            inputs=settings,
            outputs=[*seen, *files],
            concurrency_limit=1,
            concurrency_id='network',
            show_progress_on=[compared],
            trigger_mode='always_last',
        )
        silent = dict(api_visibility='private', show_progress='hidden')

        def after(event: Dependency) -> Dependency:
            """Says what became of a picture, without asking the server again."""
            event.success(None, js=SHOW, **silent)
            event.failure(None, [picture], [picture, *seen, *files], js=FAILED, **silent)
            return event

        # not `picture.change`, which comes twice where one picture takes another's place
        asked = after(gr.on([picture.upload, button.click], **network, api_name='segment'))
        clicked = gallery.click(lambda index: str(examples[index]), [gallery], [picture], **silent)
        shown = after(clicked.success(**network, api_visibility='private'))
        described = model.change(do.describe, [model], [classes, card], **silent)
        changed = after(described.success(**network, api_visibility='private'))
        picture.clear(
            None, None, [*seen, *files], js=CLEAR, cancels=[asked, shown, changed], **silent
        )
        # by what is remembered: the network does not run again
        gr.on(
            [opacity.change, classes.input],
            do.view,
            settings,
            seen,
            trigger_mode='always_last',
            concurrency_limit=2,
            **silent,
        ).then(do.downloads, settings, files, **silent)
    tolerate_odd_values(page)
    page.queue(max_size=WAITING)
    return page


def _invitation(answers: Answers) -> str:
    limits = answers.limits
    return (
        'Drop a picture here\n- or -\nClick to choose one\n'
        f'JPEG, PNG, WebP, BMP; at most {limits.megabytes:g} MB, {limits.megapixels:g} megapixels'
    )
