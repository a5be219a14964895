"""Daylight, weather and camera exposure of one drive."""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

from datasets.synthesis.types import Array


@dataclass(frozen=True, slots=True)
class Light:
    """What a drive is seen by.

    Attributes:
        sun_azimuth_deg: Where the sun stands, degrees clockwise from true north.
        sun_elevation_deg: How high it stands, degrees above the horizon, > 0.
        overcast: 0 for a clear sky with hard shadows, 1 for none at all.
        visibility_m: Distance at which haze hides 63 % of the contrast, metres.
        exposure: Factor on all light; 1 is well exposed.
        warmth: -1 for bluish pictures, 1 for reddish.
        wetness: 0 for a dry road, 1 for one after rain.
        shutter_s: Time the shutter is open, seconds; what moves meanwhile is smeared.
        jpeg_quality: Quality of the camera's JPEG pictures, 1 to 100.
    """

    sun_azimuth_deg: float = 150.0
    sun_elevation_deg: float = 42.0
    overcast: float = 0.3
    visibility_m: float = 600.0
    exposure: float = 1.0
    warmth: float = 0.0
    wetness: float = 0.0
    shutter_s: float = 1 / 2000
    jpeg_quality: int = 88

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Light":
        """Draw a day."""
        overcast = float(rng.choice([0.1, 0.3, 0.6, 0.95], p=[0.3, 0.25, 0.2, 0.25]))
        return cls(
            sun_azimuth_deg=float(rng.uniform(80, 280)),
            sun_elevation_deg=float(rng.uniform(22, 65)),
            overcast=overcast,
            visibility_m=float(rng.uniform(250, 900)),
            exposure=float(rng.uniform(0.85, 1.12)),
            warmth=float(rng.normal(0, 0.3)),
            wetness=float(rng.uniform(0.4, 1.0)) if rng.random() < 0.2 * overcast else 0.0,
            shutter_s=float(1 / rng.uniform(150, 400) if overcast > 0.5 else 1 / 1200),
            jpeg_quality=int(rng.integers(82, 94)),
        )

    @property
    def sun_share(self) -> float:
        """Part of the light that comes straight from the sun and is missing in shadow."""
        return 0.62 * (1 - self.overcast)

    @property
    def sky_colour(self) -> Array:
        """(3,) BGR of the sky near the horizon, 0 to 1."""
        clear, grey = np.array([0.90, 0.84, 0.76]), np.array([0.82, 0.81, 0.80])
        return np.asarray(clear + (grey - clear) * self.overcast)

    def towards_sun(self, road_direction: float) -> tuple[float, float, float]:
        """Unit vector towards the sun in road axes.

        Args:
            road_direction: Direction of the road, radians counter-clockwise from east.

        Returns:
            Along, across (to the left), up.
        """
        turn = radians(90 - self.sun_azimuth_deg) - road_direction
        elevation = radians(self.sun_elevation_deg)
        return cos(turn) * cos(elevation), sin(turn) * cos(elevation), sin(elevation)
