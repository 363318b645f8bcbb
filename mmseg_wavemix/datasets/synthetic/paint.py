"""From things to pixels and polygons: outlines, textures, shadows, haze, blur and noise.

Each thing is painted strictly inside the pixels which its polygon covers when the official
Cityscapes scripts rasterise it, so that picture and labels agree by construction, up to the final
soft blur.
"""

import cv2
import numpy as np
from PIL import Image, ImageDraw

from .scene import compose
from .shapes import Thing
from .stage import Stage

_SHIFT = 4  # fractional bits of the corners given to OpenCV
_SPLITS = {'train': 0, 'val': 1}


def _fill(
    target: np.ndarray, points: np.ndarray, colour: float | tuple[float, ...], soft: bool = True
) -> None:
    """Fill a polygon (N, 2) into ``target`` in place; ``soft`` smooths the edge."""
    if soft:
        corners = np.round(points * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(target, [corners], colour, lineType=cv2.LINE_AA, shift=_SHIFT)
    else:
        cv2.fillPoly(target, [np.round(points).astype(np.int32)], colour)


class Painter:
    """The growing picture (H, W, 3) uint8 and the list of labelled polygons."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.objects = stage, []
        self.rows, self.columns = stage.camera.size
        self._noise = stage.rng.standard_normal((256, 256)).astype(np.float32)
        self._mask = Image.new('L', (self.columns, self.rows), 0)
        self._drawer = ImageDraw.Draw(self._mask)
        self._x, self._z = stage.camera.ground()
        self.canvas = np.zeros((self.rows, self.columns, 3), np.uint8)
        self._sky()

    def _grain(self, shape: tuple[int, int], cell: tuple[float, float]) -> np.ndarray:
        """Smooth noise (h, w) of unit variance or so with cells that many pixels high and wide."""
        cut = [
            min(256, max(2, int(np.ceil(n / max(c, 1.0))) + 2))
            for n, c in zip(shape, cell, strict=True)
        ]
        top, left = (int(self.stage.rng.integers(0, 257 - n)) for n in cut)
        small = self._noise[top : top + cut[0], left : left + cut[1]]
        return cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)

    def _sky(self) -> None:
        light = self.stage.light
        rise = np.clip(
            1 - np.arange(self.rows, dtype=np.float32) / self.stage.camera.horizon, 0, 1
        )[:, None, None]
        sky = light.sky_low + (light.sky_top - light.sky_low) * rise**0.7
        size = (self.rows, self.columns)
        cloud = (
            sum(self._grain(size, (self.rows / n / 2, self.columns / n)) / n for n in (3, 7, 16))
            * 3
        )
        cover = np.clip(cloud * 0.5 + 0.2, 0, 1)[..., None] * light.clouds * 0.7
        sky = (
            sky * (1 - cover)
            + (light.sky_low * 0.4 + 150)
            * np.clip(0.85 + 0.12 * cloud[..., None], 0.6, 1.1)
            * cover
        )
        self.canvas[:] = np.clip(sky, 0, 255).astype(np.uint8)
        right, bottom = self.columns - 1, self.rows - 1
        self.objects.append(
            {'label': 'sky', 'polygon': [[0, 0], [right, 0], [right, bottom], [0, bottom]]}
        )

    def _outlines(self, thing: Thing) -> list[np.ndarray]:
        """Outer contours (N, 2) of the strokes' union in whole pixels, largest first."""
        shapes = [stroke.points for stroke in thing.strokes if stroke.outline]
        corners = np.concatenate(shapes)
        low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 2, [self.columns, self.rows])
        if (high - low < 3).any():
            return []
        union = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        for shape in shapes:
            _fill(union, shape - low, 255, soft=False)
        contours = cv2.findContours(union, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
        contours = [
            contour[:, 0] + low
            for contour in contours
            if len(contour) >= 3 and cv2.contourArea(contour) >= 3
        ]
        return sorted(contours, key=cv2.contourArea, reverse=True)

    def _inside(self, polygon: np.ndarray) -> tuple[slice, slice, np.ndarray]:
        """Rows, columns and mask (h, w) of a polygon exactly as the official scripts draw it."""
        left, top = (int(v) for v in polygon.min(axis=0))
        right, bottom = (int(v) for v in polygon.max(axis=0))
        self._drawer.polygon([tuple(corner) for corner in polygon.tolist()], fill=1)
        mask = np.asarray(self._mask.crop((left, top, right + 1, bottom + 1))).astype(bool)
        self._drawer.rectangle((left, top, right, bottom), fill=0)
        return slice(top, bottom + 1), slice(left, right + 1), mask

    def add(self, thing: Thing) -> None:
        """Paint a thing over all before it and record its polygons; tiny ones are left out."""
        contours = self._outlines(thing)
        # What has instances stays one polygon: a second would count as another instance.
        parts = thing.ground or thing.label in ('vegetation', 'fence', 'wall')
        for polygon in contours if parts else contours[:1]:
            rows, columns, mask = self._inside(polygon)
            below = self.canvas[rows, columns]
            patch, cover = below.copy(), None
            if thing.sheer:
                cover = np.zeros(mask.shape, np.uint8)
            origin = np.array([columns.start, rows.start])
            for stroke in thing.strokes:
                if stroke.colour is None:
                    continue
                colour = tuple(float(c) for c in np.clip(stroke.colour, 0, 255))
                _fill(patch, stroke.points - origin, colour)
                if cover is not None:
                    _fill(cover, stroke.points - origin, 255)
            finished = self._surface(thing, patch.astype(np.float32), rows, columns)
            if cover is not None:
                weight = (cover.astype(np.float32) / 255)[..., None]
                finished = finished * weight + below * (1 - weight)
            below[mask] = np.clip(finished[mask], 0, 255).astype(np.uint8)
            self.objects.append({'label': thing.label, 'polygon': polygon.tolist()})

    def _surface(self, thing: Thing, patch: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
        """Texture and haze for a patch (h, w, 3) of a thing."""
        light, texture, shape = self.stage.light, thing.texture, patch.shape[:2]
        if thing.ground:
            x, depth = self._x[rows, columns], self._z[rows, columns]
            # Grain smaller than a pixel averages out with distance.
            fade = np.minimum(1.0, self.stage.camera.focal * texture.cell * 2.5 / depth)
            grain = sum(
                cv2.remap(
                    self._noise,
                    x / size,
                    depth / size / texture.stretch,
                    cv2.INTER_LINEAR,
                    borderMode=cv2.BORDER_WRAP,
                )
                * part
                for size, part in ((texture.cell, 0.7), (texture.cell * 9, 0.5))
            )
            factor = 1 + texture.contrast * grain * fade
            if texture.joints:
                width = 0.05 + depth * 0.8 / self.stage.camera.focal
                joint = (np.mod(x, texture.joints) < width) | (
                    np.mod(depth, texture.joints) < width * 1.6
                )
                factor = factor * (1 - 0.3 * joint * np.clip(1.4 - depth / 22, 0, 1))
            patch = patch * factor[..., None]
            if light.wet and thing.label == 'road':
                patch += (
                    (light.sky_low - patch) * light.wet * np.clip(depth / 45, 0.15, 1)[..., None]
                )
            haze = 1 - np.exp(-light.haze * depth)[..., None]
        else:
            metre = self.stage.camera.scale(thing.distance)
            cells = [max(texture.cell * metre * size, 1.3) for size in (1, 3.5)]
            grain = sum(self._grain(shape, (cell * texture.stretch, cell)) for cell in cells)
            patch = patch * (1 + 0.6 * texture.contrast * grain)[..., None]
            haze = 1 - np.exp(-light.haze * thing.distance)
        return patch + (light.sky_low * 0.95 - patch) * haze if thing.haze else patch

    def shade(self, shadows: list[np.ndarray]) -> None:
        """Darken the ground under polygons (N, 2), with a soft edge."""
        dark = np.zeros((self.rows, self.columns), np.uint8)
        for shadow in shadows:
            _fill(dark, shadow, 255)
        soft = cv2.GaussianBlur(dark, (0, 0), max(0.6, self.rows / 200)).astype(np.float32) / 255
        # The sky stays bright: shadows lie below the horizon only.
        soft[: max(0, int(self.stage.camera.horizon) + 1)] = 0
        shaded = self.canvas * (1 - self.stage.light.shadow * soft)[..., None]
        self.canvas[:] = shaded.astype(np.uint8)

    def develop(self) -> np.ndarray:
        """The photograph (H, W, 3): blur, vignette, exposure, white balance and noise."""
        rng, unit = self.stage.rng, self.rows / 256
        image = cv2.GaussianBlur(
            self.canvas, (0, 0), rng.uniform(0.35, 0.75) * max(unit, 0.6)
        ).astype(np.float32)
        down, across = (
            np.linspace(-1, 1, self.rows)[:, None] ** 2,
            np.linspace(-1, 1, self.columns)[None] ** 2,
        )
        image *= (1 - rng.uniform(0.03, 0.16) * (down + across)).astype(np.float32)[..., None]
        image *= (rng.uniform(0.9, 1.3) * rng.uniform(0.96, 1.04, 3)).astype(np.float32)
        noise = rng.standard_normal(image.shape, np.float32)
        image += noise * np.sqrt(
            rng.uniform(1.0, 3.5) ** 2 + np.maximum(image, 0) * rng.uniform(0.02, 0.12)
        ).astype(np.float32)
        return np.clip(image, 0, 255).astype(np.uint8)


def synthesize(
    seed: int, index: int, size: tuple[int, int], split: str = 'train'
) -> tuple[np.ndarray, dict]:
    """Paint scene ``index`` of a split: picture and annotation.

    Args:
        seed: seed of the whole data set, 0 or more.
        index: number of the scene within its split, from 0.
        size: height and width in pixels.
        split: "train" or "val"; the two never share a scene.

    Returns:
        RGB picture (H, W, 3) uint8, and the annotation as Cityscapes polygon JSON holds it:
        ``imgHeight``, ``imgWidth`` and ``objects``, each with ``label`` and ``polygon``
        [[x, y], ...], in painting order.

    Raises:
        KeyError: ``split`` is neither.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_SPLITS[split], index)))
    stage = Stage.sample(rng, size)
    things = compose(stage)
    painter = Painter(stage)
    for thing in things:
        if thing.ground:
            painter.add(thing)
    painter.shade([shadow for thing in things for shadow in thing.shadows])
    for thing in things:
        if not thing.ground:
            painter.add(thing)
    annotation = {'imgHeight': size[0], 'imgWidth': size[1], 'objects': painter.objects}
    return painter.develop(), annotation
