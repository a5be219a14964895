"""Rendered checkpoints: cars, buses and lorries with plates and smoke, and their ground truth.

Example:
    >>> frame = next(random_passages(7, frames=1))  # doctest: +SKIP
    >>> [(truth.class_name, truth.box, truth.text) for truth in frame.truth]
"""

from collections.abc import Iterator
from itertools import count, islice

import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.checkpoint.export import CLASS_NAMES, write_yolo
from datasets.synthesis.checkpoint.passage import (
    START,
    CheckpointFrame,
    Ride,
    Truth,
    passage,
)
from datasets.synthesis.checkpoint.site import Site
from datasets.synthesis.checkpoint.vehicles import Vehicle
from datasets.synthesis.light import Light

__all__ = [
    "CLASS_NAMES",
    "START",
    "CheckpointFrame",
    "Ride",
    "Site",
    "Truth",
    "Vehicle",
    "golden_frame",
    "passage",
    "random_passages",
    "write_yolo",
]

_LANE_M = 1.8


def random_passages(
    seed: int, *, frames: int, each: int = 4, width: int = 1280
) -> Iterator[CheckpointFrame]:
    """Render passages at one made-up checkpoint after another, by day and at dusk.

    Args:
        seed: The same seed gives the same bytes.
        frames: How many frames in all.
        each: How many frames are taken of each passage.
        width: Picture width, pixels; the pictures are 16:9.

    Yields:
        The frames; pictures are named ``checkpoint<number>_<frame>``.
    """
    return islice(_endless_passages(seed, each, width), frames)


def _endless_passages(seed: int, each: int, width: int) -> Iterator[CheckpointFrame]:
    for number in count():
        rng = np.random.default_rng([seed, number, 9])
        site = Site.random(int(rng.integers(1 << 31)), width=width)
        rides, ahead = [], float(rng.uniform(20, 30))
        for _ in range(int(rng.integers(1, 4))):
            vehicle = Vehicle.random(rng)
            coming = rng.random() < 0.7
            lane = _LANE_M + float(rng.normal(0, 0.2))
            speed = float(rng.uniform(4, 9))
            rides.append(
                Ride(vehicle, ahead, speed, lane)
                if coming
                else Ride(vehicle, ahead - 6, -speed, -lane)
            )
            ahead += float(rng.uniform(13, 22))
        yield from passage(
            site,
            rides,
            frames=each,
            interval_s=float(rng.uniform(0.3, 0.6)),
            camera=f"checkpoint{number:04d}",
            name=f"checkpoint{number:04d}",
            seed=int(rng.integers(1 << 31)),
        )


def golden_frame() -> CheckpointFrame:
    """Render the one frame that checks a model: a car, and a lorry that smokes."""
    site = Site(
        5,
        Camera(height_m=5.2, pitch_deg=9.5, hfov_deg=32.0),
        Light(overcast=0.6, sun_azimuth_deg=200.0),
        across_m=0.3,
    )
    rides = (
        Ride(Vehicle("car", 24, "浙A7F926", "blue"), 18.5, 6.0, 1.9),
        Ride(Vehicle("truck", 10, "皖K58204", "yellow", smoke=0.9), 24.0, 5.0, -1.9),
    )
    return next(passage(site, rides, frames=1, name="golden", seed=5))
