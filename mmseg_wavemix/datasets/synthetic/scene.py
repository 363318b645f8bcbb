"""What stands where: one street scene as a list of things in the painter's order.

Layers keep that order right where depth alone cannot: seen from the road, what stands closer to the
street's axis is never behind what stands further out on the same side, however long that is.
"""

import numpy as np

from .boundaries import fence, hedge, wall
from .facades import house, skyline, tree
from .furniture import clutter, pole, sign, traffic_light
from .people import person, two_wheeler
from .shapes import Stroke, Texture, Thing
from .stage import Stage
from .street import Plan, ground
from .vehicles import bus, car, train, truck

OUTER, BOUNDARY, KERB, EDGE, LANE, MIDDLE, LENS = 3, 4, 5, 6, 7, 8, 9  # layers


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
            share: float, near: float, far: float, kerb=kerb, edge=edge, first=first
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
    """Riders and walkers in the road, side by side rather than all in one spot."""
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
        strokes = []
        for shrink, tone in ((1.0, 0.5), (0.75, 0.62), (0.4, 0.5)):
            shape = np.stack(
                [
                    middle + columns * 0.5 * np.cos(turn),
                    rows - high * shrink * np.sin(turn) ** 0.5 + 1,
                ],
                axis=1,
            )
            stroke = Stroke(shape, stage.light.sky_low * tone * rng.uniform(0.5, 0.8))
            strokes.append(stroke)
        things = [Thing('ego vehicle', LENS, 1.0, strokes, Texture(0.5, 0.02), haze=False)]
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
    standing = (
        skyline(stage)
        + _sides(stage, plan)
        + _kerbside(stage, plan)
        + _traffic(stage, plan)
        + _crossers(stage)
        + _lens(stage)
    )
    return ground(stage, plan) + sorted(standing, key=lambda thing: (thing.layer, -thing.distance))
