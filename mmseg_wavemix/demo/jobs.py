"""What is to be done: an input and the files its results go to."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..datasets.pictures import is_video, result_names
from ..errors import InputError


@dataclass(frozen=True)
class Job:
    """A picture, video or webcam and its results.

    Attributes:
        source: a path, or the index of a webcam.
        view: the file to look at.
        others: further files, by what they hold.
    """

    source: Path | int
    view: Path
    others: dict[str, Path]

    @property
    def is_picture(self) -> bool:
        return isinstance(self.source, Path) and not is_video(self.source)

    @property
    def name(self) -> str:
        return f'webcam {self.source}' if isinstance(self.source, int) else str(self.source)

    def outputs(self) -> dict[str, str]:
        """The files that are there, by what they hold."""
        files = {'view': self.view, **self.others}
        # not Path.exists, which raises where no file could have that name
        return {kind: str(file) for kind, file in files.items() if os.path.exists(file)}

    def check_names(self) -> None:
        """Whether its files can have their names.

        Raises:
            InputError: the file system does not take one, such as of more than 255 bytes.
        """
        for file in (self.view, *self.others.values()):
            reason = _unusable(file)
            if reason:
                raise InputError(f'{self.name}: {file} cannot be written ({reason}): rename it')


def plan_jobs(
    inputs: Sequence[Path | int], out: Path, layout: str, with_shares: bool = False
) -> list[Job]:
    """Names the results of each input.

    Args:
        inputs: from :func:`mmseg_wavemix.datasets.pictures.find_inputs`.
        out: the folder of all results.
        layout: of the view, which is named by it.
        with_shares: of videos also the classes' shares, frame by frame.

    Raises:
        InputError: inputs whose results would share a name.
    """
    jobs = []
    for source, name in zip(inputs, result_names(inputs)):
        if isinstance(source, int) or is_video(source):
            others = {'shares': out / f'{name}_shares.csv'} if with_shares else {}
            jobs.append(Job(source, out / f'{name}_{layout}.mp4', others))
        else:
            others = {kind: out / f'{name}_{kind}.png' for kind in ('color', 'labelIds')}
            jobs.append(Job(source, out / f'{name}_{layout}.png', others))
    return jobs


def check_results(jobs: Sequence[Job], out: Path, record: Path | None = None) -> None:
    """Finds out whether the results can be written; makes nothing.

    Args:
        jobs: from :func:`plan_jobs`.
        out: the folder of their files, none of which may exist yet.
        record: a further file, in any folder.

    Raises:
        InputError: a file exists, or a folder cannot be made or written to.
    """
    for file in (file for job in jobs for file in (job.view, *job.others.values())):
        if os.path.lexists(file):
            raise InputError(f'{file} exists and is not overwritten: give another --out')
        if record and os.path.abspath(file) == os.path.abspath(record):
            raise InputError(f'--json {record} has the name of a result: name another file')
    _check_folder(out, f'--out {out}')
    if record:
        if os.path.lexists(record):
            raise InputError(f'--json {record} exists and is not overwritten: name a new file')
        _check_folder(record.parent, f'--json {record}: {record.parent}')
        reason = _unusable(record)
        if reason:
            raise InputError(f'--json {record} cannot be written ({reason}): name another file')


def _check_folder(folder: Path, named: str) -> None:
    """By a nameless file in it, or in what is there of its path: permissions do not tell all."""
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)):
            pass
    except OSError as error:
        fault = 'is not writable' if os.path.isdir(folder) else 'cannot be made a folder'
        raise InputError(f'{named} {fault} ({error.strerror})') from error


def _unusable(file: Path) -> str | None:
    """Why a new file cannot have this name; while it is written, it has a slightly longer one."""
    try:
        os.lstat(_nearest(file.parent) / f'.{file.name}.{os.getpid()}')
    except FileNotFoundError:
        return None
    except OSError as error:
        return error.strerror
    return None


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that is there.

    Raises:
        OSError: it cannot be made there: below a file, or by its name.
    """
    path = folder.absolute()
    for one in (path, *path.parents):
        try:
            os.stat(one)
        except FileNotFoundError:
            continue
        return one
    raise FileNotFoundError(path)
