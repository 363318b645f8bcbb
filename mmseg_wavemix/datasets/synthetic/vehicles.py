"""Cars, trucks, buses and trains (trams) as solid bodies with wheels, panes and lamps."""

import numpy as np

from .shapes import Body, Texture, Thing, disc, rect
from .stage import Stage

_GLASS = np.array([38.0, 46.0, 54.0])
_RUBBER = np.array([24.0, 24.0, 26.0])
_METAL = np.array([120.0, 122.0, 126.0])
_SMOOTH = Texture(cell=0.5, contrast=0.03)


def _glass(stage: Stage) -> np.ndarray:
    """Panes mirror some of the sky."""
    return _GLASS + stage.rng.uniform(0.05, 0.3) * stage.light.sky_low * 0.6


def _wheels(body: Body, places: list[float], radius: float) -> None:
    for place in places:
        body.side(disc(place, radius, radius), _RUBBER)
        body.side(disc(place, radius, radius * 0.5), _METAL)


def _tyres(body: Body, length: float, radius: float) -> None:
    for at in (-length / 2, length / 2):
        for sign in (-1, 1):
            inner, outer = sorted((sign * body.width * 0.28, sign * body.width * 0.46))
            body.end(rect(inner, 0, outer, radius * 1.1), at, _RUBBER)


def _lamps(body: Body, half: float, low: float, high: float) -> None:
    """Red lamps behind, white ones in front."""
    edge = body.width / 2
    for at, colour in ((-half, (205.0, 32.0, 28.0)), (half, (250.0, 246.0, 222.0))):
        for sign in (-1, 1):
            inner, outer = sorted((sign * edge * 0.66, sign * edge * 0.95))
            body.end(rect(inner, low, outer, high), at, np.array(colour), glow=True)


def car(stage: Stage, x: float, depth: float, yaw: float, layer: int, label: str = 'car') -> Thing:
    """A hatchback, saloon or estate car; ``label`` may be "cargroup" far away."""
    rng = stage.rng
    length, width, roof = rng.uniform(3.8, 4.8), rng.uniform(1.68, 1.9), rng.uniform(1.38, 1.68)
    paint = stage.pick(
        [(190, 192, 196), (60, 62, 66), (225, 226, 228), (160, 28, 30), (36, 66, 140),
         (96, 100, 106), (28, 30, 34), (70, 110, 80), (178, 150, 96)], 0.1
    )  # fmt: skip
    body, half, belt, sill = Body(stage, x, depth, yaw, width), length / 2, roof * 0.62, 0.3
    back = rng.uniform(0.1, 0.9)  # how far the boot reaches under the rear window
    profile = np.array(
        [[-half, sill], [half, sill], [half, belt * 0.82], [half - 1.05, belt], [half - 1.75, roof],
         [-half + back + 0.45, roof], [-half + back, belt], [-half, belt * 0.95]]
    )  # fmt: skip
    # The underbody and its wheels are darker than the paint.
    body.hull(
        np.array(
            [
                [-half + 0.1, 0.12],
                [half - 0.1, 0.12],
                [half - 0.1, sill + 0.1],
                [-half + 0.1, sill + 0.1],
            ]
        ),
        _RUBBER,
        width * 0.94,
    )
    _tyres(body, length - 0.16, 0.33)
    body.hull(profile, paint)
    glass = _glass(stage)
    pane = np.array(
        [
            [half - 1.2, belt],
            [half - 1.82, roof - 0.1],
            [-half + back + 0.55, roof - 0.1],
            [-half + back + 0.3, belt],
        ]
    )
    body.side(pane, glass)
    pillar = (half - 1.5 + -half + back) / 2
    body.side(rect(pillar, belt, pillar + 0.09, roof - 0.08), paint)
    body.side(rect(-half + 0.3, sill, half - 0.3, sill + 0.12), paint * 0.55)
    _wheels(body, [-half + 0.75, half - 0.8], 0.33)
    wide = width / 2 - 0.12
    screen = np.array(
        [
            [-wide, belt + 0.04],
            [wide, belt + 0.04],
            [wide - 0.12, roof - 0.1],
            [-wide + 0.12, roof - 0.1],
        ]
    )
    body.end(screen, -half + back, glass, lean=0.45 / (roof - belt))
    body.end(screen, half - 1.05, glass, lean=0.7 / (roof - belt))
    _lamps(body, half, belt * 0.68, belt * 0.88)
    for at in (-half, half):
        body.end(rect(-wide, sill, wide, sill + 0.16), at, paint * 0.45)
        body.end(rect(-0.26, sill + 0.16, 0.26, sill + 0.28), at, np.array([225.0, 225.0, 215.0]))
    body.end(rect(-0.5, sill + 0.2, 0.5, belt * 0.7), half, _RUBBER)
    return body.thing(label, layer, length, roof, _SMOOTH)


