"""The page's colours, letters and boxes: Gradio's theme with the system's fonts."""

import gradio as gr

FONTS = ('system-ui', 'sans-serif')
MONO = ('ui-monospace', 'monospace')

CSS = """
.gradio-container { width: 100% !important; max-width: 1280px !important;
    margin: 0 auto !important; }
#wm-head h1 { font-size: 1.5rem; margin: 0 0 .2rem; }
#wm-head p, .wm-note, .wm-shares caption, .wm-card th { color: var(--body-text-color);
    opacity: .78; }
#wm-head p { margin: 0; }
.wm-note { font-size: .9rem; margin: .25rem 0; }
.wm-shares, .wm-card { width: 100%; border-collapse: collapse; font-size: .9rem; border: 0; }
.wm-shares :is(tr, th, td), .wm-card :is(tr, th, td) { border: 0 !important; }
.wm-shares caption { text-align: left; padding-bottom: .3rem; }
.wm-shares th, .wm-card th { text-align: left; font-weight: 500; }
.wm-shares th { white-space: nowrap; padding: .14rem .8rem .14rem 0; }
.wm-shares th i { display: inline-block; width: .9rem; height: .9rem; margin-right: .5rem;
    border-radius: .2rem; vertical-align: -.1rem; border: 1px solid var(--wm-edge); }
.wm-shares td { padding: .14rem 0; }
.wm-shares td:nth-child(2) { width: 100%; }
.wm-shares td b { display: block; height: .9rem; min-width: 3px; border-radius: .2rem;
    border: 1px solid var(--wm-edge); box-sizing: border-box; }
.wm-shares td:last-child { text-align: right; white-space: nowrap; padding-left: .8rem;
    font-variant-numeric: tabular-nums; }
.wm-faint { opacity: .35; }
.wm-card th { white-space: nowrap; vertical-align: top; padding: .2rem 1rem .2rem 0; }
.wm-card td { overflow-wrap: anywhere; padding: .2rem 0; }
.wm-scale { display: flex; align-items: center; gap: .6rem; font-size: .9rem; max-width: 26rem; }
.wm-scale i { flex: 1; height: .8rem; border-radius: .2rem; }
:root { --wm-edge: rgb(0 0 0 / .25); --color-accent: var(--primary-700); }
.dark { --wm-edge: rgb(255 255 255 / .45); --color-accent: var(--primary-500); }
#compared [data-testid=slider] .icon { color: #fff; }
#compared [data-testid=slider] .icon-wrap { background: var(--primary-700); }
#examples > .gallery { display: grid; grid-template-columns: repeat(4, 1fr); gap: .4rem; }
#examples .gallery-item :is(span, .prose) { display: block; width: 100%; height: auto;
    max-width: none; margin: 0; padding: 0; border: 0; }
#examples .gallery-item img { display: block; width: 100%; height: auto; max-width: none;
    margin: 0; aspect-ratio: 3 / 2; object-fit: cover; }
/* what a picture shows is said above it, not over its corner */
:is(#picture, #compared, #confidence) { display: flex; flex-direction: column; }
:is(#picture, #compared, #confidence) > label { position: static; margin: 0;
    padding: .35rem .75rem; align-self: stretch; border: 0; box-shadow: none; }
:is(#picture, #compared, #confidence) > .image-container { flex: 1; min-height: 0; height: auto;
    position: relative; overflow: visible; }
:is(#picture, #compared, #confidence) .top-panel { top: -1.85rem; }
#picture .wrap { color: var(--body-text-color); }
footer .divider { display: none; }
:focus-visible { outline: 2px solid var(--color-accent) !important; outline-offset: 2px; }
"""


def theme() -> gr.themes.Base:
    """Fonts come from the visitor's system: none is fetched. Letters contrast by 4.5 and more."""
    soft = gr.themes.Soft(primary_hue='teal', secondary_hue='teal', font=FONTS, font_mono=MONO)
    labels = dict(
        block_label_background_fill='*block_background_fill',
        block_label_text_color='*body_text_color',
        block_title_background_fill='none',
        block_title_text_color='*body_text_color',
        block_title_padding='0',
    )
    return soft.set(
        background_fill_primary='*neutral_50',  # Gradio's `set` forgets this one
        body_text_color_subdued='*neutral_600',
        **labels,
        **{f'{key}_dark': value for key, value in labels.items() if key != 'block_title_padding'},
        checkbox_label_background_fill_selected='*primary_700',
        checkbox_label_background_fill_selected_dark='*primary_700',
        button_primary_background_fill='*primary_700',
        button_primary_background_fill_hover='*primary_600',
        button_primary_background_fill_dark='*primary_700',
        button_primary_background_fill_hover_dark='*primary_600',
    )
