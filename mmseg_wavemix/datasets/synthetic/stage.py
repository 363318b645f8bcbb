"""The stage of one scene: a pinhole camera over a ground plane, a bending street, and the light.

World coordinates are metres: X to the right, Y up from the ground, Z away from the camera, which
stands at ``(0, height, 0)`` and looks along Z. Pitch is a shift of the horizon row (small angles),
so that every size in the picture follows from depth alone: ``x = cx + f X / Z``,
``y = horizon + f (height - Y) / Z``.
"""

from dataclasses import dataclass

import cv2
import numpy as np

NEAR = 0.9  # metres; nothing is projected from closer
FRONT, LEFT, RIGHT, UP = (0.0, 0.0, -1.0), (-1.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


@dataclass(frozen=True)
class Camera:
    """Pinhole camera; pixels, but ``height`` in metres; ``size`` is (rows, columns)."""

    size: tuple[int, int]
    focal: float
    centre: float
    horizon: float
    height: float

    @classmethod
    def sample(cls, rng: np.random.Generator, size: tuple[int, int]) -> 'Camera':
        """Draw a camera as on a car's windscreen: field of view 65 to 78 degrees across."""
        rows, columns = size
        return cls(
            size=size,
            focal=columns * rng.uniform(0.62, 0.78),
            centre=columns * rng.uniform(0.44, 0.56),
            horizon=rows * rng.uniform(0.36, 0.48),
            height=rng.uniform(1.5, 2.3),
        )

    def project(self, points: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of world points (N, 3); depths below ``NEAR`` are taken as ``NEAR``."""
        depth = np.maximum(points[:, 2], NEAR)
        x = self.centre + self.focal * points[:, 0] / depth
        y = self.horizon + self.focal * (self.height - points[:, 1]) / depth
        return np.stack([x, y], axis=1)

    def scale(self, depth: float) -> float:
        """Pixels a metre at ``depth`` metres."""
        return self.focal / max(depth, NEAR)

    def ground(self) -> tuple[np.ndarray, np.ndarray]:
        """World X and Z of the ground at each pixel, (H, W) metres; 300 above the horizon."""
        rows, columns = self.size
        below = np.arange(rows, dtype=np.float32) + 0.5 - self.horizon
        depth = np.where(below > 0, self.focal * self.height / np.maximum(below, 1e-3), 300.0)
        depth = np.minimum(depth, 300.0).astype(np.float32)[:, None]
        across = (np.arange(columns, dtype=np.float32) + 0.5 - self.centre)[None] / self.focal
        return across * depth, np.repeat(depth, columns, axis=1)


@dataclass(frozen=True)
class Light:
    """Sun, sky and air of one scene; colours are RGB in 0..255, factors multiply them."""

    sun: np.ndarray  # unit vector towards the sun
    direct: float
    ambient: float
    tint: np.ndarray
    sky_top: np.ndarray
    sky_low: np.ndarray
    clouds: float
    haze: float  # extinction a metre
    shadow: float  # how dark a cast shadow is, 0..1
    wet: float  # how much the road mirrors the sky, 0..1

    @classmethod
    def sample(cls, rng: np.random.Generator) -> 'Light':
        """Draw one of five kinds of weather: sun, broken cloud, overcast, dusk, mist after rain."""
        kind = rng.choice(
            ['sun', 'broken', 'overcast', 'dusk', 'mist'], p=[0.3, 0.2, 0.22, 0.16, 0.12]
        )
        top, low, direct, ambient, tint, clouds, haze, shadow, wet = {
            'sun': (
                (70, 130, 215),
                (185, 212, 238),
                0.62,
                0.50,
                (1.05, 1.0, 0.92),
                0.25,
                0.002,
                0.5,
                0,
            ),
            'broken': (
                (110, 150, 205),
                (205, 215, 228),
                0.45,
                0.58,
                (1.02, 1, 0.96),
                0.8,
                0.004,
                0.4,
                0,
            ),
            'overcast': (
                (168, 176, 186),
                (205, 208, 212),
                0.08,
                0.80,
                (0.97, 1, 1.03),
                0.4,
                0.006,
                0.22,
                0.15,
            ),
            'dusk': (
                (86, 92, 140),
                (240, 176, 128),
                0.38,
                0.42,
                (1.12, 0.96, 0.86),
                0.5,
                0.005,
                0.35,
                0,
            ),
            'mist': (
                (176, 182, 188),
                (200, 204, 206),
                0.05,
                0.74,
                (0.98, 1, 1.02),
                0.15,
                0.016,
                0.2,
                0.35,
            ),
        }[kind]
        azimuth, height = (
            rng.uniform(-np.pi, np.pi),
            np.radians(rng.uniform(14, 28) if kind == 'dusk' else rng.uniform(28, 65)),
        )
        sun = np.array(
            [np.cos(height) * np.sin(azimuth), np.sin(height), np.cos(height) * np.cos(azimuth)]
        )
        jitter = rng.uniform(0.9, 1.1)
        return cls(
            sun=sun,
            direct=direct * jitter,
            ambient=ambient * rng.uniform(0.92, 1.08),
            tint=np.array(tint) * rng.uniform(0.97, 1.03, 3),
            sky_top=np.array(top) * rng.uniform(0.88, 1.08),
            sky_low=np.array(low) * rng.uniform(0.92, 1.04),
            clouds=clouds * rng.uniform(0.5, 1.3),
            haze=haze * rng.uniform(0.6, 1.5),
            shadow=shadow,
            wet=wet * rng.uniform(0.5, 1.2),
        )

    def shade(
        self, colour: np.ndarray, normal: tuple[float, float, float] | np.ndarray = FRONT
    ) -> np.ndarray:
        """The colour a matt surface of that albedo (3,) and outward normal shows."""
        return (
            colour
            * (self.ambient + self.direct * max(0.0, float(np.dot(normal, self.sun))))
            * self.tint
        )


@dataclass(frozen=True)
class Stage:
    """What every part of a scene is built against: camera, light, street and its random numbers."""

    camera: Camera
    light: Light
    rng: np.random.Generator
    bend: float  # curvature of the street, 1/m; positive bends to the right

    @classmethod
    def sample(cls, rng: np.random.Generator, size: tuple[int, int]) -> 'Stage':
        """Draw camera, weather and curvature for a picture of ``size`` (H, W)."""
        return cls(Camera.sample(rng, size), Light.sample(rng), rng, rng.uniform(-0.005, 0.005))

    def across(self, lateral: float | np.ndarray, depth: float | np.ndarray) -> float | np.ndarray:
        """World X of a place ``lateral`` metres right of the street's axis at ``depth``."""
        return lateral + 0.5 * self.bend * depth * depth

    def heading(self, depth: float) -> float:
        """Direction of the street at ``depth``, radians clockwise from Z seen from above."""
        return float(np.arctan(self.bend * depth))

    def floor(self, lateral: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of points painted on the street, given by street coordinates (N,)."""
        depth = np.maximum(np.asarray(depth, float), NEAR)
        lateral = self.across(np.asarray(lateral, float), depth)
        return self.camera.project(np.stack([lateral, np.zeros_like(depth), depth], axis=1))

    def upright(self, shape: np.ndarray, x: float, depth: float) -> np.ndarray:
        """Pixels of a flat shape (N, 2), metres right and up, facing the camera at (x, depth)."""
        shape = np.asarray(shape, float)
        world = np.stack([x + shape[:, 0], shape[:, 1], np.full(len(shape), depth)], axis=1)
        return self.camera.project(world)

    def cast(self, foot: np.ndarray, height: float) -> np.ndarray:
        """Pixels of the shadow of an upright body with footprint (N, 2), world X and Z."""
        reach = -self.light.sun[[0, 2]] / max(self.light.sun[1], 0.2) * height
        # A diffuse sky leaves only the dark of contact.
        reach = reach * (1.0 if self.light.direct > 0.2 else 0.12)
        hull = cv2.convexHull(np.concatenate([foot, foot + reach]).astype(np.float32))[:, 0].astype(
            float
        )
        return self.camera.project(np.stack([hull[:, 0], np.zeros(len(hull)), hull[:, 1]], axis=1))

    def pick(self, colours: list[tuple[int, int, int]], spread: float = 0.12) -> np.ndarray:
        """One of ``colours`` with brightness and hue jittered: RGB (3,) albedo, 0..255."""
        base = np.array(colours[int(self.rng.integers(len(colours)))], float)
        return np.clip(
            base * self.rng.normal(1.0, spread) + self.rng.normal(0, 60 * spread, 3), 8, 250
        )

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return bool(self.rng.random() < probability)
