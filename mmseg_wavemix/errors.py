"""The one error that a person is meant to read."""


class InputError(ValueError):
    """Something given from outside cannot be used.

    The message is the whole explanation, in one sentence: file, value, remedy. Command lines print
    it without a traceback and end with status 1.
    """
