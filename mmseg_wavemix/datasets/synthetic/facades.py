"""What rises behind the street: houses, trees and the far skyline."""

import numpy as np

from .shapes import Body, Stroke, Texture, Thing, blob, rect
from .stage import Stage

LEAVES = Texture(cell=0.22, contrast=0.42)
PLASTER = Texture(cell=0.5, contrast=0.07)
GREENS = [(72, 96, 44), (58, 84, 40), (92, 108, 50), (50, 78, 52), (112, 112, 48), (128, 92, 44)]
_HOUSES = [
    (214, 196, 160),
    (196, 180, 150),
    (150, 92, 72),
    (170, 168, 164),
    (206, 170, 110),
    (176, 190, 200),
    (222, 216, 206),
    (140, 128, 116),
]


def house(stage: Stage, side: int, lateral: float, near: float, far: float) -> Thing:
    """A house on ``side`` (-1 left, 1 right) whose front stands at ``lateral`` metres."""
    rng = stage.rng
    storeys, storey, length = int(rng.integers(2, 6)), rng.uniform(2.9, 3.5), far - near
    height, width, middle = storeys * storey + rng.uniform(0.4, 1.0), 12.0, (near + far) / 2
    paint = stage.pick(_HOUSES, 0.08)
    x = float(stage.across(lateral + side * width / 2, middle))
    body, half = Body(stage, x, middle, stage.heading(middle), width), length / 2
    if stage.chance(0.4):  # a pitched roof, ridge along the street
        roof = stage.pick([(120, 62, 48), (84, 78, 78), (96, 54, 44)])
        body.hull(rect(-half, height, half, height + 0.5), roof, width + 0.6)
        body.hull(rect(-half, height + 0.5, half, height + 1.6), roof, width - 2.0)
    body.hull(rect(-half, 0, half, height), paint)
    plinth = paint * rng.uniform(0.55, 0.8)
    shop = stage.chance(0.4)
    body.side(rect(-half, 0, half, storey if shop else 0.9), plinth)
    body.end(rect(-width / 2, 0, width / 2, 0.9), -half, plinth)
    body.side(rect(-half, height - 0.35, half, height), paint * 0.75)
    pane, frame = (
        np.array([58.0, 66.0, 76.0]) + stage.light.sky_low * rng.uniform(0.05, 0.3),
        np.array([228.0, 226.0, 218.0]),
    )
    if stage.chance(0.35):
        frame = paint * 0.6
    pitch, wide, tall = rng.uniform(2.2, 3.2), rng.uniform(0.95, 1.5), rng.uniform(1.3, 1.8)
    for storey_number in range(storeys):
        base = storey_number * storey + 0.95
        for place in np.arange(-half + 0.8, half - wide - 0.3, pitch):
            lit = (
                np.array([246.0, 206.0, 128.0])
                if rng.random() < 0.06
                else pane * rng.uniform(0.75, 1.25)
            )
            if storey_number == 0 and shop:
                body.side(rect(place, 0.4, place + pitch * 0.82, storey - 0.75), lit)
                continue
            body.side(rect(place - 0.1, base - 0.12, place + wide + 0.1, base + tall + 0.1), frame)
            body.side(rect(place, base, place + wide, base + tall), lit)
            body.side(
                rect(place + wide / 2 - 0.04, base, place + wide / 2 + 0.04, base + tall), frame
            )
        for place in np.arange(-width / 2 + 1.0, width / 2 - wide - 0.5, pitch * 1.2):
            body.end(
                rect(place - 0.1, base - 0.12, place + wide + 0.1, base + tall + 0.1), -half, frame
            )
            body.end(
                rect(place, base, place + wide, base + tall), -half, pane * rng.uniform(0.8, 1.2)
            )
    thing = body.thing('building', 3, length, height, PLASTER)
    thing.distance = near
    return thing


def tree(stage: Stage, x: float, depth: float, layer: int) -> Thing:
    """A tree: trunk, and a crown of overlapping clumps lighter towards the sun."""
    rng, light = stage.rng, stage.light
    paint, bark = stage.pick(GREENS, 0.1), stage.pick([(84, 66, 50), (104, 92, 78), (62, 52, 46)])
    radius, stem = rng.uniform(1.3, 2.7), rng.uniform(2.0, 3.2)
    thick = rng.uniform(0.2, 0.42)
    parts = [
        (
            np.array(
                [
                    [-thick / 2, 0],
                    [thick / 2, 0],
                    [thick / 3, stem + radius * 0.6],
                    [-thick / 3, stem + radius * 0.6],
                ]
            ),
            bark,
        )
    ]
    middle = stem + radius * 0.85
    parts.append((blob(rng, 0, middle, radius, 0.07), paint * 0.72))
    towards = np.sign(light.sun[0]) * 0.25 * radius
    for _ in range(6):
        dx, dy = rng.normal(0, 0.45, 2) * radius
        glow = rng.uniform(0.8, 1.25) * (1.1 if dx * towards > 0 or dy > 0 else 0.85)
        parts.append(
            (blob(rng, dx, middle + dy, radius * rng.uniform(0.35, 0.6), 0.09, 16), paint * glow)
        )
    strokes = [
        Stroke(stage.upright(shape, x, depth), light.shade(colour)) for shape, colour in parts
    ]
    turn = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    reach = -light.sun[[0, 2]] / max(light.sun[1], 0.2) * middle * (light.direct > 0.2)
    crown = np.stack(
        [x + radius * np.cos(turn) + reach[0], depth + radius * np.sin(turn) + reach[1]], axis=1
    )
    shadows = [
        stage.cast(np.array([[x - thick / 2, depth], [x + thick / 2, depth]]), stem),
        stage.cast(crown, 0.0),
    ]
    return Thing('vegetation', layer, depth, strokes, LEAVES, shadows)


def skyline(stage: Stage) -> list[Thing]:
    """Roofs and tree tops that close the far end of the street, 90 m and more away."""
    rng, things = stage.rng, []
    left = -130.0
    while left < 130.0:
        width, depth = rng.uniform(8, 26), rng.uniform(90, 120)
        if stage.chance(0.45):
            steps = np.linspace(0, np.pi, 14)
            high = rng.uniform(6, 12)
            shape = np.stack(
                [
                    left + width / 2 + width * 0.6 * np.cos(steps),
                    high * np.sin(steps) * rng.uniform(0.85, 1.15, 14) - 0.5,
                ],
                axis=1,
            )
            stroke = Stroke(stage.upright(shape, 0.0, depth), stage.light.shade(stage.pick(GREENS)))
            things.append(Thing('vegetation', 3, depth, [stroke], Texture(0.9, 0.3)))
        else:
            shape, paint = rect(left, -0.5, left + width, rng.uniform(7, 20)), stage.pick(_HOUSES)
            strokes = [Stroke(stage.upright(shape, 0.0, depth), stage.light.shade(paint))]
            for y in np.arange(2.0, shape[2, 1] - 2.0, 3.2):
                band = rect(left + 1, y, left + width - 1, y + 1.3)
                strokes.append(
                    Stroke(stage.upright(band, 0.0, depth), stage.light.shade(paint * 0.6))
                )
            things.append(Thing('building', 3, depth, strokes, PLASTER))
        left += width * 0.8
    return things
