"""What closes a pavement off: walls, fences and hedges."""

from collections.abc import Callable
from functools import partial

import numpy as np

from .facades import GREENS, LEAVES
from .shapes import Stroke, Texture, Thing, rect
from .stage import FRONT, LEFT, RIGHT, UP, Stage

_STONE = Texture(cell=0.16, contrast=0.16)


def _upright_strip(
    stage: Stage, lateral: float, near: float, far: float, low: float, high: float
) -> np.ndarray:
    """Pixels of a strip along the street at ``lateral``, ``low`` to ``high`` metres up."""
    depth = np.linspace(near, far, 7 if far - near > 2 else 2)
    depth = np.concatenate([depth, depth[::-1]])
    count = len(depth) // 2
    level = np.repeat([low, high], count)
    return stage.camera.project(np.stack([stage.across(lateral, depth), level, depth], axis=1))


def _cross_strip(
    stage: Stage, start: float, end: float, depth: float, low: float, high: float
) -> np.ndarray:
    """Pixels of a strip across the view at ``depth``, lateral ``start`` to ``end``."""
    return stage.upright(rect(start, low, end, high), float(stage.across(0.0, depth)), depth)


def _faces(
    stage: Stage, side: int, lateral: float, near: float, far: float, width: float
) -> list[tuple[Callable[[float, float, float, float], np.ndarray], np.ndarray, float, float]]:
    """The two faces that are seen of something that closes the pavement off.

    Returns:
        Across its near end, ``width`` metres wide, and along the street: a function from start,
        end, bottom and top of a part to its pixels, the face's normal, its start and its end.
    """
    across = partial(_end_strip, stage, side, near)
    along = partial(_upright_strip, stage, lateral)
    inward = LEFT if side > 0 else RIGHT
    return [
        (across, FRONT, abs(lateral), abs(lateral) + width),
        (along, inward, near, far),
    ]


def _end_strip(
    stage: Stage, side: int, depth: float, start: float, end: float, low: float, high: float
) -> np.ndarray:
    """Pixels of a strip across the view on one ``side``, ``start`` to ``end`` from the middle."""
    return _cross_strip(stage, *sorted((side * start, side * end)), depth, low, high)


def wall(stage: Stage, side: int, lateral: float, near: float, far: float) -> Thing:
    """A wall of bricks or blocks with a coping, along the street and across its near end."""
    rng, shade = stage.rng, stage.light.shade
    paint = stage.pick(
        [(150, 84, 66), (156, 150, 140), (132, 126, 120), (176, 160, 130), (110, 100, 96)], 0.07
    )
    high, course = rng.uniform(1.3, 2.4), rng.uniform(0.26, 0.4)
    brick = course * rng.uniform(2.0, 2.6)
    strokes = []
    for strip, normal, start, end in _faces(stage, side, lateral, near, far, width=7.0):
        base, joint = shade(paint, normal), shade(paint * rng.choice([0.62, 1.3]), normal)
        strokes.append(Stroke(strip(start, end, 0.0, high), base))
        for row, level in enumerate(np.arange(0, high - course * 0.5, course)):
            # Bricks differ; joints are drawn where they are wide enough to be seen.
            for place in np.arange(
                start + (row % 2) * brick / 2, min(end, start + 18) - brick, brick
            ):
                if rng.random() < 0.35:
                    strokes.append(
                        Stroke(
                            strip(place, place + brick, level, level + course),
                            base * rng.uniform(0.82, 1.16),
                        )
                    )
                strokes.append(Stroke(strip(place, place + 0.06, level, level + course), joint))
            strokes.append(Stroke(strip(start, end, level, level + 0.06), joint))
        strokes.append(
            Stroke(strip(start, end, high - 0.14, high), shade(paint * 0.5 + 90, normal))
        )
    foot = np.array([[stage.across(lateral, z), z] for z in (near, far)])
    return Thing('wall', 4, near, strokes, _STONE, [stage.cast(foot, high)])


def fence(stage: Stage, side: int, lateral: float, near: float, far: float) -> Thing:
    """A fence one can see through: iron bars, pickets or wire mesh, with posts and rails."""
    rng, shade = stage.rng, stage.light.shade
    kind = rng.choice(['bars', 'pickets', 'mesh'])
    colours = {
        'bars': [(28, 30, 32), (30, 56, 44), (70, 74, 78)],
        'pickets': [(226, 224, 216), (134, 96, 60), (160, 130, 96)],
        'mesh': [(56, 92, 66), (160, 166, 168)],
    }
    paint, high = stage.pick(colours[kind], 0.08), rng.uniform(1.2, 2.1)
    thick, gap = {'bars': (0.06, 0.24), 'pickets': (0.13, 0.24), 'mesh': (0.05, 0.34)}[kind]
    strokes = []
    for strip, normal, start, end in _faces(stage, side, lateral, near, far, width=6.0):
        colour = shade(paint, normal)
        strokes.append(Stroke(strip(start, end, 0.0, high), None))
        for place in np.arange(start, min(end, start + 16), gap):
            if kind == 'mesh':
                for lean in (-gap * 2, gap * 2):
                    shape = strip(place, place + thick, 0.0, high)
                    other = strip(
                        max(place + lean, start), max(place + lean, start) + thick, 0.0, high
                    )
                    shape = np.concatenate([shape[: len(shape) // 2], other[len(other) // 2 :]])
                    strokes.append(Stroke(shape, colour, outline=False))
            else:
                strokes.append(Stroke(strip(place, place + thick, 0.05, high), colour))
        for level in (0.15, high - 0.22):
            strokes.append(Stroke(strip(start, end, level, level + 0.09), colour * 0.9))
        for place in np.arange(start, end, 2.4):
            strokes.append(Stroke(strip(place, place + 0.14, 0.0, high), colour * 0.8))
    return Thing('fence', 4, near, strokes, Texture(0.1, 0.08), sheer=True)


def hedge(stage: Stage, side: int, lateral: float, near: float, far: float) -> Thing:
    """A clipped hedge with an uneven top."""
    rng = stage.rng
    paint, high = stage.pick(GREENS[:4]), rng.uniform(0.9, 2.2)
    depth = np.linspace(near, far, 24)
    top = high + rng.normal(0, 0.07, 24)
    x = stage.across(lateral, depth)
    back = stage.across(lateral + side * 1.2, depth)
    world = [
        np.stack([x, np.zeros(24), depth], 1),
        np.stack([x, top, depth], 1),
        np.stack([back, top, depth], 1),
    ]
    inward = LEFT if side > 0 else RIGHT
    face = np.concatenate([world[0], world[1][::-1]])
    lid = np.concatenate([world[1], world[2][::-1]])
    end = np.stack([world[0][0], world[1][0], world[2][0], world[2][0] * [1, 0, 1]])
    strokes = [
        Stroke(stage.camera.project(shape), stage.light.shade(paint, normal))
        for shape, normal in ((lid, UP), (end, FRONT), (face, inward))
    ]
    foot = np.array([[x[0], near], [x[-1], far]])
    return Thing('vegetation', 4, near, strokes, LEAVES, [stage.cast(foot, high)])
