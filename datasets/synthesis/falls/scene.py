"""Draws a scene from a seed: where the camera stands, what falls, and what is mistaken for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from datasets.synthesis.falls.actors import Actor, Billboard
from datasets.synthesis.falls.backdrop import Backdrop, build_backdrop
from datasets.synthesis.falls.camera import Camera
from datasets.synthesis.falls.cutouts import Cutout
from datasets.synthesis.falls.facade import Facade, drawn_facade, photographed_facade
from datasets.synthesis.falls.motion import Course, Wind, fall
from datasets.synthesis.falls.negatives import DISTRACTIONS, Surroundings
from datasets.synthesis.falls.sensor import Recording
from datasets.synthesis.falls.sprites import thing
from datasets.synthesis.types import Array

GENERATOR_VERSION = "1.1.0"
SIZES = ((640, 360), (960, 540), (1280, 720), (1920, 1080))
RATES = (8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0)
_LEAST_TRAVEL_FLOORS = 2.0
_TRIES = 60
_STREET_SHARE, _SIZE_PX = 0.08, (3.0, 30.0)


@dataclass(frozen=True)
class Fall:
    """Something that falls.

    Attributes:
        actor: The thing.
        reflection: Its mirror image in the windows, if any.
        terminal_mps: Its terminal speed.
        floor: Floor from which it came, 1 at the ground.
        column: Window column from which it came, 1 at the left.
    """

    actor: Billboard
    reflection: Billboard | None
    terminal_mps: float
    floor: int
    column: int


@dataclass(frozen=True)
class Scene:
    """Everything that is needed to render a clip.

    Attributes:
        seed: Where it was drawn from.
        seconds: How long it lasts.
        light: `day`, `dusk`, `night` or `infrared`.
        weather: `clear`, `rain` or `snow`.
        camera: The camera.
        facade: The building.
        backdrop: What stands still.
        recording: How it is recorded.
        falls: What falls.
        others: What does not.
    """

    seed: int
    seconds: float
    light: str
    weather: str
    camera: Camera
    facade: Facade
    backdrop: Backdrop
    recording: Recording
    falls: tuple[Fall, ...]
    others: tuple[Actor, ...]


@dataclass(frozen=True)
class Wishes:
    """What a scene should hold; what is None is drawn.

    Attributes:
        falls: How many things fall.
        distractions: What else moves, of `DISTRACTIONS`; the same may stand there twice.
        size: Width, height in pixels.
        fps: Frames per second.
        light: As in `Scene`.
        weather: As in `Scene`.
        seconds: How long it lasts, at least 1.
        size_px: Smallest and largest size of what falls, pixels where it is let go.
        photos: Labelled photographs of facades to build from; drawn facades where there are none.
        cutouts: Real birds and aeroplanes; drawn ones where there are none.
    """

    falls: int | None = None
    distractions: tuple[str, ...] | None = None
    size: tuple[int, int] | None = None
    fps: float | None = None
    light: str | None = None
    weather: str | None = None
    seconds: float | None = None
    size_px: tuple[float, float] | None = None
    photos: Sequence[Path] = field(default_factory=tuple)
    cutouts: Sequence[Cutout] = field(default_factory=tuple)


def draw_scene(seed: int, wishes: Wishes) -> Scene:
    """Draw a scene; the same seed and wishes give the same scene.

    Args:
        seed: At least 0.
        wishes: What it should hold.
    """
    rng = np.random.default_rng([seed, 0xFA11])
    light = wishes.light or str(
        rng.choice(["day", "dusk", "night", "infrared"], p=[0.6, 0.15, 0.12, 0.13])
    )
    weather = wishes.weather or str(rng.choice(["clear", "rain", "snow"], p=[0.72, 0.16, 0.12]))
    size = wishes.size or SIZES[int(rng.choice(4, p=[0.3, 0.3, 0.3, 0.1]))]
    facade = _facade(rng, wishes.photos)
    street = wishes.distractions is None and rng.random() < _STREET_SHARE
    camera = _camera(rng, size, facade, high=street or rng.random() < 0.35)
    level = {"day": rng.uniform(0.75, 1.1), "dusk": rng.uniform(0.35, 0.6)}.get(
        light, rng.uniform(0.1, 0.3)
    )
    backdrop = build_backdrop(
        camera, facade, light=float(level), infrared=light == "infrared", rng=rng
    )
    recording = _recording(rng, wishes.fps or float(rng.choice(RATES)), light, size)
    seconds = wishes.seconds or float(rng.uniform(4.0, 6.5))
    wanted = int(rng.integers(0, 3)) if wishes.falls is None else wishes.falls
    around = Surroundings(
        camera, facade, backdrop, float(level), light == "infrared", seconds, wishes.cutouts
    )
    falls = [_fall(rng, around, wishes.size_px or _SIZE_PX) for _ in range(wanted)]
    kinds = wishes.distractions
    if street:
        kinds = ("vehicle",) * int(rng.integers(3, 9)) + ("person",) * int(rng.integers(0, 4))
    elif kinds is None:
        kinds = tuple(rng.choice(sorted(DISTRACTIONS), int(rng.integers(0, 4))).tolist())
    others = [DISTRACTIONS[kind](rng, around) for kind in kinds]
    if weather != "clear":
        others.append(around.precipitation(weather, rng))
    if "shake" in kinds:
        recording = replace(recording, shake_px=float(rng.uniform(0.4, 2.5)))
    return Scene(
        seed,
        seconds,
        light,
        weather,
        camera,
        facade,
        backdrop,
        recording,
        tuple(one for one in falls if one is not None),
        tuple(one for one in others if one is not None),
    )


def _facade(rng: np.random.Generator, photos: Sequence[Path]) -> Facade:
    floors = int(rng.integers(6, 27))
    if photos and rng.random() < 0.6:
        photo = photos[int(rng.integers(len(photos)))]
        found = photographed_facade(rng, floors, photo)
        if found is not None:
            return found
    return drawn_facade(rng, floors)


def _camera(
    rng: np.random.Generator, size: tuple[int, int], facade: Facade, *, high: bool
) -> Camera:
    width, height = size
    field_of_view = np.radians(rng.uniform(28, 85))
    distance_m = float(rng.uniform(12, 50))
    stands_m = float(rng.uniform(8, 22) if high else rng.uniform(2, 5))
    aims_m = float(rng.uniform(0, 0.4) if high else rng.uniform(0.35, 0.8))
    aims_m *= min(facade.height_m, 45.0)
    pitch = float(np.clip(np.arctan2(aims_m - stands_m, distance_m), -0.6, 1.0))
    return Camera(
        width,
        height,
        float(width / 2 / np.tan(field_of_view / 2)),
        stands_m,
        distance_m,
        pitch,
        float(rng.normal(0, 0.2)),
        float(rng.normal(0, 0.03)),
    )


def _recording(
    rng: np.random.Generator, fps: float, light: str, size: tuple[int, int]
) -> Recording:
    dark = light in ("night", "infrared")
    exposure_s = rng.uniform(1 / 60, 1 / 22) if dark else 1 / rng.uniform(80, 1000)
    return Recording(
        fps=fps,
        exposure_s=float(min(exposure_s, 0.9 / fps)),
        readout_s=float(rng.uniform(0.005, 0.03)),
        read_noise=float(rng.uniform(2.0, 7.0) if dark else rng.uniform(0.5, 2.0)),
        shot_noise=float(rng.uniform(2.0, 7.0) if dark else rng.uniform(0.5, 3.0)),
        crf=int(rng.integers(23, 39 if size[1] > 400 else 33)),
        jitter=float(rng.choice([0.0, 0.05, 0.2])),
        drops=float(rng.choice([0.0, 0.0, 0.03, 0.1])),
        shake_px=0.0,
        flicker=float(rng.choice([0.0, 0.0, 0.004, 0.012])),
        clock=bool(rng.random() < 0.4),
        preset=str(rng.choice(["ultrafast", "superfast", "veryfast"])),
    )


def _fall(
    rng: np.random.Generator, around: Surroundings, sizes: tuple[float, float]
) -> Fall | None:
    """Let something fall so that at least two floors of it are in the picture."""
    camera, facade = around.camera, around.facade
    for _ in range(_TRIES):
        floor, column = int(rng.integers(3, facade.floors + 1)), int(rng.integers(facade.columns))
        out_m = float(rng.uniform(0.2, 1.6))
        start = np.array(
            [
                around.backdrop.left_m + (column + rng.uniform(0.25, 0.75)) * facade.column_m,
                (floor - 1 + rng.uniform(0.3, 0.7)) * facade.floor_m,
                camera.distance_m - out_m,
            ]
        )
        (at,), (scale,) = camera.project(start[None])
        if not (np.isfinite(at).all() and 0 <= at[0] < camera.width):
            continue
        if not -0.2 * camera.height <= at[1] < 0.7 * camera.height:
            continue
        size_m = float(np.clip(np.exp(rng.uniform(*np.log(sizes))) / scale, 0.03, 0.9))
        slow = rng.random() < 0.2
        terminal = float(np.exp(rng.uniform(*np.log([1, 4] if slow else [4, 40]))))
        begin_s = float(rng.uniform(0.2, max(0.4, around.seconds - 2.5)))
        path = fall(start, _throw(rng), terminal, size_m, _wind(rng), begin_s, rng)
        if not _travels(path, camera, facade.floor_m):
            continue
        behind = around.backdrop.behind if out_m < facade.ledge_m else None
        actor = Billboard("fall", camera, path, thing(rng), size_m, around.light, behind)
        reflection = None
        if rng.random() < 0.35:
            mirrored = Course(path.times, path.points * [1, 1, -1] + [0, 0, 2 * camera.distance_m])
            dimmed = (around.backdrop.glass * rng.uniform(0.2, 0.55)).astype(np.uint8)
            reflection = replace(actor, path=mirrored, mask=dimmed, kind="reflection")
        return Fall(actor, reflection, terminal, floor, column + 1)
    return None


def _throw(rng: np.random.Generator) -> Array:
    """Velocity at release: half are dropped, the others thrown outwards at up to 6 m/s."""
    speed = 0.0 if rng.random() < 0.5 else rng.uniform(0.5, 6.0)
    side, up = rng.uniform(-1.2, 1.2), rng.uniform(-0.5, 0.9)
    return speed * np.array([np.sin(side) * np.cos(up), np.sin(up), -np.cos(side) * np.cos(up)])


def _wind(rng: np.random.Generator) -> Wind:
    return Wind(np.array([rng.normal(0, 1.5), 0, rng.normal(0, 0.5)]), abs(rng.normal(0, 0.8)))


def _travels(path: Course, camera: Camera, floor_m: float) -> bool:
    points, _ = camera.project(path.points)
    inside = np.isfinite(points).all(axis=1)
    inside &= ((points >= 0) & (points < [camera.width, camera.height])).all(axis=1)
    if np.count_nonzero(inside) < 30:
        return False
    heights = path.points[inside, 1]
    return bool(heights.max() - heights.min() >= _LEAST_TRAVEL_FLOORS * floor_m)


def photos_in(folder: Path) -> tuple[Path, ...]:
    """List the photographs of a data set of facades: `images/` with `labels/` beside it."""
    return tuple(sorted((folder / "images").glob("*.jpg")))
