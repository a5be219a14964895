"""A bus drives along a road: its poses, what it measures, the pictures and their truth."""

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from math import log, sqrt
from typing import Any
from zlib import crc32

import cv2
import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.defects import ClassName
from datasets.synthesis.light import Light
from datasets.synthesis.render import Pose, render, to_vehicle, view_heading_deg
from datasets.synthesis.scene import LitScene, RoadScene
from datasets.synthesis.types import Array, Image

SEEN_WITHIN_M: dict[ClassName, float] = {"crack": 22.0, "pothole": 30.0}
"""Defects farther ahead than this are not in the truth: nobody could tell what they are."""

START = datetime(2026, 5, 12, 1, 30, tzinfo=UTC)
"""When a drive starts if nothing else is said: 09:30 in China."""

_LAP = timedelta(minutes=50)
_LEAST_SIDE = (0.014, 0.006)  # of the picture's width: smaller boxes are not truth
_LEAST_INSIDE = 0.5  # of the box's area must be inside the picture
_MOST_HIDDEN = 0.5
_RADIUS_68 = sqrt(-2 * log(1 - 0.68))  # radius holding 68 % of a round Gaussian, in sigmas
_GPS_BIAS_SHARE = 0.8  # GPS errors last for minutes; the rest changes from fix to fix


@dataclass(frozen=True, slots=True)
class Truth:
    """A defect that a frame shows.

    Attributes:
        defect_id: Which defect of the scene.
        class_name: Its class.
        box: x1, y1, x2, y2 in pixels, clipped to the picture.
    """

    defect_id: str
    class_name: ClassName
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """One moment of a drive, without its picture.

    Attributes:
        bus: Which bus.
        pass_index: Which time this bus drives along.
        frame_index: Which frame of the pass.
        captured_at: When, UTC.
        latitude: Measured WGS-84 latitude, degrees.
        longitude: Measured WGS-84 longitude, degrees.
        true_latitude: True WGS-84 latitude of the camera, degrees.
        true_longitude: True WGS-84 longitude of the camera, degrees.
        heading_deg: Measured direction of travel, degrees clockwise from true north.
        speed_mps: Speed, metres per second.
        gps_accuracy_m: Radius that holds the true position with 68 % probability, metres
            (as Android's ``Location.getAccuracy``).
        camera: The camera as mounted.
        truth: The defects in view.
    """

    bus: str
    pass_index: int
    frame_index: int
    captured_at: datetime
    latitude: float
    longitude: float
    true_latitude: float
    true_longitude: float
    heading_deg: float
    speed_mps: float
    gps_accuracy_m: float
    camera: Camera
    truth: tuple[Truth, ...]

    @property
    def name(self) -> str:
        """File name without ending, unique among the drives of a scene."""
        return f"{self.bus}_pass{self.pass_index:02d}_{self.frame_index:04d}"

    def look(self) -> "Look":
        """The moment alone, without what a subclass adds."""
        return Look(**look_fields(self))


@dataclass(frozen=True, slots=True)
class DriveFrame(Look):
    """One moment of a drive with its picture.

    Attributes:
        jpeg: The picture.
    """

    jpeg: bytes


def look_fields(look: Look) -> dict[str, Any]:
    """The fields of a look, to make another kind of look from."""
    return {field.name: getattr(look, field.name) for field in fields(Look)}


def truth_boxes(
    scene: RoadScene,
    camera: Camera,
    pose: Pose,
    *,
    pass_index: int,
    outlines: Mapping[str, Array],
    hidden: Image | None = None,
) -> tuple[Truth, ...]:
    """Say which defects a camera sees and where.

    Args:
        scene: The road.
        camera: The camera as mounted.
        pose: Where it is.
        pass_index: Which pass; repaired defects are no longer there.
        outlines: (N, 2) along, across of each defect's rim, metres, by defect id.
        hidden: (H, W) how far something hides the ground, 255 for wholly.
    """
    seen = []
    for defect in scene.defects:
        ahead = defect.along_m - pose.along_m
        if not 0 < ahead < SEEN_WITHIN_M[defect.class_name] or defect.is_repaired(pass_index):
            continue
        points = to_vehicle(scene, pose, outlines[defect.id])
        if points[:, 0].min() < 0.5:
            continue
        pixels = pose.tipped(camera).project(points)
        full = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])
        limits = [camera.width - 1, camera.height - 1] * 2
        box = np.clip(full, 0, limits)
        size, full_size = box[2:] - box[:2], full[2:] - full[:2]
        if (size < np.array(_LEAST_SIDE) * camera.width).any():
            continue
        if size.prod() < _LEAST_INSIDE * full_size.prod():
            continue
        if hidden is not None:
            x1, y1, x2, y2 = np.round(box).astype(int)
            if (hidden[y1 : y2 + 1, x1 : x2 + 1] > 127).mean() > _MOST_HIDDEN:
                continue
        x1, y1, x2, y2 = (float(value) for value in box)
        seen.append(Truth(defect.id, defect.class_name, (x1, y1, x2, y2)))
    return tuple(seen)


@dataclass(frozen=True, slots=True)
class Moment:
    """A pose and everything measured at it."""

    pose: Pose
    look: Look


