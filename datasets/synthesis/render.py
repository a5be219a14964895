"""From a road and a camera's pose to the picture it takes."""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, degrees, sin

import cv2
import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.light import Light
from datasets.synthesis.patches import Patch
from datasets.synthesis.scene import LitScene, RoadScene
from datasets.synthesis.scenery import Thing
from datasets.synthesis.solids import draw
from datasets.synthesis.texture import Texture, noise
from datasets.synthesis.types import Array, Image

FARTHEST_M = 125.0
"""The ground is drawn up to here; beyond it everything is haze."""

_FARTHEST_THING_M = 90.0
_COLUMN_STEP = 64


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the camera is and looks, truly.

    Attributes:
        along_m: Along the road, metres.
        across_m: To the left of the centreline, metres.
        yaw: Direction of view against the road's, radians to the left.
        pitch_deg: How far the suspension tips the camera down from its mounting, degrees.
        speed_mps: Speed along the direction of view, metres per second.
    """

    along_m: float
    across_m: float
    yaw: float = 0.0
    pitch_deg: float = 0.0
    speed_mps: float = 0.0

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

    def halved(self) -> tuple[Array, Array, Array]:
        """Along, across and footprint at half the resolution, for what changes slowly."""
        half = (slice(None, None, 2), slice(None, None, 2))
        return self.along[half], self.across[half], self.footprint[::2] * 2


def see_ground(scene: RoadScene, pose: Pose, camera: Camera) -> Ground:
    """Work out what each pixel below the horizon sees.

    Raises:
        ValueError: The camera looks so high that no road is in the picture.
    """
    rows = np.arange(camera.height + 1, dtype=float)
    middle = np.full_like(rows, (camera.width - 1) / 2)
    forward = camera.unproject(np.stack([middle, rows], axis=1))[:, 0]
    top = int(np.count_nonzero(~(forward < FARTHEST_M)))
    if top >= camera.height:
        raise ValueError(f"a camera pitched {camera.pitch_deg:.1f} degrees down sees no road")
    rows, forward, nearer = rows[top:-1], forward[top:-1], forward[top + 1 :]
    columns = np.arange(0, camera.width + _COLUMN_STEP, _COLUMN_STEP, dtype=float)
    pixels = np.stack(np.meshgrid(columns, rows), axis=-1)
    seen = to_road(scene, pose, camera.unproject(pixels.reshape(-1, 2)))
    coarse = seen.reshape(*pixels.shape).astype(np.float32)
    # Along a row the road is seen at one distance, so between columns it changes almost linearly.
    spread = np.arange(camera.width, dtype=np.float32) / _COLUMN_STEP
    left = spread.astype(int)
    share = spread - left.astype(np.float32)
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
        (H, W, 3) BGR, and (H, W) how far something hides the ground, 255 for wholly.
    """
    camera = pose.tipped(camera)
    image, hidden, ground = backdrop(lit, camera, pose)
    _smear(image, camera, ground, pose.speed_mps * lit.light.shutter_s)
    return expose(image, lit.light, rng), hidden


def backdrop(lit: LitScene, camera: Camera, pose: Pose) -> tuple[Image, Image, Ground]:
    """See the road, the land and what stands there, before the camera's own flaws.

    Args:
        lit: The road and the daylight.
        camera: The camera as it is held at this moment.
        pose: Where it is.

    Returns:
        (H, W, 3) BGR; (H, W) how far something hides the ground, 255 for wholly; and what each
        pixel sees of the ground.
    """
    ground = see_ground(lit.scene, pose, camera)
    surface = _surface(lit.scene, ground)
    for defect, patch in lit.patches:
        if -6 < defect.along_m - pose.along_m < 50:
            _lay(surface, patch, lit.scene, camera, pose, ground)
    image = np.empty((camera.height, camera.width, 3), np.uint8)
    image[: ground.top] = _sky(lit, camera.width, ground.top)
    image[ground.top :] = _illuminate(surface, lit, ground)
    hidden = np.zeros(image.shape[:2], np.uint8)
    draw(image, hidden, _things_ahead(lit.scene, pose), camera, lit.light)
    return image, hidden, ground


def _surface(scene: RoadScene, ground: Ground) -> Image:
    """The ground's own colour without defects, (H, W, 3) BGR."""
    road = scene.carriageway.sample(ground.along, ground.across, ground.footprint)
    land = _enlarge(scene.verge.sample(*ground.halved()), ground)
    return _over(road, land)


def _enlarge(half: Image, ground: Ground) -> Image:
    return np.asarray(cv2.resize(half, ground.along.shape[::-1]), np.uint8)


