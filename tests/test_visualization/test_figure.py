"""What all figures share."""

import argparse
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.new_file import check_new
from mmseg_wavemix.visualization.figure import figure_path, save_figure, shown


def figure() -> Figure:
    drawn = Figure(figsize=(2, 1))
    axis = drawn.subplots()
    axis.imshow(np.arange(6).reshape(2, 3))
    axis.set_title('a title to search for')
    return drawn


@pytest.mark.parametrize('suffix', ['.png', '.SVG', '.pdf'])
def test_equal_figures_are_equal_files(tmp_path: Path, suffix: str) -> None:
    one, two = (tmp_path / name / f'figure{suffix}' for name in ('one', 'two'))
    for path in (one, two):
        save_figure(figure(), path)
    assert one.read_bytes() == two.read_bytes()
    if suffix == '.SVG':
        assert 'a title to search for' in one.read_text()
    with pytest.raises(InputError, match='exists and is not overwritten'):
        save_figure(figure(), one)


def test_targets_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match='a.txt: a .png, .svg, .pdf file'):
        figure_path('a.txt')
    (tmp_path / 'file').touch()
    with pytest.raises(InputError, match='file is no folder'):
        check_new(tmp_path / 'file' / 'a.png')
    (tmp_path / 'link.png').symlink_to('nowhere')
    with pytest.raises(InputError, match='exists'):
        check_new(tmp_path / 'link.png')
    check_new(tmp_path / 'new' / 'folder' / 'a.png')
    assert not (tmp_path / 'new').exists()


def test_pictures_are_scaled_down_and_classes_not_mixed() -> None:
    image = np.zeros((20, 60, 3), np.uint8)
    image[:, 30:] = 200
    assert shown(image, 60) is image
    small = shown(image, 30)
    assert small.shape == (10, 30, 3) and small[0, 0, 0] == 0 and small[0, -1, 0] == 200
    classes = shown(np.where(image[..., 0] > 0, 255, 3).astype(np.uint8), 7)
    assert classes.shape == (2, 7) and set(np.unique(classes)) == {3, 255}
