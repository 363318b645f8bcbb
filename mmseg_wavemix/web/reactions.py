"""What the visitor's browser does by itself, in JavaScript: nothing of it waits in the queue."""

import json

from .panels import NOTHING

NOT_SEGMENTED = (
    '<p class="wm-note" role="status">This picture is not segmented. Choose another one, or press '
    'Segment to try again.</p>'
)
_NO_FILE = '{__type__: "update", value: null, interactive: false}'

# where the columns lie below each other, on a phone, the result is below the controls
SHOW = """() => {
    const compared = document.querySelector('#compared img');
    if (innerWidth < 700 && compared) compared.scrollIntoView({block: 'center'});
}"""


def _nothing(told: str) -> str:
    """Values for comparison, confidence, shares, facts, label ids and overlay."""
    return f'null, null, "", {json.dumps(told)}, {_NO_FILE}, {_NO_FILE}'


CLEAR = f'() => [{_nothing(NOTHING)}]'

# a file that no browser can show would stay as the sign of a broken image: it goes (null), where
# another picture stays as it is (undefined), to be tried again
FAILED = f"""async (picture) => {{
    const image = document.querySelector('#picture img');
    if (image && !image.complete)
        await new Promise((ready) => {{
            for (const end of ['load', 'error']) image.addEventListener(end, ready, {{once: true}});
        }});
    if (picture && !(image && !image.naturalWidth))
        return [undefined, {_nothing(NOT_SEGMENTED)}];
    return [null, {_nothing(NOTHING)}];
}}"""