def _lay(
    surface: Image, patch: Patch, scene: RoadScene, camera: Camera, pose: Pose, ground: Ground
) -> None:
    """Lay a defect over the ground, looking into it where it is deep."""
    rows, columns = patch.colour.pixels.shape[:2]
    texels = np.array([[0, 0], [rows, 0], [rows, columns], [0, columns]])
    place = np.array([patch.colour.along_m, patch.colour.across_m])
    corners = to_vehicle(scene, pose, place + texels * patch.colour.texel_m)
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
        along, across = _look_into(
            patch.depth, patch.depth_m, along, across, footprint, camera, pose
        )
    seen = patch.colour.sample(along, across, footprint)
    surface[view] = _over(seen, surface[view])


def _over(above: Image, below: Image) -> Image:
    """Lay (H, W, 4) BGRA over (H, W, 3) BGR."""
    cover = above[..., 3].astype(np.float32) * np.float32(1 / 255)
    colour = cv2.blendLinear(cv2.cvtColor(above, cv2.COLOR_BGRA2BGR), below, cover, 1 - cover)
    return np.asarray(colour, np.uint8)


def _look_into(
    depth: Texture,
    depth_m: float,
    along: Array,
    across: Array,
    footprint: Array,
    camera: Camera,
    pose: Pose,
) -> tuple[Array, Array]:
    """Follow each pixel's ray below the surface until it meets the hole's floor or wall.

    Relief mapping by linear search (F. Policarpo, M. Oliveira, J. Comba, "Real-Time Relief
    Mapping on Arbitrary Polygonal Surfaces", I3D 2005).
    """
    run_along = (along - np.float32(pose.along_m)) / np.float32(camera.height_m)
    run_across = (across - np.float32(pose.across_m)) / np.float32(camera.height_m)
    met = np.zeros(along.shape, bool)
    reach = np.zeros(along.shape, np.float32)
    for step in np.linspace(0, depth_m, 9, dtype=np.float32):
        floor = depth.sample(along + run_along * step, across + run_across * step, footprint)
        reach[~met] = step
        met |= floor.astype(np.float32) * np.float32(depth_m / 255) <= step
    return along + run_along * reach, across + run_across * reach


def _illuminate(surface: Image, lit: LitScene, ground: Ground) -> Image:
    """Add grain, shadow, water and haze to the ground's colour."""
    light = lit.light
    grain = lit.scene.grain.sample(ground.along, ground.across, ground.footprint)
    sun = _enlarge(lit.shadow.sample(*ground.halved()), ground)
    level = sun.astype(np.float32) * np.float32(light.sun_share / 255)
    level += np.float32(1 - light.sun_share)
    paved = np.abs(ground.across) < np.float32(lit.scene.style.paved_m)
    depth = np.where(paved, np.float32(0.0032), np.float32(0.007))
    level *= 1 + (grain.astype(np.float32) - 128) * depth
    veil = 1 - np.exp(-ground.forward / light.visibility_m)
    veil = np.maximum(veil, np.clip((ground.forward / FARTHEST_M - 0.6) / 0.4, 0, 1))[:, None]
    if light.wetness > 0:
        puddles = 0.5 + 0.4 * np.sin(ground.across * 2.1 + 0.9)
        grazing = (ground.forward / (ground.forward + 9))[:, None].astype(np.float32)
        mirror = np.clip(0.5 * light.wetness * puddles * grazing, 0, 0.4)
        level *= np.float32(1 - 0.35 * light.wetness) * (1 - mirror)
        veil = veil + mirror * 0.8 * (1 - veil)
    level *= (1 - veil).astype(np.float32)
    colour = cv2.multiply(surface, cv2.merge([level] * 3), dtype=cv2.CV_8U)
    added = veil[..., None] * light.sky_colour * 255
    return np.asarray(cv2.add(colour, np.broadcast_to(added, colour.shape).astype(np.uint8)))


