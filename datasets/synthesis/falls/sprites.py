"""What moving things look like: small BGRA pictures, 0 to 1, alpha last, not premultiplied."""

from collections.abc import Callable

import cv2
import numpy as np

from datasets.synthesis.types import Array

SIDE = 48
"""Sprites are SIDE x SIDE; the thing's longest extent fills them nearly."""

Shape = Callable[[float], Array]
"""From the time in seconds to the (SIDE, SIDE, 4) picture at that time."""


def thing(rng: np.random.Generator) -> Shape:
    """Something that people drop: a random convex lump, box, bottle, stick or sheet."""
    colour = np.clip(rng.uniform(0, 1) + rng.normal(0, 0.18, 3), 0, 1)
    aspect = float(rng.choice([1.0, 0.7, 0.45, 0.2], p=[0.35, 0.3, 0.25, 0.1]))
    corners = int(rng.choice([3, 4, 6, 24], p=[0.15, 0.35, 0.25, 0.25]))
    angles = np.sort(rng.uniform(0, 0.5, corners) + np.arange(corners)) * 2 * np.pi / corners
    outline = np.stack([np.cos(angles), aspect * np.sin(angles)], axis=1)
    second = np.clip(colour * rng.uniform(0.4, 1.5), 0, 1)
    beyond = outline[:, 0] > rng.uniform(-0.5, 0.5)
    spin, phase = rng.normal(0, 9), rng.uniform(0, 6)
    tumble = rng.uniform(0, 12)

    def draw(time_s: float) -> Array:
        squash = 0.45 + 0.55 * abs(np.cos(tumble * time_s + phase))
        turn = spin * time_s + phase
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        points = (outline * [1, squash]) @ rotation.T
        bgra = np.zeros((SIDE, SIDE, 4), np.float32)
        _fill(bgra, points, colour)
        if np.count_nonzero(beyond) > 2:
            _fill(bgra, points[beyond], second)
        return bgra

    return draw


def bird(rng: np.random.Generator) -> Shape:
    """A bird from below or the side: a body and two wings that beat, or glide."""
    colour = np.clip(rng.choice([0.08, 0.2, 0.45, 0.9]) + rng.normal(0, 0.03, 3), 0, 1)
    beats_hz = float(rng.choice([0.0, rng.uniform(3, 6), rng.uniform(6, 13)]))
    heading, phase = rng.choice([0.0, np.pi]) + rng.normal(0, 0.4), rng.uniform(0, 6)

    def draw(time_s: float) -> Array:
        lift = np.sin(2 * np.pi * beats_hz * time_s + phase)
        wing = np.array([[0.35, 0.0], [-0.1, 0.95 * lift + 0.05], [-0.3, 0.0]])
        other = wing * [1, 0.55]
        body = np.array([[0.55, 0.0], [0.1, -0.13], [-0.6, -0.05], [-0.6, 0.08], [0.1, 0.14]])
        rotation = np.array(
            [[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]]
        )
        bgra = np.zeros((SIDE, SIDE, 4), np.float32)
        for part, tone in ((other, 0.8), (wing, 1.1), (body, 1.0)):
            _fill(bgra, part @ rotation, np.clip(colour * tone, 0, 1))
        return bgra

    return draw


def leaf(rng: np.random.Generator) -> Shape:
    """A leaf that turns about its long axis."""
    colour = np.array(
        [rng.uniform(0.05, 0.2), rng.uniform(0.25, 0.6), rng.uniform(0.15, 0.7)], np.float32
    )
    rate, spin, phase = rng.uniform(4, 14), rng.normal(0, 3), rng.uniform(0, 6)
    angles = np.linspace(0, 2 * np.pi, 16)

    def draw(time_s: float) -> Array:
        turn = spin * time_s + phase
        wide = 0.1 + 0.5 * abs(np.cos(rate * time_s + phase))
        points = np.stack([np.cos(angles), wide * np.sin(angles)], axis=1)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        bgra = np.zeros((SIDE, SIDE, 4), np.float32)
        _fill(bgra, points @ rotation, colour * (0.8 + 0.3 * np.cos(rate * time_s)))
        return bgra

    return draw


