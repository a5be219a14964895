"""Vehicles pass a checkpoint: the frames that its camera takes, and what they show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sin

import cv2
import numpy as np

from datasets.synthesis.checkpoint.draw import Canvas, Place, cast_shadow, draw_solid
from datasets.synthesis.checkpoint.lamps import dazzle, light_road
from datasets.synthesis.checkpoint.plates import draw_plate
from datasets.synthesis.checkpoint.site import Site
from datasets.synthesis.checkpoint.smoke import Puffs, draw_smoke, plume
from datasets.synthesis.checkpoint.vehicles import Vehicle
from datasets.synthesis.pictures import Box, RenderedPicture
from datasets.synthesis.render import expose
from datasets.synthesis.types import Array, Image, Mask

START = datetime(2026, 5, 12, 1, 30, tzinfo=UTC)
"""When a passage starts if nothing else is said: 09:30 in China."""

_LEAST_SIDE_PX = 14
_LEAST_VISIBLE = 0.25
_SMOKE_SHOWS = 0.3  # of what lies behind is hidden
_LEAST_PLATE_PX = 14
_MOST_SMOKE_ON_PLATE = 0.5

Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Ride:
    """A vehicle on its way.

    Attributes:
        vehicle: Who.
        from_m: Its middle ahead of the camera when the passage starts, metres.
        speed_mps: Metres per second; above 0 it comes towards the camera, below 0 it leaves.
        across_m: Its middle to the left of the centreline, metres.
    """

    vehicle: Vehicle
    from_m: float
    speed_mps: float
    across_m: float

    def place(self, site: Site, at_s: float) -> Place:
        """Where it is after some seconds."""
        ahead = self.from_m - self.speed_mps * at_s
        return site.place(ahead, self.across_m, approaching=self.speed_mps > 0)


@dataclass(frozen=True, slots=True)
class Truth:
    """Something that a frame shows.

    Attributes:
        class_name: `car`, `bus`, `truck`, `plate` or `black_smoke`.
        box: x1, y1, x2, y2 in pixels of what can be seen of it.
        vehicle: Index of the ride that it belongs to.
        polygon: A plate's corners, clockwise from its top left, x, y in pixels.
        text: What a plate says.
        color: A plate's colour.
    """

    class_name: str
    box: Box
    vehicle: int
    polygon: Corners | None = None
    text: str | None = None
    color: str | None = None


@dataclass(frozen=True, slots=True)
class CheckpointFrame:
    """One picture of a passage.

    Attributes:
        camera: Name of the camera.
        captured_at: When, UTC.
        picture: The picture with the boxes of all that it shows.
        truth: The same with plates' corners and texts.
    """

    camera: str
    captured_at: datetime
    picture: RenderedPicture
    truth: tuple[Truth, ...]


def passage(
    site: Site,
    rides: Sequence[Ride],
    *,
    frames: int = 5,
    interval_s: float = 0.5,
    camera: str = "checkpoint",
    name: str = "passage",
    start: datetime = START,
    seed: int = 0,
) -> Iterator[CheckpointFrame]:
    """Render a passage.

    The same arguments give the same bytes.

    Args:
        site: The checkpoint.
        rides: Who passes it.
        frames: How many pictures are taken.
        interval_s: Time between them, seconds.
        camera: Name of the camera.
        name: The pictures are named after it.
        start: When the first one is taken, with time zone.
        seed: Decides how smoke swirls, the wind and the sensor's noise.

    Yields:
        The frames in order of time.
    """
    wind = np.random.default_rng([seed, 31]).normal(0, [1.2, 1.2, 0.1])
    for index in range(frames):
        at_s = index * interval_s
        image, truth = _take(site, rides, at_s, wind, np.random.default_rng([seed, 32, index]))
        picture = RenderedPicture(
            f"{name}_{index:02d}",
            image,
            tuple(each.box for each in truth),
            tuple(each.class_name for each in truth),
            site.light.jpeg_quality,
        )
        yield CheckpointFrame(camera, start + timedelta(seconds=at_s), picture, truth)


def _take(
    site: Site, rides: Sequence[Ride], at_s: float, wind: Array, rng: np.random.Generator
) -> tuple[Image, tuple[Truth, ...]]:
    camera, lighting = site.camera, site.lighting
    image = site.empty.copy()
    canvas = Canvas(image, np.zeros_like(image), np.full(image.shape[:2], -1, np.int16))
    places = [ride.place(site, at_s) for ride in rides]
    for ride, place in zip(rides, places, strict=True):
        cast_shadow(image, ride.vehicle.body.parts, place, camera, lighting)
    if lighting.lamps:
        noses = [ride.vehicle.body.length_m / 2 for ride in rides]
        light_road(image, list(zip(places, noses, strict=True)), camera)
    drawn: dict[int, int] = {}
    smoke = {
        i: np.zeros(image.shape[:2], np.float32) for i, r in enumerate(rides) if r.vehicle.smoke
    }
    plates: list[tuple[int, Array]] = []
    black = lighting.level(25.0).clip(0, 1) * 0.11
    for number in sorted(range(len(rides)), key=lambda each: -places[each].forward_m):
        ride, place = rides[number], places[number]
        puffs = _puffs(site, ride, at_s, wind) if number in smoke else None
        # What has drifted behind the vehicle is hidden by it, the rest hides it.
        if puffs is not None:
            behind = puffs.middle[:, 0] > place.forward_m
            draw_smoke(image, smoke[number], puffs.part(behind), camera, black)
        drawn[number] = draw_solid(canvas, number, ride.vehicle.body.parts, place, camera, lighting)
        if drawn[number]:
            for shade in smoke.values():
                shade[canvas.owner == number] = 0
            corners = draw_plate(canvas, ride.vehicle, place, camera, lighting)
            if corners is not None:
                plates.append((number, corners))
        if puffs is not None:
            draw_smoke(image, smoke[number], puffs.part(~behind), camera, black)
    if lighting.lamps:
        dazzle(image, canvas.glow)
    truth = [
        *_vehicles(rides, drawn, canvas),
        *_plates(rides, plates, canvas, smoke),
        *_plumes(smoke),
    ]
    return expose(image, site.light, rng), tuple(truth)


def _puffs(site: Site, ride: Ride, at_s: float, wind: Array) -> Puffs:
    body = ride.vehicle.body

    def exhaust(when: float) -> tuple[Array, Array]:
        place = ride.place(site, when)
        moving = place.turn @ (np.add(body.exhaust_out, [abs(ride.speed_mps), 0, 0]))
        labour = 1 + 0.2 * sin(when * 5)
        return place.to_camera(np.array([body.exhaust]))[0], moving * labour

    return plume(exhaust, at_s, ride.vehicle.smoke, wind, ride.vehicle.look)


def _vehicles(rides: Sequence[Ride], drawn: dict[int, int], canvas: Canvas) -> Iterator[Truth]:
    for number, pixels in drawn.items():
        box = _extent(canvas.owner == number)
        if box is None or min(box[2] - box[0], box[3] - box[1]) < _LEAST_SIDE_PX:
            continue
        if np.count_nonzero(canvas.owner == number) >= _LEAST_VISIBLE * pixels:
            yield Truth(rides[number].vehicle.kind, box, number)


def _plates(
    rides: Sequence[Ride],
    plates: list[tuple[int, Array]],
    canvas: Canvas,
    smoke: dict[int, Array],
) -> Iterator[Truth]:
    height, width = canvas.owner.shape
    for number, corners in plates:
        low, high = corners.min(axis=0), corners.max(axis=0)
        if (low < 0).any() or (high > [width - 1, height - 1]).any():
            continue
        if high[0] - low[0] < _LEAST_PLATE_PX:
            continue
        x0, y0 = np.floor(low).astype(int).tolist()
        x1, y1 = np.ceil(high).astype(int).tolist()
        view = (slice(y0, y1 + 1), slice(x0, x1 + 1))
        if (canvas.owner[view] == number).mean() < 0.8:
            continue
        if any(shade[view].mean() > _MOST_SMOKE_ON_PLATE for shade in smoke.values()):
            continue
        vehicle = rides[number].vehicle
        first, second, third, fourth = ((float(x), float(y)) for x, y in corners)
        yield Truth(
            "plate",
            (float(low[0]), float(low[1]), float(high[0]), float(high[1])),
            number,
            (first, second, third, fourth),
            vehicle.plate_text,
            vehicle.plate_color,
        )


def _plumes(smoke: dict[int, Array]) -> Iterator[Truth]:
    for number, shade in smoke.items():
        mask = (shade > _SMOKE_SHOWS).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        if count < 2:
            continue
        # Wisps that have come off are not part of the box.
        x, y, wide, high, area = stats[1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))].tolist()
        if min(wide, high) >= _LEAST_SIDE_PX and area > 2 * _LEAST_SIDE_PX**2:
            yield Truth("black_smoke", (x, y, x + wide, y + high), number)


def _extent(mask: Mask) -> Box | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
