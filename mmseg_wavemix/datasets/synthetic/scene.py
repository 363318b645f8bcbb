"""What stands where: one street scene as a list of things in the painter's order.

Layers keep that order right where depth alone cannot: seen from the road, what stands closer to the
street's axis is never behind what stands further out on the same side, however long that is.
"""

from dataclasses import dataclass

import numpy as np

from .facades import fence, hedge, house, skyline, tree, wall
from .furniture import clutter, pole, sign, traffic_light
from .people import person, two_wheeler
from .shapes import Stroke, Texture, Thing
from .stage import UP, Stage
from .vehicles import bus, car, train, truck

SKY, GROUND, OUTER, BOUNDARY, KERB, EDGE, LANE, MIDDLE, LENS = 0, 1, 3, 4, 5, 6, 7, 8, 9
_FAR = 130.0  # metres to which the street is drawn


@dataclass(frozen=True)
class Plan:
    """Cross section of the street, lateral metres from the axis: kerbs, and how each verge is laid out."""

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


def _ground(stage: Stage, plan: Plan) -> list[Thing]:
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


def _sides(stage: Stage, plan: Plan) -> list[Thing]:
    """Boundaries along both pavements, houses and trees behind them."""
    rng, things = stage.rng, []
    for side in (-1, 1):
        edge = plan.edge(side)
        # Every side shows a wall and a fence within the depths where they are large.
        kinds = ['wall', 'fence'] if stage.chance(0.5) else ['fence', 'wall']
        kinds += list(rng.choice(['wall', 'fence', 'hedge', 'none'], 3))
        kinds.insert(int(rng.integers(0, 3)), str(rng.choice(['hedge', 'none'])))
        z = abs(edge) * stage.camera.focal / (stage.camera.size[1] * 0.62)
        for kind in kinds:
            length = rng.uniform(4.5, 9)
            if kind != 'none':
                build = {'wall': wall, 'fence': fence, 'hedge': hedge}[kind]
                things.append(build(stage, side, edge, z, z + length))
            z += length + (rng.uniform(0, 1.5) if kind != 'none' else 0)
        z, setback = rng.uniform(4, 8), side * rng.uniform(1.0, 5.0)
        while z < 75:
            length = rng.uniform(9, 20)
            if stage.chance(0.72):
                things.append(
                    house(stage, side, edge + setback + side * rng.uniform(0, 2), z, z + length)
                )
            else:
                for _ in range(3):
                    depth = rng.uniform(z, z + length)
                    things.append(
                        tree(
                            stage,
                            float(stage.across(edge + setback + side * rng.uniform(0.5, 6), depth)),
                            depth,
                            OUTER,
                        )
                    )
            z += length + rng.uniform(0, 3)
    return things


def _kerbside(stage: Stage, plan: Plan) -> list[Thing]:
    """Street furniture, walkers and parked two-wheelers on the pavements and verges."""
    rng, things = stage.rng, []
    for side in (-1, 1):
        kerb, edge = plan.kerb(side), plan.edge(side)
        # The first depth at which the pavement is inside the picture.
        first = abs(kerb + side) * stage.camera.focal / (stage.camera.size[1] * 0.46)

        def place(
            share: float, near: float, far: float, side=side, kerb=kerb, edge=edge, first=first
        ) -> tuple[float, float]:
            depth = first + rng.uniform(near, far)
            return float(stage.across(kerb + (edge - kerb) * share, depth)), depth

        for far in (3, 9, 22):
            if stage.chance(0.72):
                things += sign(stage, *place(rng.uniform(0.08, 0.25), far - 3, far), KERB)
        for far in (4, 16):
            if stage.chance(0.75):
                things += traffic_light(
                    stage, *place(rng.uniform(0.06, 0.2), far - 3, far), KERB, -side
                )
        for far in (5, 14, 26):
            if stage.chance(0.7):
                arm = -side * rng.uniform(0.8, 1.8)
                things.append(
                    pole(
                        stage,
                        *place(rng.uniform(0.1, 0.3), far - 5, far),
                        KERB,
                        rng.uniform(4.5, 7.5),
                        arm,
                    )
                )
        for far in (3, 6, 11, 18):
            if stage.chance(0.75):
                things.append(person(stage, *place(rng.uniform(0.2, 0.8), far - 3, far), KERB))
        if stage.chance(0.45):
            things.append(tree(stage, *place(rng.uniform(0.4, 0.8), 3, 14), KERB))
        for kind, share in (('bicycle', 0.7), ('motorcycle', 0.5)):
            if stage.chance(share):
                things += two_wheeler(
                    stage, *place(rng.uniform(0.15, 0.5), 0, 7), KERB, kind, False
                )
        if stage.chance(0.4):
            things.append(clutter(stage, *place(rng.uniform(0.3, 0.8), 0, 9), KERB))
    return things


