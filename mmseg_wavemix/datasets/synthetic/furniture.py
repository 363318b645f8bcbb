"""Poles, lamps, traffic lights, signs and loose objects at the kerb."""

import numpy as np

from .shapes import Stroke, Texture, Thing, disc, limb, rect
from .stage import Stage

_METAL = Texture(cell=0.2, contrast=0.04)
_GREYS = [(118, 122, 124), (84, 88, 90), (150, 152, 150), (60, 76, 68)]


def _board(
    stage: Stage,
    label: str,
    x: float,
    depth: float,
    layer: int,
    parts: list[tuple[np.ndarray, np.ndarray]],
    glow: bool = False,
) -> Thing:
    """A flat thing of coloured shapes (N, 2) in metres, facing the camera."""
    shade = (lambda c: c) if glow else stage.light.shade
    strokes = [
        Stroke(stage.upright(np.asarray(shape, float), x, depth), shade(colour))
        for shape, colour in parts
    ]
    return Thing(label, layer, depth, strokes, _METAL)


def pole(stage: Stage, x: float, depth: float, layer: int, high: float, arm: float = 0.0) -> Thing:
    """A post ``high`` metres tall, lighter on the sunny flank, with a lamp on an ``arm``."""
    # Never a hair: a post of a pixel or two could not be learnt.
    thick = max(
        stage.rng.uniform(0.14, 0.26), stage.camera.size[0] / 75 / stage.camera.scale(depth)
    )
    paint, sunny = stage.pick(_GREYS, 0.08), np.sign(stage.light.sun[0]) or 1.0
    flank = sorted((0.0, sunny * thick / 2))
    parts = [
        (rect(-thick / 2, 0, thick / 2, high), paint * 0.9),
        (rect(flank[0], 0, flank[1], high), paint * 1.2),
        (rect(-thick * 0.75, 0, thick * 0.75, 0.5), paint * 0.75),
    ]
    if arm:
        parts.append((limb((0, high - thick), (arm, high + 0.25), thick * 0.8), paint))
        parts.append((rect(arm - 0.45, high + 0.1, arm + 0.45, high + 0.4), paint * 1.1))
    thing = _board(stage, 'pole', x, depth, layer, parts)
    thing.shadows = [stage.cast(np.array([[x - thick / 2, depth], [x + thick / 2, depth]]), high)]
    return thing


def traffic_light(stage: Stage, x: float, depth: float, layer: int, towards: int) -> list[Thing]:
    """A mast with three lamps, one of them lit, at the mast or on an arm over the road."""
    rng = stage.rng
    over, size = stage.chance(0.35), rng.uniform(1.0, 1.3)
    low = rng.uniform(4.0, 4.6) if over else rng.uniform(2.3, 2.9)
    reach = towards * rng.uniform(1.6, 2.8) if over else 0.0
    mast = pole(stage, x, depth, layer, low + 1.2 * size, 0.0)
    if over:
        colour = stage.light.shade(stage.pick(_GREYS))
        bar = limb((0, low + 1.15 * size), (reach, low + 1.15 * size), 0.16)
        mast.strokes.append(Stroke(stage.upright(bar, x, depth), colour))
    lit = int(rng.integers(3))
    case = stage.pick([(26, 28, 28), (30, 44, 36), (196, 160, 40)], 0.06)
    parts = [(rect(reach - 0.27 * size, low, reach + 0.27 * size, low + 1.15 * size), case)]
    lamps = ((250, 50, 36), (255, 190, 40), (50, 230, 140))
    for number, lamp in enumerate(lamps):
        centre = low + (0.95 - 0.36 * number) * size
        parts.append((disc(reach, centre, 0.17 * size), np.array([10.0, 10.0, 10.0])))
        bright = 1.0 if number == lit else 0.24
        parts.append((disc(reach, centre, 0.145 * size), np.array(lamp, float) * bright))
    head = _board(stage, 'traffic light', x, depth - 0.05, layer, parts, glow=True)
    return [mast, head]


