"""What a scene is made of: strokes of colour, the things they add up to, and solid bodies."""

from dataclasses import dataclass, field

import numpy as np

from .stage import Stage


@dataclass(frozen=True)
class Texture:
    """Grain of a surface: ``cell`` metres, relative ``contrast``, ``stretch`` > 1 in height."""

    cell: float = 0.1
    contrast: float = 0.05
    stretch: float = 1.0
    joints: float = 0.0  # side of paving slabs in metres, ground only


@dataclass(frozen=True)
class Stroke:
    """A polygon (N, 2) in pixels and its RGB colour (3,), 0..255; no colour = outline only."""

    points: np.ndarray
    colour: np.ndarray | None
    outline: bool = True  # does the thing's label reach as far as this stroke?


@dataclass
class Thing:
    """One labelled thing, whose outline is the outer contour of its strokes.

    ``layer`` and ``distance`` (metres) give the painter's order: layers from 0 up, each from far
    to near.
    """

    label: str
    layer: int
    distance: float
    strokes: list[Stroke]
    texture: Texture = Texture()
    shadows: list[np.ndarray] = field(
        default_factory=list
    )  # polygons (N, 2) in pixels on the ground
    ground: bool = False
    sheer: bool = False  # what stands behind shows between the strokes
    haze: bool = True


def disc(x: float, y: float, radius: float, sides: int = 14, flat: float = 1.0) -> np.ndarray:
    """Ellipse (sides, 2) about (x, y), ``flat`` times as wide as high."""
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    return np.stack([x + radius * flat * np.cos(turn), y + radius * np.sin(turn)], axis=1)


def rect(left: float, bottom: float, right: float, top: float) -> np.ndarray:
    """Upright rectangle (4, 2)."""
    return np.array([[left, bottom], [right, bottom], [right, top], [left, top]], float)


def limb(start: tuple[float, float], end: tuple[float, float], width: float) -> np.ndarray:
    """Bar (4, 2) of ``width`` from ``start`` to ``end``."""
    a, b = np.array(start, float), np.array(end, float)
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-6)
    side = np.array([-along[1], along[0]]) * width / 2
    return np.stack([a + side, b + side, b - side, a - side])


def blob(
    rng: np.random.Generator, x: float, y: float, radius: float, rough: float, sides: int = 26
) -> np.ndarray:
    """Irregular round shape (sides, 2), as a crown of leaves."""
    shape = disc(0, 0, radius, sides) * (1 + rough * rng.normal(0, 1, (sides, 1)))
    return shape + [x, y]


class Body:
    """An upright solid: a side profile (N, 2) of length and height, drawn out to ``width``.

    Local coordinates are metres: u to the right of the direction of travel, y up, l forward.
    ``yaw`` is radians clockwise from Z; 0 drives away from the camera, pi comes towards it.
    """

    def __init__(self, stage: Stage, x: float, depth: float, yaw: float, width: float) -> None:
        self.stage, self.x, self.depth, self.yaw, self.width = stage, x, depth, yaw, width
        self.strokes: list[Stroke] = []
        self._ahead = np.array([np.sin(yaw), 0.0, np.cos(yaw)])
        self._right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])

    def world(self, local: np.ndarray) -> np.ndarray:
        """World points (N, 3) of local (N, 3)."""
        local = np.asarray(local, float)
        origin = np.array([self.x, 0.0, self.depth])
        return (
            origin
            + local[:, :1] * self._right
            + local[:, 1:2] * [0.0, 1.0, 0.0]
            + local[:, 2:] * self._ahead
        )

    def normal(self, local: tuple[float, float, float]) -> np.ndarray:
        """World direction (3,) of a local one."""
        return local[0] * self._right + np.array([0.0, local[1], 0.0]) + local[2] * self._ahead

    def face(
        self,
        local: np.ndarray,
        normal: tuple[float, float, float],
        colour: np.ndarray,
        glow: bool = False,
    ) -> bool:
        """Paint a flat face (N, 3) if its outside is seen; ``glow`` keeps the colour as it is."""
        points, outward = self.world(local), self.normal(normal)
        eye = np.array([0.0, self.stage.camera.height, 0.0])
        if float(np.dot(outward, points.mean(axis=0) - eye)) >= 0:
            return False
        shade = colour if glow else self.stage.light.shade(colour, outward)
        self.strokes.append(Stroke(self.stage.camera.project(points), shade))
        return True

    def hull(self, profile: np.ndarray, colour: np.ndarray, width: float | None = None) -> None:
        """Paint the visible faces of the solid with that counter-clockwise profile (N, 2)."""
        profile, half = np.asarray(profile, float), (width or self.width) / 2
        following = np.roll(profile, -1, axis=0)
        faces = []
        for (l0, y0), (l1, y1) in zip(profile, following, strict=True):
            size = float(np.hypot(l1 - l0, y1 - y0))
            local = np.array([[-half, y0, l0], [half, y0, l0], [half, y1, l1], [-half, y1, l1]])
            faces.append((local, (0.0, -(l1 - l0) / size, (y1 - y0) / size)))
        for side in (-1.0, 1.0):
            local = np.column_stack(
                [np.full(len(profile), side * half), profile[:, 1], profile[:, 0]]
            )
            faces.append((local, (side, 0.0, 0.0)))
        faces.sort(key=lambda item: -self.world(item[0])[:, 2].mean())
        for local, normal in faces:
            self.face(local, normal, colour)

    def side(
        self, shape: np.ndarray, colour: np.ndarray, width: float | None = None, glow: bool = False
    ) -> None:
        """Paint a shape (N, 2) of length and height on whichever long side is seen."""
        shape, half = np.asarray(shape, float), (width or self.width) / 2
        for sign in (-1.0, 1.0):
            local = np.column_stack([np.full(len(shape), sign * half), shape[:, 1], shape[:, 0]])
            self.face(local, (sign, 0.0, 0.0), colour, glow)

    def end(
        self,
        shape: np.ndarray,
        at: float,
        colour: np.ndarray,
        glow: bool = False,
        lean: float = 0.0,
    ) -> bool:
        """Paint a shape (N, 2) of u and height at length ``at``, leaning back ``lean`` a metre."""
        shape, sign = np.asarray(shape, float), 1.0 if at > 0 else -1.0
        length = at - sign * lean * (shape[:, 1] - shape[:, 1].min())
        return self.face(np.column_stack([shape, length]), (0.0, lean, sign), colour, glow)

    def foot(self, length: float) -> np.ndarray:
        """Footprint (4, 2), world X and Z, of a body that long about its middle."""
        half, reach = self.width / 2, length / 2
        local = np.array(
            [[-half, 0, -reach], [half, 0, -reach], [half, 0, reach], [-half, 0, reach]]
        )
        return self.world(local)[:, [0, 2]]

    def thing(
        self, label: str, layer: int, length: float, height: float, texture: Texture
    ) -> Thing:
        """The finished thing, with its shadow."""
        foot = self.foot(length)
        shadows = [self.stage.cast(foot, height)]
        return Thing(label, layer, float(foot[:, 1].min()), self.strokes, texture, shadows)
