"""Going on from a checkpoint that can be read, and yet is none of this run."""

from mmengine.runner import Runner

from ..errors import InputError


class ResumingRunner(Runner):
    """A runner that says in a sentence why it cannot go on from a checkpoint."""

    def resume(self, filename: str, *args, **kwargs) -> None:
        """See mmengine.

        Raises:
            InputError: the training state does not fit.
        """
        try:
            super().resume(filename, *args, **kwargs)
            epoch, iteration = self.epoch, self.iter
            fits = all(isinstance(n, int) and n >= 0 for n in (epoch, iteration))
            reason = f'it is of epoch {epoch!r}, iteration {iteration!r}'
        except InputError:
            raise
        except (
            AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
        ) as error:  # fmt: skip
            fits, reason = False, f'{type(error).__name__}: {str(error).splitlines()[0:1]}'
        if not fits:
            raise InputError(
                f'checkpoint {filename} cannot be gone on from ({reason}): its training state is '
                'damaged, or of another recipe; name another, or start from its weights by '
                f'--cfg-options load_from={filename}'
            )
