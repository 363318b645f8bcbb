"""One page about a finished run, or about two of them: self-contained HTML."""

from .page import check_target, write_report
from .run import read_run

__all__ = ['check_target', 'read_run', 'write_report']
