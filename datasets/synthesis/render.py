"""From a road and a camera's pose to the picture it takes."""

from dataclasses import dataclass, replace
from math import cos, degrees, sin

import cv2
import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.patches import Patch
from datasets.synthesis.scene import LitScene, RoadScene
from datasets.synthesis.scenery import draw
from datasets.synthesis.types import Array, Image

FARTHEST_M = 125.0
"""The ground is drawn up to here; beyond it everything is haze."""

_COLUMN_STEP = 16


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the camera is and looks, truly.

    Attributes:
        along_m: Along the road, metres.
        across_m: To the left of the centreline, metres.
        yaw: Direction of view against the road's, radians to the left.
        pitch_deg: How far the suspension tips the camera down from its mounting, degrees.
    """

    along_m: float
    across_m: float
    yaw: float = 0.0
    pitch_deg: float = 0.0

    def tipped(self, camera: Camera) -> Camera:
        """The camera as the suspension holds it at this moment."""
        return replace(camera, pitch_deg=camera.pitch_deg + self.pitch_deg)


def to_vehicle(scene: RoadScene, pose: Pose, road: Array) -> Array:
    """Turn (N, 2) along, across on the road into (N, 2) forward, left of the camera; metres."""
    origin = scene.route.to_plane(np.array([[pose.along_m, pose.across_m]]))
    offset = scene.route.to_plane(road) - origin
    view = float(scene.route.direction(np.array([pose.along_m]))[0]) + pose.yaw
    turn = np.array([[cos(view), -sin(view)], [sin(view), cos(view)]])
    return np.asarray(offset @ turn)


def to_road(scene: RoadScene, pose: Pose, vehicle: Array) -> Array:
    """Turn (N, 2) forward, left of the camera into (N, 2) along, across on the road; metres."""
    origin = scene.route.to_plane(np.array([[pose.along_m, pose.across_m]]))
    view = float(scene.route.direction(np.array([pose.along_m]))[0]) + pose.yaw
    turn = np.array([[cos(view), sin(view)], [-sin(view), cos(view)]])
    return scene.route.to_road(origin + vehicle @ turn, pose.along_m + vehicle[:, 0])


@dataclass(frozen=True)
class Ground:
    """What each pixel below the horizon sees of the ground.

    Attributes:
        top: Row of the picture where the ground begins.
        along: (H, W) float32 position along the road, metres.
        across: (H, W) float32 position across the road, metres.
        forward: (H,) distance ahead of the camera of each row, metres.
        footprint: (H, 2) size of a pixel of each row on the ground, along and across, metres.
    """

    top: int
    along: Array
    across: Array
    forward: Array
    footprint: Array


def see_ground(scene: RoadScene, pose: Pose, camera: Camera) -> Ground:
    """Work out what each pixel below the horizon sees."""
    rows = np.arange(camera.height + 1, dtype=float)
    middle = np.full_like(rows, (camera.width - 1) / 2)
    forward = camera.unproject(np.stack([middle, rows], axis=1))[:, 0]
    top = int(np.argmax(np.isfinite(forward) & (forward < FARTHEST_M)))
    rows, forward, nearer = rows[top:-1], forward[top:-1], forward[top + 1 :]
    columns = np.arange(0, camera.width + _COLUMN_STEP, _COLUMN_STEP, dtype=float)
    pixels = np.stack(np.meshgrid(columns, rows), axis=-1)
    seen = to_road(scene, pose, camera.unproject(pixels.reshape(-1, 2)))
    coarse = seen.reshape(*pixels.shape).astype(np.float32)
    # Along a row the road is seen at one distance, so between columns it changes almost linearly.
    spread = np.arange(camera.width, dtype=np.float32) / _COLUMN_STEP
    left = spread.astype(int)
    share = (spread - left).astype(np.float32)
    along, across = (
        coarse[:, left, axis] * (1 - share) + coarse[:, left + 1, axis] * share for axis in (0, 1)
    )
    ray = np.hypot(forward, camera.height_m)
    footprint = np.stack([forward - nearer, ray / camera.focal_px], axis=1)
    return Ground(top, along, across, forward, footprint)


def render(
    lit: LitScene, camera: Camera, pose: Pose, rng: np.random.Generator
) -> tuple[Image, Image]:
    """Take a picture.

    Args:
        lit: The road and the daylight.
        camera: The camera as mounted.
        pose: Where it is.
        rng: Sensor noise.

    Returns:
        (H, W, 3) BGR, and (H, W) with 255 where the ground is hidden by something.
    """
    scene, light = lit.scene, lit.light
    camera = pose.tipped(camera)
    ground = see_ground(scene, pose, camera)
    colour = _surface(lit, ground)
    for defect, patch in lit.patches:
        if -2 < defect.along_m - pose.along_m < 60:
            _lay(colour, patch, lit, camera, pose, ground)
    colour = _illuminate(colour, lit, ground)
    image = np.empty((camera.height, camera.width, 3), np.uint8)
    _draw_sky(image, camera, lit, ground.top)
    haze = 1 - np.exp(-ground.forward / light.visibility_m).astype(np.float32)
    haze = np.maximum(haze, np.clip((ground.forward - 0.6 * FARTHEST_M) / (0.5 * FARTHEST_M), 0, 1))
    colour += (light.sky_colour.astype(np.float32) - colour) * haze[:, None, None].astype(
        np.float32
    )
    image[ground.top :] = cv2.convertScaleAbs(colour, alpha=255)
    hidden = np.zeros(image.shape[:2], np.uint8)
    draw(image, hidden, _things_ahead(lit, pose), camera, light)
    return _expose(image, lit, rng), hidden


def _surface(lit: LitScene, ground: Ground) -> Array:
    """The ground's own colour without defects, (H, W, 3) BGR float32."""
    scene = lit.scene
    road = scene.carriageway.sample(ground.along, ground.across, ground.footprint)
    land = scene.verge.sample(ground.along, ground.across, ground.footprint)
    paved = road[..., 3:].astype(np.float32) * np.float32(1 / 255)
    colour = land.astype(np.float32)
    colour += (road[..., :3] - colour) * paved
    colour *= np.float32(1 / 255)
    return colour


