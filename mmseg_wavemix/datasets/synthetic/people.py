"""Walkers, and riders on bicycles and motorcycles; also the two-wheelers left at the kerb."""

import numpy as np

from .shapes import Stroke, Texture, Thing, disc, limb, rect
from .stage import Stage

_CLOTH = Texture(cell=0.12, contrast=0.1)
_SKIN = [(224, 178, 148), (198, 146, 112), (136, 92, 66), (94, 64, 48)]
_TOPS = [
    (180, 40, 44),
    (40, 70, 150),
    (36, 38, 42),
    (220, 214, 204),
    (60, 120, 80),
    (226, 160, 50),
    (130, 80, 140),
    (110, 140, 170),
]
_TROUSERS = [(40, 50, 84), (34, 34, 38), (110, 98, 78), (80, 84, 90), (150, 140, 120)]
_HAIR = [(40, 30, 24), (84, 58, 36), (170, 136, 84), (150, 150, 148)]
_TYRE, _STEEL = np.array([22.0, 22.0, 24.0]), np.array([128.0, 130.0, 134.0])


class _Figure:
    """The parts of one flat figure at (x, depth), ``scale`` times life size."""

    def __init__(self, stage: Stage, x: float, depth: float, scale: float, turn: float) -> None:
        self.stage, self.x, self.depth, self.scale, self.turn = stage, x, depth, scale, turn
        self.strokes: list[Stroke] = []

    def add(self, shape: np.ndarray, colour: np.ndarray | None) -> None:
        """Add a part (N, 2) in metres; ``turn`` squeezes or mirrors it sideways."""
        shape = np.asarray(shape, float) * [self.turn * self.scale, self.scale]
        shade = None if colour is None else self.stage.light.shade(colour)
        self.strokes.append(Stroke(self.stage.upright(shape, self.x, self.depth), shade))

    def thing(
        self, label: str, layer: int, half: float, height: float, sheer: bool = False
    ) -> Thing:
        """The finished thing, whose shadow is that of a board 2 x ``half`` metres wide."""
        foot = np.array(
            [[self.x + dx, self.depth + dz] for dx in (-half, half) for dz in (-0.12, 0.12)]
        )
        shadows = [self.stage.cast(foot, height)]
        return Thing(label, layer, self.depth, self.strokes, _CLOTH, shadows, sheer=sheer)


def person(stage: Stage, x: float, depth: float, layer: int) -> Thing:
    """A walker, 1.5 to 1.95 m tall, in trousers or a long coat, sometimes with a bag."""
    rng, pick = stage.rng, stage.pick
    figure = _Figure(stage, x, depth, rng.uniform(0.86, 1.1), float(rng.choice([-1.0, 1.0])))
    top, trousers, skin, hair = pick(_TOPS), pick(_TROUSERS), pick(_SKIN, 0.05), pick(_HAIR)
    stride, swing = rng.uniform(0.04, 0.34), rng.uniform(-0.2, 0.25)
    for side in (-1, 1):
        figure.add(limb((side * 0.07, 0.9), (side * stride, 0.06), 0.17), trousers)
        figure.add(
            rect(side * stride - 0.08, 0.0, side * stride + 0.14, 0.09),
            pick([(30, 28, 28), (90, 60, 40)]),
        )
    figure.add(limb((-0.19, 1.4), (-0.26 - swing, 0.88), 0.12), top * 0.85)
    if stage.chance(0.3):
        figure.add([(-0.2, 1.45), (0.2, 1.45), (0.29, 0.5), (-0.29, 0.5)], top)
    else:
        figure.add([(-0.22, 1.46), (0.22, 1.46), (0.19, 0.82), (-0.19, 0.82)], top)
    figure.add(limb((0.19, 1.4), (0.26 + swing, 0.88), 0.12), top * 0.92)
    for side in (-1, 1):
        figure.add(disc(side * (0.26 + swing), 0.85, 0.06), skin)
    figure.add(rect(-0.06, 1.42, 0.06, 1.54), skin)
    figure.add(disc(0, 1.62, 0.14, flat=0.85), skin)
    figure.add(disc(0, 1.68, 0.12, flat=1.0), hair)
    if stage.chance(0.35):
        figure.add(rect(-0.46, 0.62, -0.2, 0.98), pick(_TOPS))
    return figure.thing('person', layer, 0.25, 1.75 * figure.scale)