def drive_once(
    scene: RoadScene,
    *,
    bus: str,
    pass_index: int,
    camera: Camera,
    spacing_m: float,
    speed_mps: float,
    gps_noise_m: float,
    heading_noise_deg: float,
    start: datetime,
    rng: np.random.Generator,
) -> Iterator[Moment]:
    """Drive along the right-hand lane once; the looks' truth is still empty."""
    if spacing_m <= 0 or speed_mps <= 0:
        raise ValueError("spacing_m and speed_mps must be above 0")
    bias = rng.normal(0, gps_noise_m * _GPS_BIAS_SHARE, 2)
    lane = -scene.style.lane_m / 2 + float(rng.normal(0, 0.12))
    sway = float(rng.uniform(0, 2 * np.pi))
    places = np.arange(0.0, scene.route.length_m, spacing_m)
    for index, along in enumerate(places.tolist()):
        pose = Pose(
            along,
            lane + 0.12 * float(np.sin(along / 19 + sway)),
            yaw=float(rng.normal(0, 0.006)),
            pitch_deg=float(rng.normal(0, 0.25)),
            speed_mps=speed_mps,
        )
        true = scene.route.to_plane(np.array([[pose.along_m, pose.across_m]]))
        jitter = rng.normal(0, gps_noise_m * sqrt(1 - _GPS_BIAS_SHARE**2), 2)
        positions = scene.route.plane.to_wgs84(np.vstack([true, true + bias + jitter]))
        heading = view_heading_deg(scene, pose) + float(rng.normal(0, heading_noise_deg))
        yield Moment(
            pose,
            Look(
                bus=bus,
                pass_index=pass_index,
                frame_index=index,
                captured_at=start + pass_index * _LAP + timedelta(seconds=along / speed_mps),
                latitude=float(positions[1, 0]),
                longitude=float(positions[1, 1]),
                true_latitude=float(positions[0, 0]),
                true_longitude=float(positions[0, 1]),
                heading_deg=heading % 360,
                speed_mps=speed_mps,
                gps_accuracy_m=_RADIUS_68 * gps_noise_m,
                camera=camera,
                truth=(),
            ),
        )


def drive_rng(seed: int, bus: str, pass_index: int, purpose: int) -> np.random.Generator:
    """Randomness of its own for each bus, pass and purpose."""
    return np.random.default_rng([seed, crc32(bus.encode()), pass_index, purpose])


def render_drive(
    scene: RoadScene,
    *,
    bus: str = "bus-1",
    passes: Iterable[int] = (0,),
    camera: Camera | None = None,
    spacing_m: float = 5.0,
    speed_mps: float = 9.0,
    gps_noise_m: float = 2.0,
    heading_noise_deg: float = 1.5,
    start: datetime = START,
    light: Light | None = None,
    seed: int = 0,
    workers: int = os.cpu_count() or 2,
) -> Iterator[DriveFrame]:
    """Render what a bus's forward camera sees along a road.

    The same arguments give the same bytes.

    Args:
        scene: The road.
        bus: Name of the bus.
        passes: Which passes to drive; a later pass finds repairs made by then.
        camera: The camera; the default one if None.
        spacing_m: Distance between frames, metres, > 0.
        speed_mps: Speed, metres per second, > 0.
        gps_noise_m: Standard deviation of the measured position to the east and to the north.
        heading_noise_deg: Standard deviation of the measured heading, degrees.
        start: When pass 0 starts, with time zone.
        light: The daylight; a random day for each pass if None.
        seed: Decides noise, sway and weather.
        workers: Threads that render.

    Yields:
        The frames in order of time.

    Raises:
        ValueError: The spacing or speed is not above 0, or the camera sees no road.
    """
    camera = camera or Camera()
    for pass_index in passes:
        day = light or Light.random(drive_rng(seed, bus, pass_index, 0))
        lit = LitScene.of(scene, day, pass_index)
        moments = drive_once(
            scene,
            bus=bus,
            pass_index=pass_index,
            camera=camera,
            spacing_m=spacing_m,
            speed_mps=speed_mps,
            gps_noise_m=gps_noise_m,
            heading_noise_deg=heading_noise_deg,
            start=start,
            rng=drive_rng(seed, bus, pass_index, 1),
        )
        with ThreadPoolExecutor(workers) as pool:
            # In small batches, so that a caller that stops early has not rendered it all.
            while batch := list(islice(moments, workers)):
                yield from pool.map(partial(_take, lit, seed=seed), batch)


def _take(lit: LitScene, moment: Moment, *, seed: int) -> DriveFrame:
    look = moment.look
    rng = np.random.default_rng(
        [seed, crc32(look.bus.encode()), look.pass_index, 2, look.frame_index]
    )
    image, hidden = render(lit, look.camera, moment.pose, rng)
    truth = truth_boxes(
        lit.scene,
        look.camera,
        moment.pose,
        pass_index=look.pass_index,
        outlines=lit.scene.outlines,
        hidden=hidden,
    )
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, lit.light.jpeg_quality])
    return DriveFrame(**(look_fields(look) | {"truth": truth}), jpeg=jpeg.tobytes())