def _lay(
    colour: Array, patch: Patch, lit: LitScene, camera: Camera, pose: Pose, ground: Ground
) -> None:
    """Lay a defect over the ground, looking into it where it is deep."""
    rows, columns = patch.colour.pixels.shape[:2]
    along = patch.colour.along_m + np.array([0, rows, rows, 0]) * patch.colour.texel_m[0]
    across = patch.colour.across_m + np.array([0, 0, columns, columns]) * patch.colour.texel_m[1]
    corners = to_vehicle(lit.scene, pose, np.stack([along, across], axis=1))
    corners[:, 0] = np.maximum(corners[:, 0], 0.5)
    pixels = camera.project(corners)
    x0, y0 = np.floor(pixels.min(axis=0)).astype(int) - 1
    x1, y1 = np.ceil(pixels.max(axis=0)).astype(int) + 2
    x0, x1 = max(x0, 0), min(x1, camera.width)
    y0, y1 = max(y0 - ground.top, 0), min(y1 - ground.top, len(ground.forward))
    if x0 >= x1 or y0 >= y1:
        return
    view = (slice(y0, y1), slice(x0, x1))
    along, across, footprint = ground.along[view], ground.across[view], ground.footprint[y0:y1]
    if patch.depth is not None:
        along, across = _look_into(patch, along, across, footprint, camera, pose)
    seen = patch.colour.sample(along, across, footprint).astype(np.float32) * np.float32(1 / 255)
    colour[view] += (seen[..., :3] - colour[view]) * seen[..., 3:]


def _look_into(
    patch: Patch, along: Array, across: Array, footprint: Array, camera: Camera, pose: Pose
) -> tuple[Array, Array]:
    """Follow each pixel's ray below the surface until it meets the hole's floor or wall.

    Relief mapping by linear search (F. Policarpo, M. Oliveira, J. Comba, "Real-Time Relief
    Mapping on Arbitrary Polygonal Surfaces", I3D 2005).
    """
    assert patch.depth is not None
    run_along = (along - np.float32(pose.along_m)) / np.float32(camera.height_m)
    run_across = (across - np.float32(pose.across_m)) / np.float32(camera.height_m)
    met = np.zeros(along.shape, bool)
    reach = np.zeros(along.shape, np.float32)
    for step in np.linspace(0, patch.depth_m, 14, dtype=np.float32):
        depth = patch.depth.sample(along + run_along * step, across + run_across * step, footprint)
        reach = np.where(met, reach, step)
        met |= depth.astype(np.float32) * np.float32(patch.depth_m / 255) <= step
    return along + run_along * reach, across + run_across * reach


