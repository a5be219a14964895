"""Insects drawn from above: layers of body, legs and wings with their transparency."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from datasets.synthesis.pictures import Box
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image

Point = tuple[float, float]
Colour = tuple[float, float, float]

_SUPERSAMPLED = 3
"""Drawn this much larger and shrunk, so that thin legs fade instead of breaking."""
_MARGIN = 0.75
"""Half the side of the drawing, in body lengths: legs and wings reach past the body."""
_SEEN = 0.2
"""Opacity from which a pixel belongs to the insect's box."""


@dataclass
class Canvas:
    """A transparent square on which an insect is drawn in units of its body length.

    The origin lies in the middle of the body, x points to the head, y to the insect's left.

    Attributes:
        length_px: Body length in pixels of the final picture.
        turn: Direction of the head in radians, clockwise from the picture's right.
        colour: float32 (S, S, 3), BGR, 0 to 1.
        opacity: float32 (S, S), 0 to 1.
    """

    length_px: float
    turn: float
    colour: Array = field(init=False)
    opacity: Array = field(init=False)

    def __post_init__(self) -> None:
        side = max(8, int(np.ceil(2 * _MARGIN * self.length_px))) * _SUPERSAMPLED
        self.colour = np.zeros((side, side, 3), np.float32)
        self.opacity = np.zeros((side, side), np.float32)

    def blob(
        self, centre: Point, radii: Point, colour: Colour, opacity: float, tilt: float = 0.0
    ) -> None:
        """Paint an ellipse; `tilt` turns its first radius away from the body's axis, radians."""
        mask = np.zeros(self.opacity.shape, np.uint8)
        x, y = self._place(centre)
        axes = radii[0] * self._scale, radii[1] * self._scale
        angle = float(np.degrees(self.turn + tilt))
        cv2.ellipse(mask, ((x, y), (2 * axes[0], 2 * axes[1]), angle), 255, cv2.FILLED, cv2.LINE_AA)
        self._paint(mask, colour, opacity)

    def shape(self, outline: Sequence[Point], colour: Colour, opacity: float) -> None:
        """Paint a filled polygon."""
        mask = np.zeros(self.opacity.shape, np.uint8)
        corners = np.rint([self._place(point) for point in outline]).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA)
        self._paint(mask, colour, opacity)

    def line(self, points: Sequence[Point], width: float, colour: Colour, opacity: float) -> None:
        """Paint a line of a width in body lengths."""
        mask = np.zeros(self.opacity.shape, np.uint8)
        corners = np.rint([self._place(point) for point in points]).astype(np.int32)
        thick = max(1, round(width * self._scale))
        cv2.polylines(mask, [corners], False, 255, thick, cv2.LINE_AA)
        self._paint(mask, colour, opacity)

    def roughen(self, rng: np.random.Generator, strength: float) -> None:
        """Vary the brightness, so that no part is of one plain colour."""
        side = len(self.opacity)
        cell = max(2.0, side / 24)
        grain = noise(rng, (side, side), (cell, cell))
        self.colour = np.clip(self.colour * (1 + strength * grain[..., None]), 0, 1)

    def onto(self, picture: Image, at: Point, shadow: float = 0.0) -> Box | None:
        """Lay the insect onto a picture, in place.

        Args:
            picture: uint8 (H, W, 3), BGR.
            at: x, y of the middle of the body in pixels.
            shadow: How dark the soft shadow around it is, 0 to 1.

        Returns:
            x1, y1, x2, y2 of what is seen of it in pixels, clipped to the picture; None if nothing
            is.
        """
        side = len(self.opacity) // _SUPERSAMPLED
        colour = cv2.resize(
            self.colour * self.opacity[..., None], (side, side), interpolation=cv2.INTER_AREA
        )
        opacity = cv2.resize(self.opacity, (side, side), interpolation=cv2.INTER_AREA)
        left, top = round(at[0] - side / 2), round(at[1] - side / 2)
        height, width = picture.shape[:2]
        x1, y1, x2, y2 = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
        if x1 >= x2 or y1 >= y2:
            return None
        part = slice(y1 - top, y2 - top), slice(x1 - left, x2 - left)
        under = picture[y1:y2, x1:x2].astype(np.float32) / 255
        if shadow:
            soft = cv2.GaussianBlur(opacity, (0, 0), max(0.8, side / 28))
            under *= 1 - shadow * np.asarray(soft)[part][..., None]
        seen = np.asarray(opacity)[part]
        mixed = under * (1 - seen[..., None]) + np.asarray(colour)[part]
        picture[y1:y2, x1:x2] = np.clip(mixed * 255, 0, 255).astype(np.uint8)
        rows, columns = np.flatnonzero((seen > _SEEN).any(1)), np.flatnonzero((seen > _SEEN).any(0))
        if not len(rows):
            return None
        return (
            float(x1 + columns[0]),
            float(y1 + rows[0]),
            float(x1 + columns[-1] + 1),
            float(y1 + rows[-1] + 1),
        )

    @property
    def _scale(self) -> float:
        return self.length_px * _SUPERSAMPLED

    def _place(self, point: Point) -> Point:
        along, left = point
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        middle = len(self.opacity) / 2
        x = middle + self._scale * (along * cos + left * sin)
        y = middle + self._scale * (along * sin - left * cos)
        return float(x), float(y)

    def _paint(self, mask: Image, colour: Colour, opacity: float) -> None:
        left, top, width, height = cv2.boundingRect(mask)
        part = slice(top, top + height), slice(left, left + width)
        added = mask[part].astype(np.float32) * np.float32(opacity / 255)
        total = added + self.opacity[part] * (1 - added)
        share = (added / np.maximum(total, 1e-6))[..., None]
        self.colour[part] += share * (np.array(colour, np.float32) - self.colour[part])
        self.opacity[part] = total


