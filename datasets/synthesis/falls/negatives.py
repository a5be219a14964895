"""What is mistaken for a fall: birds, leaves, insects, laundry, light, traffic, weather."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from datasets.synthesis.falls.actors import Actor, Billboard, Glow, Precipitation, Swaying
from datasets.synthesis.falls.backdrop import Backdrop
from datasets.synthesis.falls.camera import Camera
from datasets.synthesis.falls.cutouts import Cutout
from datasets.synthesis.falls.facade import Facade
from datasets.synthesis.falls.motion import Course, Wind, fall, glide, wander
from datasets.synthesis.falls.sprites import bird, blur_disc, box, leaf, person, vehicle
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image

_REAL_SHARE = 0.5


@dataclass(frozen=True)
class Surroundings:
    """Where things can move.

    Attributes:
        camera: The camera.
        facade: The building.
        backdrop: What stands still.
        light: Factor on colours.
        infrared: Whether near things are lit by the camera.
        seconds: Length of the clip.
        cutouts: Real birds and aeroplanes; half of those in the clip are of them, if there are any.
    """

    camera: Camera
    facade: Facade
    backdrop: Backdrop
    light: float
    infrared: bool
    seconds: float
    cutouts: Sequence[Cutout] = ()

    def somewhere(self, rng: np.random.Generator, z_m: float) -> Array:
        """A point (3,) in the picture at a depth."""
        x, y = rng.uniform(0, self.camera.width), rng.uniform(0, self.camera.height)
        return np.array([*self.camera.unproject(x, y, z_m), z_m])

    def precipitation(self, weather: str, rng: np.random.Generator) -> Actor:
        """Rain or snow."""
        glow = 235.0 if self.infrared else min(255.0, 60 + 180 * self.light)
        return Precipitation(weather, self.camera, int(rng.integers(40, 260)), glow, rng)


def _bird(rng: np.random.Generator, around: Surroundings) -> Actor:
    if around.cutouts and rng.random() < _REAL_SHARE:
        return _real_bird(rng, around)
    z = rng.uniform(6, around.camera.distance_m - 1)
    speed, heading = rng.uniform(4, 15), rng.choice([0.0, np.pi]) + rng.normal(0, 0.5)
    climb = rng.choice([0.0, rng.normal(0, 1.5), -rng.uniform(3, 10)], p=[0.4, 0.35, 0.25])
    velocity = np.array([speed * np.cos(heading), climb, 0.3 * speed * np.sin(heading)])
    bend = np.array([rng.normal(0, 1.0), rng.normal(0, 1.5), 0])
    middle_s = rng.uniform(0.5, around.seconds - 0.5)
    point = around.somewhere(rng, z)
    ahead = 1.5
    start = point - velocity * ahead + bend * ahead**2 / 2
    path = glide(start, velocity, bend, middle_s - ahead, 2 * ahead, rng.uniform(0, 0.15))
    size = rng.uniform(0.2, 0.6)
    return Billboard("bird", around.camera, path, bird(rng), size, around.light)


def _real_bird(rng: np.random.Generator, around: Surroundings) -> Actor:
    """A real bird or aeroplane, as large and fast as it was or up to twice or half that."""
    one = around.cutouts[int(rng.integers(len(around.cutouts)))]
    z = float(rng.uniform(6, around.camera.distance_m - 1))
    m_per_px = np.exp(rng.uniform(-0.7, 0.7)) * z / around.camera.focal_px
    hurry = np.exp(rng.uniform(-0.4, 0.4))
    turn, mirror = rng.uniform(-np.pi, np.pi), rng.choice([-1, 1])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    away = (one.places - one.places[len(one.places) // 2]) * [mirror, -1] @ rotation.T * m_per_px
    points = around.somewhere(rng, z) + np.column_stack([away, np.zeros(len(away))])
    begin_s = float(rng.uniform(-0.5, max(0.0, around.seconds - 1)))
    path = Course(begin_s + one.times / hurry, points)

    def shape(time_s: float) -> Array:
        return one.shape((time_s - begin_s) * hurry)

    return Billboard("bird", around.camera, path, shape, one.side_px * m_per_px, around.light)


def _leaf(rng: np.random.Generator, around: Surroundings) -> Actor:
    point = around.somewhere(rng, rng.uniform(4, max(5, around.camera.distance_m - 1)))
    point[1] += rng.uniform(0, 3)
    wind = Wind(np.array([rng.normal(0, 1.5), 0, 0]), rng.uniform(0.3, 1.2))
    terminal, size = rng.uniform(0.7, 1.6), rng.uniform(0.04, 0.12)
    path = fall(point, np.zeros(3), terminal, size, wind, rng.uniform(0, 2.5), rng)
    return Billboard("leaf", around.camera, path, leaf(rng), size, around.light)


def _insect(rng: np.random.Generator, around: Surroundings) -> Actor:
    z = rng.uniform(0.3, 2.5)
    velocity = rng.normal(0, 0.35, 3) * [1, 1, 0.2]
    begin_s = rng.uniform(0, around.seconds - 1)
    path = wander(
        around.somewhere(rng, z),
        velocity,
        rng.uniform(0.1, 0.7),
        rng.uniform(0.08, 0.4),
        begin_s,
        rng.uniform(0.6, 3),
        rng,
    )
    bright = 0.95 if around.infrared else rng.uniform(0.05, 0.5) * around.light
    shape = blur_disc(rng, float(bright))
    size = rng.uniform(0.004, 0.02) + 0.004 * z
    return Billboard("insect", around.camera, path, shape, size, 1.0)


def _cloth(rng: np.random.Generator, around: Surroundings) -> Actor:
    left_m, wide_m = around.backdrop.left_m, around.facade.width_m
    point = around.somewhere(rng, around.camera.distance_m - 0.8)
    point[0] = np.clip(point[0], left_m, left_m + wide_m)
    at, scale = around.camera.project(point[None])
    wide, tall = (np.array([0.5, 0.6]) + rng.uniform(0, 1.0, 2)) * scale[0]
    shape = max(8, int(tall)), max(8, int(wide))
    colour = np.clip(rng.uniform(0.1, 0.95) + rng.normal(0, 0.15, 3), 0, 1) * 255 * around.light
    folds = 1 + 0.25 * np.sin(np.linspace(0, rng.uniform(6, 30), shape[1]))
    texture = np.zeros((*shape, 4), np.uint8)
    texture[2:-2, 2:-2, :3] = np.clip(colour * folds[None, 2:-2, None], 0, 255)
    texture[2:-2, 2:-2, 3] = 255
    reach, hertz = rng.uniform(0.04, 0.25) * wide, rng.uniform(0.5, 2.5)
    corner = (int(at[0, 0]), int(at[0, 1]))
    held: Literal["top", "left"] = "top" if rng.random() < 0.7 else "left"
    return Swaying("cloth", texture, corner, float(reach), hertz, held=held, rng=rng)


def _foliage(rng: np.random.Generator, around: Surroundings) -> Actor:
    width, height = around.camera.width, around.camera.height
    shape = int(rng.uniform(0.15, 0.45) * height), int(rng.uniform(0.15, 0.5) * width)
    left = int(rng.choice([rng.uniform(-0.1, 0.1), rng.uniform(0.5, 0.95)]) * width)
    crown = 1 - np.hypot(
        np.linspace(-1, 1, shape[0])[:, None], np.linspace(-1, 1, shape[1])[None, :]
    )
    leaves = noise(rng, shape, (5, 5))
    alpha = np.clip((crown + 0.35 * noise(rng, shape, (30, 30)) + 0.15 * leaves) * 6, 0, 1)
    tone = np.array([30.0, rng.uniform(60, 110), rng.uniform(40, 80)]) * around.light
    texture = np.dstack([np.clip(tone * (1 + 0.45 * leaves[..., None]), 0, 255), alpha * 255])
    at = (left, height - int(rng.uniform(0.5, 1.0) * shape[0]))
    picture: Image = texture.astype(np.uint8)
    reach, hertz = rng.uniform(0.6, 4), rng.uniform(0.3, 1.5)
    return Swaying("foliage", picture, at, reach, hertz, held=None, rng=rng)


def _light(rng: np.random.Generator, around: Surroundings) -> Actor:
    point = around.somewhere(rng, around.camera.distance_m)
    at, scale = around.camera.project(point[None])
    x, y = at[0]
    begin = rng.uniform(0.5, around.seconds - 1)
    strength = rng.uniform(0.2, 1.2) * rng.choice([1, 1, -0.5])
    if rng.random() < 0.4:  # a lamp, or a window that opens and flashes
        ends = begin + rng.choice([0.1, 0.4, 10.0])
        times = np.array([0, begin, begin + 0.05, ends + 0.05, ends + 0.1])
        track = np.array([[x, y, 0.6 * scale[0], g] for g in (0, 0, strength, strength, 0)])
        return Glow("light", times, track, boxed=True)
    lasts = rng.uniform(0.4, 2.0)
    over = rng.normal(0, 0.5, 2) * [around.camera.width, around.camera.height]
    radius = rng.uniform(0.15, 1.5) * scale[0]
    times = np.array([begin, begin + 0.1, begin + lasts, begin + lasts + 0.1])
    track = np.array(
        [[x, y, radius, 0], [x, y, radius, strength]]
        + [[x + over[0], y + over[1], radius, gain] for gain in (strength, 0)]
    )
    return Glow("light", times, track, boxed=False)


def _vehicle(rng: np.random.Generator, around: Surroundings) -> Actor:
    """Towards or across the camera on the ground; from above it drives down the picture."""
    camera = around.camera
    x, size = rng.uniform(-6, 6), rng.uniform(1.7, 2.6)
    seconds = around.seconds
    if rng.random() < 0.6:
        start = np.array([x, 0.8, camera.distance_m - 2])
        velocity = np.array([rng.normal(0, 0.8), 0, -rng.uniform(2, 12)])
    else:
        side = rng.choice([-1, 1])
        start = np.array([side * 25.0, 0.8, rng.uniform(6, camera.distance_m - 2)])
        velocity = np.array([-side * rng.uniform(4, 14), 0, 0.0])
    path = glide(start, velocity, np.zeros(3), rng.uniform(-1, seconds / 2), seconds, 0.0)
    return Billboard("vehicle", camera, path, vehicle(rng), size, around.light)


def _person(rng: np.random.Generator, around: Surroundings) -> Actor:
    camera = around.camera
    level = 0.85 + int(rng.choice([0, 1]) * rng.integers(0, 8)) * around.facade.floor_m
    start = np.array([rng.uniform(-10, 10), level, rng.uniform(8, camera.distance_m - 0.5)])
    velocity = np.array([rng.choice([-1, 1]) * rng.uniform(0.6, 2.5), 0, rng.normal(0, 0.6)])
    path = glide(start, velocity, np.zeros(3), 0.0, around.seconds, 0.02)
    return Billboard("person", camera, path, person(rng), 1.7, around.light)


def _lift(rng: np.random.Generator, around: Surroundings) -> Actor:
    """A lift, a cleaner's gondola or a blind: goes down or up the front without gathering speed."""
    z = around.camera.distance_m - float(rng.uniform(0, 0.8))
    point = around.somewhere(rng, z)
    velocity = np.array([0, rng.choice([-1, -1, 1]) * rng.uniform(0.4, 2.5), 0])
    begin_s = float(rng.uniform(-1, around.seconds / 2))
    lasts_s = float(rng.uniform(1.5, around.seconds))
    path = glide(point - velocity * lasts_s / 2, velocity, np.zeros(3), begin_s, lasts_s, 0.0)
    size = float(rng.uniform(0.5, 2.4))
    return Billboard("lift", around.camera, path, box(rng), size, around.light)


def _aeroplane(rng: np.random.Generator, around: Surroundings) -> Actor:
    z = rng.uniform(300, 800)
    velocity = np.array([rng.choice([-1, 1]) * rng.uniform(40, 90), rng.normal(0, 10), 0])
    point = around.somewhere(rng, z)
    path = glide(point - velocity * 3, velocity, np.zeros(3), 0.0, around.seconds, 0.0)
    return Billboard("aeroplane", around.camera, path, bird(rng), rng.uniform(15, 40), around.light)


def _nothing(rng: np.random.Generator, around: Surroundings) -> None:
    """The camera's shake is part of the recording."""


DISTRACTIONS: dict[str, Callable[[np.random.Generator, Surroundings], Actor | None]] = {
    "aeroplane": _aeroplane,
    "bird": _bird,
    "cloth": _cloth,
    "foliage": _foliage,
    "insect": _insect,
    "leaf": _leaf,
    "lift": _lift,
    "light": _light,
    "person": _person,
    "shake": _nothing,
    "vehicle": _vehicle,
}
"""What can be asked for beside falls; rain and snow are the weather's."""