def _illuminate(colour: Array, lit: LitScene, ground: Ground) -> Array:
    """Add grain, shadow and water to the ground's colour."""
    light = lit.light
    grain = lit.scene.grain.sample(ground.along, ground.across, ground.footprint)
    sun = lit.shadow.sample(ground.along, ground.across, ground.footprint)
    inside = np.abs(ground.across) < -lit.shadow.across_m - 0.1
    level = np.where(inside, sun, 255).astype(np.float32) * np.float32(light.sun_share / 255)
    level += np.float32(1 - light.sun_share)
    texture = 1 + (grain.astype(np.float32) - 128) * np.float32(0.0024)
    colour *= (level * texture)[..., None]
    if light.wetness > 0:
        film = np.clip(
            light.wetness
            * (0.55 + 1.1 * np.sin(ground.across * 2.1 + 0.9) * 0.4)
            * (ground.forward / (ground.forward + 9))[:, None].astype(np.float32),
            0,
            0.75,
        ).astype(np.float32)
        colour *= np.float32(1 - 0.35 * light.wetness)
        colour += (
            (light.sky_colour.astype(np.float32) * 0.8 - colour) * film[..., None] * np.float32(0.5)
        )
    return colour


def _draw_sky(image: Image, camera: Camera, lit: LitScene, top: int) -> None:
    """Sky with soft clouds above the horizon."""
    light, seed = lit.light, lit.scene.seed
    if top <= 0:
        return
    rng = np.random.default_rng([seed, lit.pass_index, 7])
    height = np.linspace(1, 0, top, dtype=np.float32)[:, None, None]
    zenith = np.array([0.86, 0.66, 0.46]) * (1 - light.overcast) + 0.72 * light.overcast
    sky = light.sky_colour + (zenith - light.sky_colour) * height * 0.8
    coarse = rng.standard_normal((8, 24), dtype=np.float32)
    cloud = cv2.resize(coarse, (camera.width, top), interpolation=cv2.INTER_CUBIC)[..., None]
    sky = sky + np.clip(0.10 * cloud, 0, 0.2) * (1 - 0.6 * light.overcast)
    image[:top] = np.clip(sky * 255, 0, 255)


def _things_ahead(lit: LitScene, pose: Pose) -> list[tuple]:
    ahead = [thing for thing in lit.scene.things if 2 < thing.along_m - pose.along_m < FARTHEST_M]
    if not ahead:
        return []
    corners = []
    for thing in ahead:
        half_along, half_across = thing.size_m[0] / 2, thing.size_m[1] / 2
        corners += [
            (thing.along_m + a * half_along, thing.across_m + b * half_across)
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
    ground = to_vehicle(lit.scene, pose, np.array(corners)).reshape(-1, 4, 2)
    return [
        (
            thing,
            np.concatenate(
                [np.column_stack([base, np.full(4, up)]) for up in (0.0, thing.size_m[2])]
            ),
        )
        for thing, base in zip(ahead, ground, strict=True)
    ]


def _expose(image: Image, lit: LitScene, rng: np.random.Generator) -> Image:
    """White balance, exposure, lens softness, vignetting and sensor noise."""
    light = lit.light
    height, width = image.shape[:2]
    picture = cv2.GaussianBlur(image, (0, 0), 0.7).astype(np.float32)
    gain = light.exposure * np.array([1 - 0.06 * light.warmth, 1.0, 1 + 0.06 * light.warmth])
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
    columns = np.linspace(-1, 1, width, dtype=np.float32)[None, :] ** 2
    fall = 1 - 0.09 * (rows + columns)
    picture *= fall[..., None]
    picture *= gain.astype(np.float32)
    picture += _sensor_noise(rng, height, width)[..., None]
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def _sensor_noise(rng: np.random.Generator, height: int, width: int) -> Array:
    tile = rng.standard_normal((256, 256), dtype=np.float32) * np.float32(2.2)
    return np.tile(tile, (height // 256 + 1, width // 256 + 1))[:height, :width]


def road_direction_deg(scene: RoadScene, pose: Pose) -> float:
    """Where the camera looks, degrees clockwise from true north, in [0, 360)."""
    return float((scene.route.heading_deg(pose.along_m) - degrees(pose.yaw)) % 360)
