"""The street itself: its cross section, and the ground with pavements, grass, road and markings."""

from dataclasses import dataclass

import numpy as np

from .shapes import Stroke, Texture, Thing
from .stage import UP, Stage

GROUND = 1  # layer
_FAR = 130.0  # metres to which the street is drawn


@dataclass(frozen=True)
class Plan:
    """Cross section of the street: kerbs, pavements and verges, metres from the axis."""

    left: float  # the left kerb, negative
    right: float
    path: tuple[float, float]  # width of the pavement, left and right
    verge: tuple[float, float]  # width of the grass strip behind or before it
    verge_first: tuple[bool, bool]  # grass next to the kerb?

    @classmethod
    def sample(cls, rng: np.random.Generator) -> 'Plan':
        """Draw a street 8 to 10 m wide; nineteen in twenty have grass on one side or on both."""
        verge = [rng.uniform(2.0, 4.2) if rng.random() < 0.78 else 0.0 for _ in range(2)]
        return cls(
            left=-rng.uniform(5.2, 6.2),
            right=rng.uniform(3.5, 4.4),
            path=(rng.uniform(2.2, 4.0), rng.uniform(2.2, 4.0)),
            verge=(verge[0], verge[1]),
            verge_first=(bool(rng.random() < 0.5), bool(rng.random() < 0.5)),
        )

    def kerb(self, side: int) -> float:
        """Lateral position of the kerb on ``side`` (-1 left, 1 right)."""
        return self.right if side > 0 else self.left

    def edge(self, side: int) -> float:
        """Lateral position of walls and fences on ``side``."""
        number = (side + 1) // 2
        return self.kerb(side) + side * (self.path[number] + self.verge[number])


def _strip(
    stage: Stage, left: float, right: float, near: float = 0.9, far: float = _FAR
) -> np.ndarray:
    depth = np.geomspace(near, far, 28 if far - near > 20 else 6)
    return stage.floor(
        np.concatenate([np.full_like(depth, left), np.full_like(depth, right)]),
        np.concatenate([depth, depth[::-1]]),
    )


def ground(stage: Stage, plan: Plan) -> list[Thing]:
    """Earth, pavements, grass strips and the road with its markings, in that order."""
    rng, shade = stage.rng, stage.light.shade
    grass = [(96, 112, 54), (122, 124, 62), (84, 104, 60), (140, 118, 84), (128, 106, 78)]
    meadow = Texture(cell=0.13, contrast=0.34, stretch=2.5)
    things = [
        Thing(
            'terrain',
            GROUND,
            0.0,
            [Stroke(_strip(stage, -400, 400), shade(stage.pick(grass, 0.06), UP))],
            meadow,
            ground=True,
        )
    ]
    slab = stage.pick([(168, 164, 158), (182, 166, 150), (150, 150, 154), (170, 146, 132)], 0.06)
    paving = Texture(cell=0.4, contrast=0.07, joints=float(rng.uniform(0.45, 0.8)))
    for side in (-1, 1):
        number, kerb, outer = (side + 1) // 2, plan.kerb(side), plan.edge(side)
        strokes = [Stroke(_strip(stage, kerb, outer), shade(slab, UP))]
        things.append(Thing('sidewalk', GROUND, 0.0, strokes, paving, ground=True))
        stone = Stroke(_strip(stage, kerb, kerb + side * 0.18), shade(slab * 0.5 + 100, UP))
        if plan.verge[number]:
            inner = (
                kerb + side * 0.18
                if plan.verge_first[number]
                else outer - side * plan.verge[number]
            )
            other = inner + side * plan.verge[number]
            strokes = [Stroke(_strip(stage, inner, other), shade(stage.pick(grass, 0.06), UP))]
            things.append(Thing('terrain', GROUND, 0.0, strokes, meadow, ground=True))
        things.append(Thing('sidewalk', GROUND, 0.0, [stone], Texture(0.3, 0.06), ground=True))
    things.append(_road(stage, plan))
    return things


def _road(stage: Stage, plan: Plan) -> Thing:
    rng, shade = stage.rng, stage.light.shade
    asphalt = stage.pick([(92, 92, 94), (108, 106, 104), (76, 78, 82), (102, 99, 96)], 0.05)
    strokes = [Stroke(_strip(stage, plan.left, plan.right), shade(asphalt, UP))]

    def mark(left: float, right: float, near: float, far: float, colour: np.ndarray) -> None:
        strokes.append(
            Stroke(_strip(stage, left, right, near, far), shade(colour, UP), outline=False)
        )

    for _ in range(int(rng.integers(0, 5))):  # mended patches
        u, z = rng.uniform(plan.left, plan.right - 1), rng.uniform(4, 30)
        mark(
            u, u + rng.uniform(0.8, 2.2), z, z + rng.uniform(1, 7), asphalt * rng.uniform(0.72, 1.2)
        )
    paint = np.array([226.0, 226.0, 220.0]) * rng.uniform(0.8, 1.0)
    start, period = rng.uniform(0.9, 5), rng.uniform(5, 8)
    for z in np.arange(start, 70, period):
        mark(-1.85, -1.7, z, z + period * 0.5, paint)
    for u in (plan.left + 0.3, plan.right - 0.42):
        if stage.chance(0.6):
            mark(u, u + 0.12, 0.9, 90, paint)
    if stage.chance(0.4):  # zebra crossing
        z = rng.uniform(7, 18)
        for u in np.arange(plan.left + 0.4, plan.right - 0.5, 1.0):
            mark(u, u + 0.5, z, z + 3.2, paint)
    if stage.chance(0.5):  # rails
        for u in (-4.6, -3.2):
            mark(u, u + 0.12, 0.9, 90, np.array([150.0, 150.0, 152.0]))
    return Thing('road', GROUND, 0.0, strokes, Texture(cell=0.06, contrast=0.13), ground=True)
