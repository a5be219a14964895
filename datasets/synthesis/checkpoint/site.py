"""A checkpoint: its road, its camera on a gantry, and the hour."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal, TypeAlias

import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.checkpoint.draw import Lighting, Place
from datasets.synthesis.light import Light
from datasets.synthesis.render import Pose, backdrop, to_vehicle
from datasets.synthesis.route import county_route
from datasets.synthesis.scene import LitScene, RoadScene
from datasets.synthesis.types import Image

Hour: TypeAlias = Literal["day", "dusk"]

_ROAD_M = 100.0
_CAMERA_AT_M = 8.0


@lru_cache(maxsize=4)
def _road(seed: int) -> RoadScene:
    """The same road for every camera and hour, as its textures take seconds to make."""
    return RoadScene(seed, (), county_route(_ROAD_M), parked=False)


@dataclass(frozen=True)
class Site:
    """A camera over a road of two lanes; the left one, as it looks, comes towards it.

    Attributes:
        seed: Decides the road and what stands beside it.
        camera: The camera.
        light: Sun, sky and haze.
        hour: `day`, or `dusk` with lamps and the camera's own light on.
        across_m: Where the camera hangs, metres to the left of the centreline.
        yaw: Its direction of view against the road's, radians to the left.
    """

    seed: int
    camera: Camera
    light: Light
    hour: Hour = "day"
    across_m: float = 1.0
    yaw: float = 0.0

    @classmethod
    def random(cls, seed: int, *, hour: Hour | None = None, width: int = 1280) -> "Site":
        """Make up a checkpoint.

        Args:
            seed: The same seed gives the same checkpoint.
            hour: When; by default one in four is at dusk.
            width: Picture width, pixels; the pictures are 16:9.
        """
        rng = np.random.default_rng([seed, 21])
        hour = hour or ("dusk" if rng.random() < 0.25 else "day")
        light = Light.random(rng)
        if hour == "dusk":
            light = replace(light, overcast=1.0, wetness=0.0)
        side = rng.random() < 0.4  # on a post beside the road, else on a gantry over it
        across = float(rng.uniform(5.5, 7.0)) if side else float(rng.uniform(-0.5, 2.5))
        camera = Camera(
            height_m=float(rng.uniform(4.6, 6.4)),
            pitch_deg=float(rng.uniform(9, 14)),
            hfov_deg=float(rng.uniform(27, 42)),
            width=width,
            height=round(width * 9 / 16),
        )
        return cls(seed, camera, light, hour, across, -0.16 if side else float(rng.normal(0, 0.02)))

    @property
    def pose(self) -> Pose:
        """Where the camera is."""
        return Pose(_CAMERA_AT_M, self.across_m, self.yaw)

    @property
    def road(self) -> RoadScene:
        """The road, without parked cars, which nobody would have labelled."""
        return _road(self.seed)

    @cached_property
    def lighting(self) -> Lighting:
        """The light on the vehicles."""
        view = float(self.road.route.direction(np.array([_CAMERA_AT_M]))[0]) + self.yaw
        dusk = self.hour == "dusk"
        asphalt = self.road.style.asphalt
        return Lighting(
            self.light,
            self.light.towards_sun(view),
            (0.42, 0.36, 0.33) if dusk else (1.0, 1.0, 1.0),
            0.6 if dusk else 0.0,
            (float(asphalt[0]), float(asphalt[1]), float(asphalt[2])),
        )

    @cached_property
    def empty(self) -> Image:
        """(H, W, 3) BGR of the road without vehicles, as it falls on the lens."""
        lit = LitScene.of(self.road, self.light, 0)
        image, _, ground = backdrop(lit, self.camera, self.pose)
        if self.hour == "day":
            return image
        distance = np.full(len(image), 1e3)
        distance[ground.top :] = np.hypot(ground.forward, self.camera.height_m)
        levels = np.array([self.lighting.level(float(each)) for each in distance], np.float32)
        return np.asarray(np.clip(image * levels[:, None].clip(0, 1.1), 0, 255), np.uint8)

    def place(self, along_m: float, across_m: float, *, approaching: bool) -> Place:
        """Where a vehicle stands, from its middle ahead of the camera and its lane; metres."""
        road = np.array(
            [[_CAMERA_AT_M + along_m, across_m], [_CAMERA_AT_M + along_m + 1, across_m]]
        )
        here, ahead = to_vehicle(self.road, self.pose, road)
        way = (ahead - here) * (-1 if approaching else 1)
        return Place(float(here[0]), float(here[1]), float(np.arctan2(way[1], way[0])))