def _shade(level: float, tint: Sequence[float]) -> Colour:
    blue, green, red = (float(np.clip(level * part, 0, 1)) for part in tint)
    return blue, green, red


def fly(rng: np.random.Generator, length_px: float) -> Canvas:
    """Draw a small fly, gnat or winged aphid as it lies stuck, wings and legs spread anyhow."""
    canvas = Canvas(length_px, float(rng.uniform(0, 2 * np.pi)))
    dark = float(rng.uniform(0.05, 0.22))
    tint = np.array([0.75, 0.95, 1.15]) if rng.random() < 0.7 else np.array([0.8, 1.25, 1.0])
    body: Colour = tuple(np.clip(dark * tint, 0, 1).tolist())
    wing: Colour = tuple(
        np.clip(rng.uniform(0.32, 0.5) * np.array([0.8, 1.0, 1.05]), 0, 1).tolist()
    )
    slim = float(rng.uniform(0.75, 1.2))
    for side in (-1, 1):
        for attached, reach in ((0.18, 0.32), (0.08, 0.4), (-0.02, 0.46)):
            if rng.random() < 0.85:
                lean = float(rng.normal(attached * 2.2 - 0.25, 0.16))
                knee = (attached + lean * 0.4, side * reach * float(rng.uniform(0.45, 0.7)))
                foot = (attached + lean, side * reach * float(rng.uniform(0.75, 1.25)))
                canvas.line([(attached, side * 0.05), knee, foot], 0.022, body, 0.85)
    for side in (-1, 1):
        if rng.random() < 0.9:
            spread = float(np.clip(rng.normal(0.45, 0.3), 0.06, 1.3))
            reach = float(rng.uniform(0.28, 0.38))
            middle = (0.1 - reach * np.cos(spread), side * (0.06 + reach * np.sin(spread)))
            canvas.blob(
                middle, (reach, reach * 0.38), wing, float(rng.uniform(0.3, 0.55)), side * spread
            )
            tip = (0.1 - 1.8 * reach * np.cos(spread), side * (0.06 + 1.8 * reach * np.sin(spread)))
            canvas.line([(0.1, side * 0.06), tip], 0.015, body, 0.45)
    canvas.blob((-0.2, 0.0), (0.28, 0.11 * slim), body, 0.93)
    canvas.blob((0.14, 0.0), (0.15, 0.125 * slim), body, 0.97)
    canvas.blob((0.33, 0.0), (0.085, 0.09 * slim), body, 0.97)
    for side in (-1, 1):
        canvas.line([(0.38, side * 0.03), (0.5, side * 0.12)], 0.018, body, 0.7)
    canvas.blob((0.16, 0.04), (0.05, 0.03), _shade(dark + 0.28, (1.0, 1.0, 1.0)), 0.6)
    canvas.roughen(rng, 0.25)
    return canvas