def _rider(
    figure: _Figure, side_view: bool, seat: float, grip: tuple[float, float], helmet: bool
) -> None:
    """The human above a two-wheeler: hips over the saddle, hands on the grips."""
    pick = figure.stage.pick
    top, trousers, skin = pick(_TOPS), pick(_TROUSERS), pick(_SKIN, 0.05)
    head = pick(
        [(230, 60, 40), (240, 240, 236), (40, 90, 190), (236, 190, 40)] if helmet else _HAIR
    )
    if side_view:
        shoulder = (0.1, seat + 0.56)
        figure.add(limb((-0.2, seat + 0.04), (0.2, seat - 0.18), 0.19), trousers)
        figure.add(limb((0.2, seat - 0.18), (0.06, seat - 0.6), 0.15), trousers)
        figure.add(rect(0.0, seat - 0.66, 0.22, seat - 0.57), np.array([34.0, 30.0, 30.0]))
        figure.add(limb((-0.2, seat - 0.02), shoulder, 0.34), top)
        figure.add(limb((0.1, seat + 0.5), grip, 0.12), top * 0.85)
        figure.add(disc(*grip, 0.06), skin)
        centre = (0.17, seat + 0.78)
    else:
        for side in (-1, 1):
            figure.add(limb((side * 0.1, seat + 0.05), (side * 0.2, seat - 0.3), 0.17), trousers)
            figure.add(limb((side * 0.2, seat - 0.3), (side * 0.17, seat - 0.66), 0.14), trousers)
            figure.add(
                limb((side * 0.2, seat + 0.52), (side * 0.32, seat + 0.22), 0.12), top * 0.85
            )
        figure.add(
            [(-0.24, seat + 0.6), (0.24, seat + 0.6), (0.18, seat - 0.06), (-0.18, seat - 0.06)],
            top,
        )
        centre = (0.0, seat + 0.78)
    figure.add(limb((centre[0] - 0.03, seat + 0.5), centre, 0.13), skin)
    figure.add(disc(*centre, 0.14), skin)
    figure.add(
        disc(centre[0], centre[1] + (0.06 if helmet else 0.05), 0.16 if helmet else 0.13), head
    )


def _ring(figure: _Figure, x: float, radius: float, thick: float, spokes: int) -> None:
    """A wheel: tyre as a ring of bars, spokes, and the whole disc as outline."""
    figure.add(disc(x, radius, radius, 18), None)
    rim = disc(x, radius, radius - thick / 2, 18)
    for a, b in zip(rim, np.roll(rim, -1, axis=0), strict=True):
        figure.add(limb(tuple(a), tuple(b), thick), _TYRE)
    for turn in np.arange(spokes) * np.pi / max(spokes, 1):
        reach = np.array([np.cos(turn), np.sin(turn)]) * (radius - thick)
        figure.add(
            limb((x - reach[0], radius - reach[1]), (x + reach[0], radius + reach[1]), 0.02), _STEEL
        )


def _bicycle(figure: _Figure, side_view: bool) -> None:
    paint = figure.stage.pick(
        [
            (200, 40, 40),
            (40, 110, 190),
            (230, 230, 226),
            (50, 140, 80),
            (30, 30, 34),
            (236, 150, 40),
        ]
    )
    if side_view:
        for x in (-0.54, 0.54):
            _ring(figure, x, 0.35, 0.075, 4)
        bars = [((-0.54, 0.35), (-0.02, 0.32)), ((-0.02, 0.32), (0.4, 0.8)),
                ((-0.18, 0.82), (0.4, 0.8)), ((-0.18, 0.86), (-0.02, 0.32)),
                ((-0.54, 0.35), (-0.18, 0.8)), ((0.54, 0.35), (0.38, 0.98))]  # fmt: skip
        for a, b in bars:
            figure.add(limb(a, b, 0.075), paint)
        figure.add([(-0.54, 0.35), (-0.18, 0.8), (0.4, 0.8), (-0.02, 0.3)], None)
        figure.add(rect(-0.32, 0.86, -0.06, 0.94), _TYRE)
        figure.add(limb((0.28, 1.02), (0.5, 0.98), 0.07), _TYRE)
    else:
        figure.add(disc(0, 0.35, 0.35, 14, flat=0.2), _TYRE)
        figure.add(rect(-0.05, 0.4, 0.05, 0.95), paint)
        figure.add(rect(-0.14, 0.55, 0.14, 0.68), paint * 0.8)
        figure.add(rect(-0.32, 0.96, 0.32, 1.03), _TYRE)
        figure.add(disc(0, 0.78, 0.06), np.array([220.0, 40.0, 30.0]))