def _sky(lit: LitScene, width: int, height: int) -> Image:
    """Sky with soft clouds, (height, width, 3) BGR; the last row is the horizon."""
    light = lit.light
    rng = np.random.default_rng([lit.scene.seed, lit.pass_index, 7])
    rows, columns = 64, 160
    up = np.linspace(1, 0, rows)[:, None, None]
    zenith = np.array([0.86, 0.66, 0.46]) * (1 - light.overcast) + 0.72 * light.overcast
    clouds = noise(rng, (rows, columns), (12, 30)) + 0.5 * noise(rng, (rows, columns), (5, 10))
    sky = light.sky_colour + (zenith - light.sky_colour) * up * 0.8
    sky = sky + 0.12 * np.clip(clouds, 0, 1.5)[..., None] * (1 - 0.6 * light.overcast) * up
    sky = sky.clip(max=1)
    image = cv2.resize((sky * 255).astype(np.uint8), (width, max(height, 1)))[:height]
    # Woods and hills far away close the view.
    low = image[-width // 16 :]
    skyline = 0.022 * width * (0.55 + 0.25 * noise(rng, (1, width), (1, width / 6)))
    skyline += 0.0016 * width * noise(rng, (1, width), (1, 5))
    far = np.clip(skyline - np.arange(len(low), 0, -1)[:, None] + 0.5, 0, 1)[..., None]
    woods = np.array([0.30, 0.36, 0.32]) * 0.45 + light.sky_colour * 0.55
    low[:] = low + (woods * 255 - low) * far
    return np.asarray(image, np.uint8)


def _things_ahead(scene: RoadScene, pose: Pose) -> list[tuple[Thing, Array]]:
    """Things in front of the camera with the (8, 3) corners of their boxes in vehicle axes."""
    ahead = [
        thing for thing in scene.things if 2 < thing.along_m - pose.along_m < _FARTHEST_THING_M
    ]
    corners = [
        (thing.along_m + a * thing.size_m[0] / 2, thing.across_m + b * thing.size_m[1] / 2)
        for thing in ahead
        for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    bases = to_vehicle(scene, pose, np.array(corners).reshape(-1, 2)).reshape(-1, 4, 2)
    return [
        (thing, np.column_stack([np.tile(base, (2, 1)), np.repeat([0.0, thing.size_m[2]], 4)]))
        for thing, base in zip(ahead, bases, strict=True)
    ]


def _smear(image: Image, camera: Camera, ground: Ground, moved_m: float) -> None:
    """Blur the ground by what the camera moves forward while the shutter is open.

    Driving forward, everything flows away from the vanishing point, the faster the nearer.
    """
    centre_x, centre_y = np.float32((camera.width - 1) / 2), np.float32(camera.horizon_y)
    rows = np.arange(ground.top, camera.height, dtype=np.float32) - centre_y
    flow = np.float32(moved_m) / ground.forward.astype(np.float32)  # share of the way outwards
    near = int(np.searchsorted(rows * flow, 0.7))  # less than that does not show
    taps = min(round(float(rows[-1] * flow[-1]) / 2) + 1, 4)
    if taps < 2 or near >= len(rows):
        return
    part = image[ground.top + near :]
    rows, flow = rows[near:, None], flow[near:, None]
    columns = np.arange(camera.width, dtype=np.float32)[None] - centre_x
    mean = part.astype(np.float32)
    for tap in range(1, taps):
        closer = 1 - flow * np.float32(tap / (taps - 1))
        x = columns * closer + centre_x
        y = np.broadcast_to(rows * closer + centre_y, x.shape)
        mean += cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    part[:] = mean / taps


def expose(image: Image, light: Light, rng: np.random.Generator) -> Image:
    """Add white balance, exposure, lens softness, vignetting and sensor noise.

    Args:
        image: (H, W, 3) BGR as it falls on the lens.
        light: The light that the camera is set for.
        rng: Sensor noise.
    """
    height, width = image.shape[:2]
    picture = cv2.GaussianBlur(image, (0, 0), 0.6 * width / 1280)
    gain = _gain(width, height, light.exposure, light.warmth)
    picture = cv2.multiply(picture, gain, dtype=cv2.CV_8U)
    tile = np.round(rng.standard_normal((256, 256, 3), dtype=np.float32) * 2.2).astype(np.int16)
    sensor = np.tile(tile, (height // 256 + 1, width // 256 + 1, 1))[:height, :width]
    return np.asarray(cv2.add(picture, sensor, dtype=cv2.CV_8U), np.uint8)


@lru_cache(maxsize=4)
def _gain(width: int, height: int, exposure: float, warmth: float) -> Array:
    """(height, width, 3) factors on blue, green and red."""
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
    columns = np.linspace(-1, 1, width, dtype=np.float32)[None, :] ** 2
    balance = exposure * np.array([1 - 0.06 * warmth, 1.0, 1 + 0.06 * warmth])
    return np.asarray((1 - 0.08 * (rows + columns))[..., None] * balance, np.float32)


def view_heading_deg(scene: RoadScene, pose: Pose) -> float:
    """Where the camera looks, degrees clockwise from true north, in [0, 360)."""
    return float((scene.route.heading_deg(pose.along_m) - degrees(pose.yaw)) % 360)