def blur_disc(rng: np.random.Generator, bright: float) -> Shape:
    """Something near the lens and out of focus: a soft disc that flickers as wings beat."""
    rate, phase = rng.uniform(5, 20), rng.uniform(0, 6)
    opacity = rng.uniform(0.3, 0.9)
    axis = np.linspace(-1, 1, SIDE)
    radius = np.hypot(axis[:, None], axis[None, :] * rng.uniform(1.0, 1.8))
    soft = np.clip((0.95 - radius) / rng.uniform(0.15, 0.7), 0, 1).astype(np.float32)

    def draw(time_s: float) -> Array:
        alpha = soft * opacity * (0.75 + 0.25 * np.sin(2 * np.pi * rate * time_s + phase))
        bgra = np.full((SIDE, SIDE, 4), bright, np.float32)
        bgra[..., 3] = alpha
        return bgra

    return draw


def vehicle(rng: np.random.Generator) -> Shape:
    """A car or van from the front: body, windscreen, lamps."""
    colour = np.clip(rng.uniform(0.05, 0.95) + rng.normal(0, 0.06, 3), 0, 1)
    tall = rng.uniform(0.6, 1.0)
    lit = 1.0 if rng.random() < 0.5 else 0.55
    body = np.array(
        [[-0.95, 0.9], [-0.95, 0.1], [-0.7, -tall], [0.7, -tall], [0.95, 0.1], [0.95, 0.9]]
    )
    glass = np.array([[-0.75, 0.05], [-0.6, 0.1 - tall], [0.6, 0.1 - tall], [0.75, 0.05]])
    bgra = np.zeros((SIDE, SIDE, 4), np.float32)
    _fill(bgra, body, colour)
    _fill(bgra, glass, np.array([0.25, 0.2, 0.18]))
    for x in (-0.7, 0.7):
        _fill(
            bgra,
            np.array([[x - 0.15, 0.3], [x + 0.15, 0.3], [x + 0.15, 0.5], [x - 0.15, 0.5]]),
            np.full(3, lit),
        )
    return lambda _: bgra


def box(rng: np.random.Generator) -> Shape:
    """A cabin, a gondola or a blind: an upright or lying rectangle with a rim."""
    colour = np.clip(rng.uniform(0.05, 0.95) + rng.normal(0, 0.06, 3), 0, 1)
    aspect = float(rng.choice([0.25, 0.5, 1.0, 1.6]))
    wide, tall = 0.95 / max(1.0, aspect), 0.95 * min(1.0, aspect)
    bgra = np.zeros((SIDE, SIDE, 4), np.float32)
    corners = np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]])
    _fill(bgra, corners, np.clip(colour * rng.uniform(0.5, 1.4), 0, 1))
    _fill(bgra, 0.8 * corners, colour)
    return lambda _: bgra


def person(rng: np.random.Generator) -> Shape:
    """A walking person: head, coat, two legs that swing."""
    coat = np.clip(rng.uniform(0.05, 0.9) + rng.normal(0, 0.1, 3), 0, 1)
    legs = np.clip(rng.uniform(0.05, 0.4) + rng.normal(0, 0.05, 3), 0, 1)
    phase = rng.uniform(0, 6)

    def draw(time_s: float) -> Array:
        swing = 0.18 * np.sin(2 * np.pi * 0.9 * time_s + phase)
        bgra = np.zeros((SIDE, SIDE, 4), np.float32)
        for sign in (-1, 1):
            foot = sign * swing
            _fill(
                bgra,
                np.array([[-0.08, 0.1], [0.08, 0.1], [foot + 0.08, 0.98], [foot - 0.08, 0.98]]),
                legs,
            )
        _fill(bgra, np.array([[-0.2, -0.6], [0.2, -0.6], [0.24, 0.25], [-0.24, 0.25]]), coat)
        _fill(
            bgra,
            np.array([[-0.1, -0.95], [0.1, -0.95], [0.1, -0.65], [-0.1, -0.65]]),
            coat * 0.3 + 0.3,
        )
        return bgra

    return draw


def _fill(bgra: Array, points: Array, colour: Array) -> None:
    """Fill a polygon given in -1..1, y down."""
    scaled = np.round((points * 0.46 + 0.5) * SIDE * 16).astype(np.int32)
    b, g, r = (float(c) for c in np.clip(colour, 0, 1))
    cv2.fillPoly(bgra, [scaled], (b, g, r, 1.0), cv2.LINE_8, 4)
