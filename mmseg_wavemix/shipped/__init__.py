"""The model that comes with the toolbox: for real streets, without training one.

``NAME.safetensors`` holds the weights, ``NAME.json`` what is known of them, ``configs/NAME.py`` is
their config; ``scores_*.json`` are what ``tools/test.py`` wrote, and ``card.md`` tells all of it,
with its limits. There is one model at a time. To ship another, ``git rm`` the weights and the JSON
of the old one, then

    python tools/convert_checkpoint.py CHECKPOINT mmseg_wavemix/shipped/NAME.safetensors --half

with NAME that of its config (or ``tools/average_checkpoints.py``, which writes such a pair, too),
write the scores anew by the commands of the card, and renew the card:

    python -m mmseg_wavemix.shipped.card
"""

from .files import CARD, model_or_shipped, shipped_model
from .known import facts, largest_side

__all__ = ['CARD', 'facts', 'largest_side', 'model_or_shipped', 'shipped_model']
