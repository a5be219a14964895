"""A rendered bus drive with ground truth: the entrance to this package."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count, islice

import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.defects import CLASS_NAMES, Defect
from datasets.synthesis.drive import (
    START,
    DriveFrame,
    Look,
    Truth,
    render_drive,
)
from datasets.synthesis.export import write_defects, write_gpx, write_yolo
from datasets.synthesis.light import Light
from datasets.synthesis.route import Route, county_route
from datasets.synthesis.scene import RoadScene
from datasets.synthesis.simulate import SimulatedLook, simulate_looks

__all__ = [
    "CLASS_NAMES",
    "START",
    "Camera",
    "Defect",
    "DriveFrame",
    "Light",
    "Look",
    "RoadScene",
    "Route",
    "SimulatedLook",
    "Truth",
    "county_route",
    "demo_drive",
    "demo_return",
    "demo_scene",
    "golden_frame",
    "random_drives",
    "render_drive",
    "simulate_looks",
    "write_defects",
    "write_gpx",
    "write_yolo",
]

DEMO_SEED = 2026
_DEMO_GPS_NOISE_M = 0.5  # differential receivers
DEMO_REPAIRED = {"pothole-1": 2, "pothole-5": 2}
"""From which pass on these defects of the demonstration's road are repaired."""


def demo_scene() -> RoadScene:
    """Give the road of the demonstration: 100 m with six potholes and four crack areas.

    Two of the potholes are repaired before the third pass.
    """
    scene = RoadScene.random(DEMO_SEED, potholes=6, cracks=4, length_m=100.0)
    return replace(
        scene,
        defects=tuple(
            replace(defect, repaired_at=DEMO_REPAIRED.get(defect.id)) for defect in scene.defects
        ),
    )


def demo_drive() -> Iterator[DriveFrame]:
    """Drive two buses along the demonstration's road, twice each: 52 frames.

    Yields:
        The frames, drive after drive.
    """
    scene = demo_scene()
    for order, bus in enumerate(("bus-1", "bus-2")):
        start = START + order * timedelta(minutes=20)
        yield from render_drive(
            scene,
            bus=bus,
            passes=(0, 1),
            spacing_m=8.0,
            gps_noise_m=_DEMO_GPS_NOISE_M,
            start=start,
            seed=DEMO_SEED,
        )


def demo_return() -> Iterator[DriveFrame]:
    """Drive four buses along the demonstration's road once more, after the repairs: 68 frames.

    They drive in a row, three seconds apart, and take a frame every 6 m, so that each place is
    seen from near whatever the error of its position.

    Yields:
        The frames, drive after drive.
    """
    scene = demo_scene()
    for order, bus in enumerate(("bus-1", "bus-2", "bus-3", "bus-4")):
        start = START + order * timedelta(seconds=3)
        yield from render_drive(
            scene,
            bus=bus,
            passes=(2,),
            spacing_m=6.0,
            gps_noise_m=_DEMO_GPS_NOISE_M,
            start=start,
            seed=DEMO_SEED,
        )


def random_drives(
    seed: int, *, frames: int, buses: int = 1, passes: int = 1, width: int = 1280
) -> Iterator[DriveFrame]:
    """Drive along one made-up road after another, each with a camera and weather of its own.

    Args:
        seed: The same seed gives the same bytes.
        frames: How many frames in all, over every road, bus and pass.
        buses: How many buses drive each road.
        passes: How often each bus drives it.
        width: Picture width, pixels; the pictures are 16:9.

    Yields:
        The frames; the bus is named ``road<number>-bus<number>``.
    """
    return islice(_endless_drives(seed, buses, passes, width), frames)


def _endless_drives(seed: int, buses: int, passes: int, width: int) -> Iterator[DriveFrame]:
    for number in count():
        rng = np.random.default_rng([seed, number, 8])
        scene = RoadScene.random(
            int(rng.integers(1 << 31)),
            potholes=int(rng.integers(3, 7)),
            cracks=int(rng.integers(2, 5)),
            length_m=70.0,
        )
        for bus in range(buses):
            camera = Camera(
                height_m=float(rng.uniform(1.5, 2.8)),
                pitch_deg=float(rng.uniform(6, 20)),
                hfov_deg=float(rng.uniform(46, 72)),
                width=width,
                height=round(width * 9 / 16),
            )
            yield from render_drive(
                scene,
                bus=f"road{number}-bus{bus + 1}",
                passes=range(passes),
                camera=camera,
                spacing_m=7.0,
                start=START + bus * timedelta(minutes=7),
                seed=seed,
            )


def golden_frame() -> DriveFrame:
    """Render the one frame that checks a model: clear potholes and a crack close by."""
    scene = RoadScene(
        7,
        (
            Defect("pothole-1", "pothole", 9.0, -1.2, 1.1, 0.8, "hole", depth_m=0.09),
            Defect("pothole-2", "pothole", 14.5, -2.8, 1.6, 0.9, "hole", depth_m=0.08),
            Defect("crack-1", "crack", 10.0, -2.7, 3.5, 1.1, "alligator"),
        ),
        county_route(30.0),
    )
    return next(render_drive(scene, light=Light(overcast=0.6), seed=7, workers=1))