def _plate(kind: str, middle: float, size: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Shapes and colours of a sign centred at height ``middle``, ``size`` metres across."""
    red, white, blue, yellow, black = (
        np.array(c, float)
        for c in ((200, 24, 34), (240, 240, 236), (24, 76, 170), (246, 196, 20), (24, 24, 24))
    )
    half = size / 2
    if kind == 'ban':
        return [
            (disc(0, middle, half, 20), red),
            (disc(0, middle, half * 0.72, 20), white),
            (rect(-half * 0.35, middle - half * 0.3, half * 0.35, middle + half * 0.3), black),
        ]
    if kind == 'stop':
        turn = np.pi / 8 + np.arange(8) * np.pi / 4
        return [
            (np.stack([half * np.cos(turn), middle + half * np.sin(turn)], 1), red),
            (rect(-half * 0.7, middle - half * 0.2, half * 0.7, middle + half * 0.2), white),
        ]
    if kind == 'order':
        return [
            (disc(0, middle, half, 20), white),
            (disc(0, middle, half * 0.9, 20), blue),
            (limb((0, middle - half * 0.6), (0, middle + half * 0.6), half * 0.3), white),
        ]
    if kind == 'warn':
        corner = np.array(
            [[-half, middle - half * 0.8], [half, middle - half * 0.8], [0, middle + half * 0.95]]
        )
        centre = np.array([0, middle - half * 0.2])
        return [
            (corner, red),
            (centre + (corner - centre) * 0.62, white),
            (rect(-half * 0.08, middle - half * 0.4, half * 0.08, middle + half * 0.2), black),
        ]
    if kind == 'priority':
        corner = np.array([[0, -half], [half, 0], [0, half], [-half, 0]]) * 1.1
        return [(corner + [0, middle], white), (corner * 0.7 + [0, middle], yellow)]
    back, text = {'way': (yellow, black), 'town': (blue, white), 'street': (white, black)}[kind]
    size, half = size * 0.8, half * 0.8
    parts = [
        (rect(-size, middle - half * 0.75, size, middle + half * 0.75), text),
        (rect(-size * 0.95, middle - half * 0.65, size * 0.95, middle + half * 0.65), back),
    ]
    for row in (-0.3, 0.15):
        parts.append(
            (
                rect(
                    -size * 0.75,
                    middle + half * row,
                    size * (0.1 - row),
                    middle + half * (row + 0.22),
                ),
                text,
            )
        )
    return parts


def sign(stage: Stage, x: float, depth: float, layer: int) -> list[Thing]:
    """A post with one or two traffic signs of eight kinds."""
    rng = stage.rng
    kinds = ['ban', 'stop', 'order', 'warn', 'priority', 'way', 'town', 'street']
    low, size = rng.uniform(2.0, 2.7), rng.uniform(0.75, 1.05)
    post = pole(stage, x, depth, layer, low + size)
    parts = _plate(str(rng.choice(kinds)), low + size / 2, size)
    if stage.chance(0.3):
        parts += _plate(str(rng.choice(kinds[:3])), low - size * 0.5, size * 0.85)
    return [post, _board(stage, 'traffic sign', x, depth - 0.05, layer, parts)]


def clutter(stage: Stage, x: float, depth: float, layer: int) -> Thing:
    """A void thing: a bin or a crate ("static"), or a parcel trolley ("dynamic")."""
    wide, high = stage.rng.uniform(0.5, 0.9), stage.rng.uniform(0.7, 1.2)
    paint = stage.pick([(60, 70, 60), (110, 80, 50), (90, 94, 98), (160, 90, 30)])
    label = 'static' if stage.chance(0.6) else 'dynamic'
    parts = [
        (rect(-wide / 2, 0, wide / 2, high), paint),
        (rect(-wide * 0.55, high * 0.85, wide * 0.55, high), paint * 0.7),
    ]
    if label == 'dynamic':
        parts = [
            (rect(-wide / 2, 0.2, wide / 2, high), paint),
            *((disc(dx * wide, 0.12, 0.12), np.array([20.0, 20.0, 20.0])) for dx in (-0.35, 0.35)),
        ]
    thing = _board(stage, label, x, depth, layer, parts)
    thing.shadows = [stage.cast(np.array([[x - wide / 2, depth], [x + wide / 2, depth]]), high)]
    return thing