def _motorcycle(figure: _Figure, side_view: bool) -> None:
    paint = figure.stage.pick(
        [(190, 30, 30), (30, 60, 150), (40, 40, 44), (236, 130, 30), (60, 130, 60)]
    )
    if side_view:
        for x in (-0.68, 0.7):
            figure.add(disc(x, 0.34, 0.34, 18), _TYRE)
            figure.add(disc(x, 0.34, 0.19), _STEEL)
            figure.add(disc(x, 0.34, 0.08), _TYRE)
        figure.add(
            [(-0.4, 0.25), (0.35, 0.22), (0.4, 0.62), (-0.45, 0.62)], np.array([70.0, 70.0, 74.0])
        )
        figure.add(disc(0.0, 0.42, 0.17), _STEEL)
        figure.add([(-0.95, 0.86), (-0.9, 0.66), (0.1, 0.58), (0.1, 0.8)], _TYRE)
        figure.add([(-0.05, 0.6), (0.42, 0.6), (0.52, 0.98), (0.1, 1.02)], paint)
        figure.add([(-0.95, 0.7), (-0.45, 0.6), (-0.45, 0.78), (-0.98, 0.88)], paint)
        figure.add(limb((0.7, 0.36), (0.45, 1.0), 0.1), _STEEL)
        figure.add(limb((-0.95, 0.3), (0.1, 0.28), 0.1), _STEEL * 1.3)
        figure.add([(0.4, 0.85), (0.68, 0.82), (0.62, 1.12), (0.42, 1.18)], paint)
        figure.add(disc(0.66, 0.92, 0.09), np.array([250.0, 246.0, 215.0]))
    else:
        figure.add(disc(0, 0.34, 0.34, 14, flat=0.38), _TYRE)
        figure.add([(-0.3, 0.4), (0.3, 0.4), (0.24, 0.95), (-0.24, 0.95)], paint)
        figure.add(rect(-0.2, 0.62, 0.2, 0.76), np.array([214.0, 30.0, 26.0]))
        figure.add(rect(-0.46, 0.96, 0.46, 1.06), _TYRE)
        for side in (-1, 1):
            figure.add(disc(side * 0.46, 1.12, 0.08), _STEEL)
            figure.add(rect(side * 0.26 - 0.07, 0.3, side * 0.26 + 0.07, 0.44), _STEEL * 1.3)


def two_wheeler(
    stage: Stage, x: float, depth: float, layer: int, kind: str, ridden: bool
) -> list[Thing]:
    """A "bicycle" or "motorcycle" and, if ``ridden``, its rider after it.

    Seen from the side at a slant, or end on; each is one polygon, as Cityscapes labels them.
    """
    rng = stage.rng
    side_view = stage.chance(0.68)
    turn = float(rng.choice([-1.0, 1.0])) * (rng.uniform(0.65, 1.0) if side_view else 1.0)
    scale = rng.uniform(1.0, 1.15)
    machine = _Figure(stage, x, depth, scale, turn)
    (_bicycle if kind == 'bicycle' else _motorcycle)(machine, side_view)
    half = 0.85 * abs(turn) if side_view else 0.25
    things = [machine.thing(kind, layer, half, 0.8, sheer=kind == 'bicycle')]
    if ridden:
        # The same depth: a stable sort keeps the two together.
        human = _Figure(stage, x, depth, scale, turn)
        seat, grip = (0.96, (0.42, 1.04)) if kind == 'bicycle' else (0.88, (0.46, 1.12))
        _rider(human, side_view, seat, grip, helmet=kind == 'motorcycle' or stage.chance(0.6))
        things.append(human.thing('rider', layer, half * 0.4, 1.75))
    return things