def bus(stage: Stage, x: float, depth: float, yaw: float, layer: int) -> Thing:
    """A city bus: one bright colour, a band of panes all round, a lit destination."""
    length, width, roof = stage.rng.uniform(9, 12), 2.5, stage.rng.uniform(2.9, 3.3)
    paint = stage.pick(
        [(232, 178, 30), (205, 40, 36), (226, 104, 24), (240, 200, 60), (176, 30, 62)], 0.08
    )
    body, half, glass = Body(stage, x, depth, yaw, width), length / 2, _glass(stage) * 0.8
    body.hull(rect(-half + 0.15, 0.15, half - 0.15, 0.6), _RUBBER, width * 0.94)
    _tyres(body, length - 0.2, 0.5)
    body.hull(rect(-half, 0.38, half, roof), paint)
    body.side(rect(-half + 0.1, 1.25, half - 0.1, roof - 0.55), glass)
    for place in np.arange(-half + 1.4, half - 0.5, 1.5):
        body.side(rect(place, 1.25, place + 0.12, roof - 0.55), paint * 0.8)
    for place in (-half * 0.1, half - 1.6):
        body.side(rect(place, 0.5, place + 1.2, roof - 0.6), glass * 1.25)
        body.side(rect(place + 0.55, 0.5, place + 0.65, roof - 0.6), paint)
    body.side(rect(-half, 0.85, half, 1.02), np.array([238.0, 238.0, 234.0]))
    _wheels(body, [-half + 2.4, half - 2.6], 0.5)
    body.end(rect(-1.08, 1.45, 1.08, roof - 0.62), -half, glass)
    body.end(rect(-1.15, 1.05, 1.15, roof - 0.6), half, glass)
    for at in (-half, half):
        body.end(rect(-0.9, roof - 0.48, 0.9, roof - 0.14), at, np.array([22.0, 22.0, 22.0]))
        body.end(
            rect(-0.7, roof - 0.4, 0.7, roof - 0.22), at, np.array([250.0, 176.0, 48.0]), glow=True
        )
        body.end(rect(-1.2, 0.38, 1.2, 0.55), at, _RUBBER)
    _lamps(body, half, 0.68, 0.98)
    return body.thing('bus', layer, length, roof, _SMOOTH)


def truck(stage: Stage, x: float, depth: float, yaw: float, layer: int) -> Thing:
    """A lorry: driver's cab before a tall box without windows, striped edge below."""
    rng = stage.rng
    length, width, roof = rng.uniform(6.5, 9.5), 2.5, rng.uniform(3.1, 3.8)
    box = stage.pick(
        [(226, 226, 222), (150, 154, 150), (196, 184, 150), (64, 98, 140), (92, 124, 100)], 0.08
    )
    cabin = stage.pick(
        [(210, 212, 214), (40, 80, 150), (170, 36, 34), (70, 120, 76), (230, 150, 40)], 0.1
    )
    body, half = Body(stage, x, depth, yaw, width), length / 2
    nose = half - rng.uniform(1.7, 2.1)
    deck = rng.uniform(0.95, 1.15)
    body.hull(rect(-half + 0.1, 0.45, half - 0.2, deck), np.array([52.0, 52.0, 56.0]), width * 0.9)
    _tyres(body, length - 0.1, 0.52)

    def cab() -> None:
        body.hull(
            np.array(
                [
                    [nose + 0.1, 0.4],
                    [half, 0.4],
                    [half, 1.5],
                    [half - 0.25, 2.75],
                    [nose + 0.1, 2.8],
                ]
            ),
            cabin,
        )
        pane = np.array(
            [[nose + 0.6, 1.5], [half - 0.08, 1.5], [half - 0.3, 2.4], [nose + 0.6, 2.4]]
        )
        body.side(pane, _glass(stage))
        body.end(rect(-1.1, 1.5, 1.1, 2.5), half, _glass(stage), lean=0.2)
        body.end(rect(-0.85, 0.7, 0.85, 1.3), half, np.array([40.0, 40.0, 42.0]))
        body.end(rect(-1.25, 0.4, 1.25, 0.6), half, np.array([46.0, 46.0, 48.0]))

    def load() -> None:
        body.hull(rect(-half, deck, nose, roof), box)
        for place in np.arange(-half + 0.5, nose - 0.2, 0.65):  # ribs of the tarpaulin
            body.side(rect(place, deck, place + 0.1, roof), box * 0.78)
        for place in (-1.2, -0.05, 1.1):  # doors
            body.end(rect(place, deck, place + 0.1, roof), -half, box * 0.6)
        body.end(rect(-1.2, roof - 0.2, 1.2, roof), -half, box * 0.72)
        body.end(rect(-1.2, deck + 1.0, 1.2, deck + 1.08), -half, box * 0.65)
        for number, place in enumerate(np.arange(-1.25, 1.24, 0.25)):  # warning stripes
            stripe = np.array([214.0, 36.0, 30.0] if number % 2 else [240.0, 240.0, 236.0])
            body.end(rect(place, deck - 0.22, place + 0.25, deck + 0.06), -half, stripe)

    # The nearer of the two hides part of the other.
    away = np.cos(yaw) > 0
    for part in (cab, load) if away else (load, cab):
        part()
    _wheels(body, [-half + 1.0, -half + 2.1, half - 1.1], 0.5)
    _lamps(body, half, 0.62, 0.86)
    return body.thing('truck', layer, length, roof, _SMOOTH)


