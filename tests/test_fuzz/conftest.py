"""Inputs that nobody wrote down: each ends in a result or in one of our errors.

    WAVEMIX_FUZZ=5000 python -m pytest tests/test_fuzz -s

tries so many of each kind, other ones each time; by default it is a few hundred, always the same.
"""

import os

from hypothesis import HealthCheck, settings

MORE = os.environ.get('WAVEMIX_FUZZ')

settings.register_profile(
    'toolbox',
    max_examples=int(MORE or 200),
    derandomize=not MORE,
    deadline=None,  # an alarm sees to inputs that take forever
    database=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile('toolbox')  # read where a test is defined; no others use hypothesis