def _traffic(stage: Stage, plan: Plan) -> list[Thing]:
    """Vehicles in the lanes and at the kerb."""
    rng, things = stage.rng, []
    slots = {
        'oncoming': (-3.5, LANE, np.pi, 11, 19),
        'ahead': (0.0, MIDDLE, 0.0, 15, 26),
        'parked': (plan.right - 0.95, EDGE, 0.0, 10.5, 17),
        'beyond': (-3.5, LANE, np.pi, 26, 40),
    }
    order = [str(name) for name in rng.permutation(['oncoming', 'ahead', 'parked'])]
    large = {'bus': bus, 'truck': truck, 'train': train}
    taken: dict[str, float] = {}

    def put(build, slot: str, near: float, far: float, half: float, **options) -> None:
        lateral, layer, yaw, *_ = slots[slot]
        depth = rng.uniform(near, far) + half
        x = float(stage.across(lateral + rng.normal(0, 0.15), depth))
        things.append(
            build(
                stage, x, depth, yaw + stage.heading(depth) + rng.normal(0, 0.02), layer, **options
            )
        )
        taken[slot] = depth + half

    for name, slot in zip([str(kind) for kind in rng.permutation(list(large))], order, strict=True):
        half = {'bus': 5.5, 'truck': 4.2, 'train': 11.0}[name]
        if stage.chance(0.82):
            put(large[name], slot, *slots[slot][3:5], half)
    if stage.chance(0.2):  # a tram or bus crosses the far end of the street
        depth = rng.uniform(38, 50)
        build = large[str(rng.choice(['train', 'bus']))]
        things.append(
            build(stage, float(stage.across(rng.uniform(-7, 4), depth)), depth, np.pi / 2, OUTER)
        )
    for slot in ('oncoming', 'ahead', 'parked'):
        if slot not in taken and stage.chance(0.9):
            put(car, slot, slots[slot][3] - 4, slots[slot][4] - 4, 2.2)
        if stage.chance(0.7):
            start = taken.get(slot, 8.0) + 2
            put(car, slot, start, start + 14, 2.2)
    if stage.chance(0.65):  # a car nearer than all else on the right or left
        slot, depth = (
            ('parked', rng.uniform(6.2, 8))
            if stage.chance(0.5)
            else ('oncoming', rng.uniform(6.5, 8.5))
        )
        put(car, slot, depth, depth, 0.0)
    if stage.chance(0.5):
        put(car, 'beyond', 45, 62, 2.2, label='cargroup')
    return things


def _crossers(stage: Stage) -> list[Thing]:
    """Riders between the lanes and people on foot in the road, side by side rather than all in one spot."""
    rng, things = stage.rng, []
    directions: list[float] = []
    wanted = [(kind, chance) for kind in ('bicycle', 'motorcycle') for chance in (0.92, 0.4)]
    for kind, chance in [*wanted, ('person', 0.45), ('person', 0.4)]:
        if not stage.chance(chance):
            continue
        for _ in range(12):
            depth = rng.uniform(6.5, 14)
            x = float(stage.across(rng.uniform(-2.0, 1.3), depth))
            if all(abs(x / depth - other) > 0.11 for other in directions):
                directions.append(x / depth)
                things += (
                    [person(stage, x, depth, MIDDLE)]
                    if kind == 'person'
                    else two_wheeler(stage, x, depth, MIDDLE, kind, True)
                )
                break
    return things


def _lens(stage: Stage) -> list[Thing]:
    """The own bonnet at the lower edge, and the dark rim that rectification leaves at the sides."""
    rows, columns = stage.camera.size
    rng, things = stage.rng, []
    if stage.chance(0.6):
        high, turn = rows * rng.uniform(0.03, 0.08), np.linspace(0, np.pi, 24)
        middle = columns * rng.uniform(0.46, 0.54)
        for shrink, tone in ((1.0, 0.5), (0.75, 0.62), (0.4, 0.5)):
            shape = np.stack(
                [
                    middle + columns * 0.5 * np.cos(turn),
                    rows - high * shrink * np.sin(turn) ** 0.5 + 1,
                ],
                axis=1,
            )
            stroke = Stroke(shape, stage.light.sky_low * tone * rng.uniform(0.5, 0.8))
            things.append(stroke)
        things = [Thing('ego vehicle', LENS, 1.0, things, Texture(0.5, 0.02), haze=False)]
    if stage.chance(0.35):
        wide = max(1.0, columns / 128)
        for left, right in ((0.0, wide), (columns - 1 - wide, columns - 1)):
            shape = np.array([[left, 0], [right, 0], [right, rows - 1], [left, rows - 1]], float)
            things.append(
                Thing(
                    'rectification border',
                    LENS,
                    0.0,
                    [Stroke(shape, np.zeros(3))],
                    Texture(contrast=0),
                    haze=False,
                )
            )
    return things


def compose(stage: Stage) -> list[Thing]:
    """All things of a scene but the sky, in the order in which they are painted and labelled."""
    plan = Plan.sample(stage.rng)
    ground = _ground(stage, plan)
    standing = (
        skyline(stage)
        + _sides(stage, plan)
        + _kerbside(stage, plan)
        + _traffic(stage, plan)
        + _crossers(stage)
        + _lens(stage)
    )
    return ground + sorted(standing, key=lambda thing: (thing.layer, -thing.distance))