def train(stage: Stage, x: float, depth: float, yaw: float, layer: int) -> Thing:
    """A tram: long and light above, coloured below, sloping ends, roof gear and pantograph."""
    rng = stage.rng
    length, width, roof = rng.uniform(16, 26), 2.6, rng.uniform(3.3, 3.6)
    pale = stage.pick([(232, 232, 226), (214, 220, 222), (236, 226, 196)], 0.04)
    livery = stage.pick([(24, 110, 120), (30, 80, 160), (46, 130, 70), (120, 50, 130)], 0.08)
    body, half, glass = Body(stage, x, depth, yaw, width), length / 2, _glass(stage)
    gear = np.array([92.0, 96.0, 100.0])
    for place in (-half * 0.6, 0.0, half * 0.6):
        body.hull(rect(place - 1.6, roof, place + 1.6, roof + 0.32), gear, width * 0.6)
    slope = 0.7
    profile = np.array(
        [
            [-half, 0.2],
            [half, 0.2],
            [half, 1.3],
            [half - slope, roof],
            [-half + slope, roof],
            [-half, 1.3],
        ]
    )
    body.hull(profile, pale)
    low, high = rect(-half, 0.42, half, 1.3), rect(-half + 0.55, 1.45, half - 0.55, 2.65)
    body.side(rect(-half, 0.2, half, 0.44), np.array([44.0, 44.0, 48.0]))
    body.side(low, livery)
    body.side(rect(-half + slope, roof - 0.3, half - slope, roof), livery)
    body.side(high, glass)
    for place in np.arange(-half + 1.6, half - 1.0, 2.0):
        body.side(rect(place, 1.45, place + 0.22, 2.65), pale)
    for place in np.arange(-half + 2.6, half - 2.0, 6.0):  # doors
        body.side(rect(place, 0.45, place + 1.3, 2.75), pale * 0.9)
        body.side(rect(place + 0.12, 0.8, place + 0.58, 2.6), glass)
        body.side(rect(place + 0.72, 0.8, place + 1.18, 2.6), glass)
    for place in np.arange(-half + 8.0, half - 6.0, 8.0):  # bellows
        body.side(rect(place, 0.3, place + 0.5, roof), np.array([58.0, 58.0, 62.0]))
    for at in (-half, half):
        body.end(rect(-width / 2, 0.42, width / 2, 1.3), at, livery)
        body.end(rect(-width / 2, 0.2, width / 2, 0.42), at, np.array([44.0, 44.0, 48.0]))
        screen = np.array([[-1.15, 1.35], [1.15, 1.35], [1.0, 2.7], [-1.0, 2.7]])
        body.end(screen, at, glass, lean=slope / (roof - 1.3))
        body.end(
            rect(-0.6, 2.8, 0.6, 3.1),
            at - np.sign(at) * 0.5,
            np.array([250.0, 200.0, 90.0]),
            glow=True,
        )
    _lamps(body, half, 0.78, 1.02)
    return body.thing('train', layer, length, roof, _SMOOTH)
