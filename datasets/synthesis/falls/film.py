"""Renders a scene to a clip and says what was in it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.falls.actors import Actor, Shutter, Sighting
from datasets.synthesis.falls.scene import GENERATOR_VERSION, Fall, Scene
from datasets.synthesis.falls.sensor import Grain, decode_luma, encode, shake, write_clock
from datasets.synthesis.types import Array, Image

_SHAKE_SECONDS = 0.15
_LEAST_SURVIVING, _LEAST_SHARE = 0.4, 0.5
_LEAST_FRAMES, _LEAST_CONTRAST, _LEAST_FLOORS = 4, 6.0, 2.0

Sightings = list[tuple[int, Sighting]]


@dataclass(frozen=True)
class Film:
    """A rendered clip with its truth.

    Attributes:
        data: The MP4 file.
        truth: What is in it, as `docs/synthesis.md` describes it.
    """

    data: bytes
    truth: dict[str, Any]

    def write(self, folder: Path, name: str) -> Path:
        """Write `name`.mp4 and `name`.json into a folder; return the clip's path."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(self.truth) + "\n", "utf-8")
        path = folder / f"{name}.mp4"
        path.write_bytes(self.data)
        return path


def render(scene: Scene) -> Film:
    """Render a scene; the same scene gives the same frames."""
    rng = np.random.default_rng([scene.seed, 0xF113])
    times = scene.recording.times(scene.seconds, rng)
    offsets = _offsets(scene, times, rng)
    actors = _actors(scene)
    sightings: list[Sightings] = [[] for _ in actors]
    frames = _frames(scene, actors, times, offsets, sightings, rng)
    data = encode(frames, times.tolist(), scene.recording)
    sightings = _surviving(scene, data, offsets, sightings)
    return Film(data, _truth(scene, actors, times, sightings))


def _actors(scene: Scene) -> list[Actor]:
    """Everything that moves, what is behind first."""
    actors: list[Actor] = []
    for one in scene.falls:
        actors += [one.actor] if one.reflection is None else [one.reflection, one.actor]
    return [*actors, *scene.others]


def _frames(
    scene: Scene,
    actors: list[Actor],
    times: Array,
    offsets: Array,
    sightings: list[Sightings],
    rng: np.random.Generator,
) -> Iterator[Image]:
    grain = Grain(scene.backdrop.picture, scene.recording, rng)
    for index, (time_s, offset) in enumerate(zip(times.tolist(), offsets, strict=True)):
        frame = scene.backdrop.picture.copy()
        shutter = Shutter(time_s, scene.recording.exposure_s, scene.recording.readout_s)
        for actor, seen in zip(actors, sightings, strict=True):
            sighting = actor.draw(frame, shutter)
            if sighting is not None:
                seen.append(
                    (index, replace(sighting, x=sighting.x + offset[0], y=sighting.y + offset[1]))
                )
        if scene.light == "infrared":
            frame = _grey(frame)
        if offset.any():
            frame = shake(frame, offset)
        if scene.recording.flicker:
            gain = 1 + rng.normal(0, scene.recording.flicker)
            frame = np.asarray(cv2.convertScaleAbs(frame, alpha=gain), np.uint8)
        frame = grain.add(frame)
        if scene.recording.clock:
            write_clock(frame, time_s)
        yield frame


def _grey(frame: Image) -> Image:
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def _offsets(scene: Scene, times: Array, rng: np.random.Generator) -> Array:
    """(N, 2) shake of each frame in pixels: an Ornstein-Uhlenbeck process."""
    offsets = np.zeros((len(times), 2))
    if scene.recording.shake_px == 0:
        return offsets
    for index, gap in enumerate(np.diff(times), start=1):
        keep = np.exp(-gap / _SHAKE_SECONDS)
        shock = rng.normal(0, scene.recording.shake_px * np.sqrt(1 - keep**2), 2)
        offsets[index] = keep * offsets[index - 1] + shock
    return offsets


