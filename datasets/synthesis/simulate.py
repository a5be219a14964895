"""Drives without pictures: what was measured and what a detector would have said."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.defects import Defect
from datasets.synthesis.drive import (
    START,
    Look,
    Truth,
    drive_once,
    drive_rng,
    look_fields,
    truth_boxes,
)
from datasets.synthesis.scene import RoadScene
from datasets.synthesis.types import Array


@dataclass(frozen=True, slots=True)
class SimulatedLook(Look):
    """A look with what a detector would have said.

    Attributes:
        detections: The defects it found, with boxes a few pixels off.
    """

    detections: tuple[Truth, ...]


def simulate_looks(
    scene: RoadScene,
    *,
    buses: Iterable[str] = ("bus-1",),
    passes: Iterable[int] = (0,),
    camera: Camera | None = None,
    spacing_m: float = 5.0,
    speed_mps: float = 9.0,
    gps_noise_m: float = 2.0,
    heading_noise_deg: float = 1.5,
    box_noise_px: float = 2.0,
    miss_rate: float = 0.2,
    start: datetime = START,
    seed: int = 0,
) -> Iterator[SimulatedLook]:
    """Drive along a road without rendering; quick enough for property tests.

    Defects count as ellipses here, so that none of their looks has to be made.

    Args:
        scene: The road.
        buses: Names of the buses; each drives every pass.
        passes: Which passes to drive.
        camera: The camera; the default one if None.
        spacing_m: Distance between frames, metres, > 0.
        speed_mps: Speed, metres per second, > 0.
        gps_noise_m: Standard deviation of the measured position to the east and to the north.
        heading_noise_deg: Standard deviation of the measured heading, degrees.
        box_noise_px: Standard deviation of each side of a detection's box, pixels.
        miss_rate: Part of the defects in view that a frame's detector misses, 0 to 1.
        start: When pass 0 of the first bus starts, with time zone.
        seed: Decides all noise.

    Yields:
        The looks, bus after bus and pass after pass, each in order of time.

    Raises:
        ValueError: The spacing or speed is not above 0.
    """
    camera = camera or Camera()
    passes = tuple(passes)
    outlines = {defect.id: _ellipse(defect) for defect in scene.defects}
    for order, bus in enumerate(buses):
        for pass_index in passes:
            rng = drive_rng(seed, bus, pass_index, 3)
            for moment in drive_once(
                scene,
                bus=bus,
                pass_index=pass_index,
                camera=camera,
                spacing_m=spacing_m,
                speed_mps=speed_mps,
                gps_noise_m=gps_noise_m,
                heading_noise_deg=heading_noise_deg,
                start=start + order * timedelta(minutes=7),
                rng=drive_rng(seed, bus, pass_index, 1),
            ):
                truth = truth_boxes(
                    scene, camera, moment.pose, pass_index=pass_index, outlines=outlines
                )
                found = tuple(
                    Truth(each.defect_id, each.class_name, _jittered(each.box, box_noise_px, rng))
                    for each in truth
                    if rng.random() >= miss_rate
                )
                yield SimulatedLook(
                    **(look_fields(moment.look) | {"truth": truth}), detections=found
                )


def _ellipse(defect: Defect) -> Array:
    """(24, 2) along, across of the ellipse that fills the defect's extent, metres."""
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    along = defect.along_m + defect.length_m / 2 * np.cos(turn)
    across = defect.across_m + defect.width_m / 2 * np.sin(turn)
    return np.stack([along, across], axis=1)


def _jittered(
    box: tuple[float, float, float, float], noise_px: float, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (np.array(box) + rng.normal(0, noise_px, 4)).tolist()
    return min(x1, x2 - 1), min(y1, y2 - 1), x2, y2
