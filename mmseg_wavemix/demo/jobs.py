"""What is to be done: an input and the files its results go to."""

import os
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
        return {kind: str(file) for kind, file in files.items() if file.exists()}


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


def prepare(out: Path, files: Sequence[Path]) -> None:
    """Makes the folder ``out``, in which none of ``files`` may exist yet.

    Raises:
        InputError: one does, or the folder cannot be made or written to.
    """
    for file in files:
        if os.path.lexists(file):
            raise InputError(f'{file} exists and is not overwritten: give another --out')
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f'--out {out} cannot be made a folder ({error.strerror})') from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise InputError(f'--out {out} is not writable')