def _surviving(
    scene: Scene, data: bytes, offsets: Array, sightings: list[Sightings]
) -> list[Sightings]:
    """Leave out the sightings of which grain and compression left next to nothing."""
    still = cv2.cvtColor(scene.backdrop.picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    left: list[Sightings] = [[] for _ in sightings]
    for index, frame in enumerate(decode_luma(data)):
        move = np.rint(offsets[index]).astype(int)
        for seen, kept in zip(sightings, left, strict=True):
            kept += [
                (at, one) for at, one in seen if at == index and _shows(one, frame, still, move)
            ]
    return left


def _shows(one: Sighting, frame: Image, still: Array, move: NDArray[np.int64]) -> bool:
    """Whether a frame holds enough of the change that a thing makes (least squares)."""
    if one.change is None:
        return True
    (left, top), (tall, wide) = one.corner, one.change.shape
    before = still[top : top + tall, left : left + wide]
    left, top = max(0, left + int(move[0])), max(0, top + int(move[1]))
    after = frame[top : top + tall, left : left + wide]
    if after.shape != before.shape:
        return False
    change = one.change - one.change.mean()
    found = after - before
    return float((change * found).sum()) >= _LEAST_SURVIVING * float((change**2).sum())


def _truth(
    scene: Scene, actors: list[Actor], times: Array, sightings: list[Sightings]
) -> dict[str, Any]:
    seen = {id(actor): its for actor, its in zip(actors, sightings, strict=True)}
    falls = [_event(one, seen[id(one.actor)], times, scene) for one in scene.falls]
    known = {id(one.actor) for one in scene.falls}
    return {
        "generator": GENERATOR_VERSION,
        "seed": scene.seed,
        "fps": scene.recording.fps,
        "width": scene.camera.width,
        "height": scene.camera.height,
        "light": scene.light,
        "weather": scene.weather,
        "crf": scene.recording.crf,
        "shake_px": round(scene.recording.shake_px, 2),
        "times_s": [round(time_s, 4) for time_s in times.tolist()],
        "grid": _grid(scene),
        "events": [event for event in falls if event is not None],
        "others": [
            {
                "kind": actor.kind,
                "size_px": round(float(np.median([s.size_px for _, s in seen[id(actor)]])), 1),
                "track": _track(seen[id(actor)]),
            }
            for actor in actors
            if id(actor) not in known and seen[id(actor)]
        ],
    }


def _event(one: Fall, seen: Sightings, times: Array, scene: Scene) -> dict[str, Any] | None:
    """The truth of a fall, None where it is never seen.

    It counts where a person could tell it: some frames and most of those from its first to its
    last, some contrast, two floors of travel.
    """
    if not seen:
        return None
    contrast = float(np.median([sighting.contrast for _, sighting in seen]))
    first, last = one.actor.path.at(times[[seen[0][0], seen[-1][0]]])[:, 1]
    floors = float(np.nan_to_num(first - last)) / scene.facade.floor_m
    return {
        "start_frame": seen[0][0],
        "end_frame": seen[-1][0],
        "counted": len(seen) >= max(_LEAST_FRAMES, _LEAST_SHARE * (seen[-1][0] - seen[0][0] + 1))
        and contrast >= _LEAST_CONTRAST
        and floors >= _LEAST_FLOORS,
        "size_px": round(float(np.median([sighting.size_px for _, sighting in seen])), 1),
        "contrast": round(contrast, 1),
        "floors_seen": round(floors, 1),
        "terminal_mps": round(one.terminal_mps, 1),
        "floor": one.floor,
        "column": one.column,
        "mirrored": one.reflection is not None,
        "track": _track(seen),
    }


def _track(seen: Sightings) -> list[tuple[int, float, float]]:
    return [(index, round(s.x, 1), round(s.y, 1)) for index, s in seen]


def _grid(scene: Scene) -> dict[str, Any]:
    """Corners of the facade in the picture, clockwise from its top left, floors and columns."""
    left, right = scene.backdrop.left_m, scene.backdrop.left_m + scene.facade.width_m
    top, z = scene.facade.height_m, scene.camera.distance_m
    corners = np.array([[left, top, z], [right, top, z], [right, 0.0, z], [left, 0.0, z]])
    points, _ = scene.camera.project(corners)
    return {
        "corners": np.round(points, 1).tolist(),
        "floors": scene.facade.floors,
        "columns": scene.facade.columns,
    }