def weevil(rng: np.random.Generator, length_px: float, turn: float) -> Canvas:
    """Draw a rice water weevil from above: a snout, a thorax, ribbed wing cases."""
    canvas = Canvas(length_px, turn)
    grey = float(rng.uniform(0.26, 0.42))
    shell, dark = _shade(grey, (0.8, 0.95, 1.08)), _shade(grey * 0.42, (0.85, 0.95, 1.05))
    for side in (-1, 1):
        for attached, lean in ((0.22, 0.16), (0.05, 0.02), (-0.12, -0.18)):
            bend = float(rng.normal(0, 0.03))
            knee = (attached + lean * 0.7 + bend, side * 0.3)
            foot = (attached + lean * 1.5 + bend, side * 0.42)
            canvas.line([(attached, side * 0.12), knee, foot], 0.045, dark, 1.0)
    canvas.line([(0.36, 0.0), (0.5, 0.0)], 0.075, dark, 1.0)
    for side in (-1, 1):
        canvas.line(
            [(0.46, side * 0.02), (0.5, side * 0.12), (0.58, side * 0.14)], 0.022, dark, 1.0
        )
    canvas.blob((0.34, 0.0), (0.07, 0.075), dark, 1.0)
    canvas.blob((0.2, 0.0), (0.14, 0.145), shell, 1.0)
    canvas.blob((-0.14, 0.0), (0.33, 0.205), shell, 1.0)
    for across in np.linspace(-0.15, 0.15, 7):
        half = 0.3 * np.sqrt(max(0.05, 1 - (across / 0.2) ** 2))
        canvas.line([(-0.14 - half, across), (-0.14 + half, across)], 0.012, dark, 0.55)
    canvas.blob((-0.1, 0.0), (0.2, 0.08), dark, 0.55)
    canvas.blob((0.0, 0.1), (0.12, 0.03), (0.75, 0.78, 0.78), 0.25)
    canvas.roughen(rng, 0.28)
    return canvas


def moth(rng: np.random.Generator, length_px: float, turn: float) -> Canvas:
    """Draw a resting stem borer moth: a pale wedge of folded wings, a dark dot on each."""
    canvas = Canvas(length_px, turn)
    pale = float(rng.uniform(0.78, 0.95))
    wing, edge = _shade(pale, (0.72, 0.9, 1.0)), _shade(pale, (0.5, 0.68, 0.8))
    dark: Colour = (0.1, 0.13, 0.16)
    for side in (-1, 1):
        canvas.line([(0.3, side * 0.05), (0.42, side * 0.2), (0.5, side * 0.24)], 0.02, edge, 0.9)
        canvas.line(
            [(0.38, side * 0.03), (0.45, side * 0.05), (0.2, side * 0.26)], 0.012, edge, 0.8
        )
    canvas.blob((0.3, 0.0), (0.12, 0.085), wing, 1.0)
    canvas.blob((0.41, 0.0), (0.06, 0.055), edge, 1.0)
    canvas.line([(0.44, 0.0), (0.54, 0.0)], 0.04, edge, 1.0)
    spread = float(rng.uniform(0.2, 0.27))
    for side in (-1, 1):
        outline = [
            (0.3, 0.0),
            (0.24, side * 0.1),
            (-0.05, side * spread * 0.8),
            (-0.38, side * spread),
            (-0.47, side * spread * 0.6),
            (-0.45, 0.0),
        ]
        canvas.shape(outline, wing, 1.0)
        canvas.line(outline[1:5], 0.012, edge, 0.8)
        for vein in (0.25, 0.5, 0.75):
            canvas.line([(0.2, side * 0.04), (-0.42, side * spread * vein)], 0.008, edge, 0.35)
        canvas.blob((-0.1, side * spread * 0.45), (0.026, 0.022), dark, 0.9)
    canvas.line([(0.28, 0.0), (-0.45, 0.0)], 0.012, edge, 0.7)
    canvas.roughen(rng, 0.06)
    return canvas
