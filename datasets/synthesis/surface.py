"""The ground a bus sees: carriageway, shoulders and verge, as textures along the road."""

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.synthesis.texture import Texture, noise
from datasets.synthesis.types import Array, Image

BEHIND_M = 10.0
AHEAD_M = 70.0
"""The ground is laid out from ``BEHIND_M`` before the route's start to ``AHEAD_M`` past its end;
beyond, where nobody can tell, its last row goes on."""

_ROAD_TEXEL_M = (0.05, 0.016)
_HALF_ROAD_M = 6.4
_HALF_VERGE_M = 48.0


@dataclass(frozen=True, slots=True)
class Style:
    """What kind of road it is; lengths in metres, colours (3,) BGR from 0 to 1.

    Attributes:
        asphalt: Colour of the carriageway.
        verge: Colour of the grass or soil beside it.
        shoulder: Colour of the shoulders.
        lane_m: Width of each of the two lanes.
        paved_m: Half-width of the paved surface, shoulders included.
        centre_line: ``solid``, ``double`` or ``dashed``.
        line_wear: 0 for new markings, 1 for nearly gone.
        kerb: Whether kerbs bound the road, as in a town.
        trees_per_100m: Trees on each side.
        houses: Whether houses stand along the road.
    """

    asphalt: Array
    verge: Array
    shoulder: Array
    lane_m: float
    paved_m: float
    centre_line: str
    line_wear: float
    kerb: bool
    trees_per_100m: float
    houses: bool

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Style":
        """Draw a road."""
        grey = float(rng.uniform(0.30, 0.52))
        tint = rng.normal(0, 0.012, 3) + np.array([1, 0, -1]) * rng.normal(0, 0.015)
        lush = np.array([0.20, 0.42, 0.33]) * float(rng.uniform(0.7, 1.15))
        dry = np.array([0.36, 0.50, 0.55]) * float(rng.uniform(0.8, 1.1))
        soil = np.array([0.33, 0.40, 0.47]) * float(rng.uniform(0.8, 1.1))
        verge = [lush, dry, soil][int(rng.choice(3, p=[0.6, 0.25, 0.15]))]
        kerb = bool(rng.random() < 0.4)
        lane = float(rng.uniform(3.25, 3.75))
        return cls(
            asphalt=grey + tint,
            verge=verge,
            shoulder=(grey + tint) * float(rng.uniform(0.9, 1.15)) * 0.7 + soil * 0.3,
            lane_m=lane,
            paved_m=lane + float(rng.uniform(0.5, 1.6)),
            centre_line=str(rng.choice(["solid", "double", "dashed"])),
            line_wear=float(rng.uniform(0.1, 0.8)),
            kerb=kerb,
            trees_per_100m=float(rng.uniform(5, 11)),
            houses=bool(rng.random() < (0.9 if kerb else 0.35)),
        )


def carriageway(style: Style, length_m: float, rng: np.random.Generator) -> Texture:
    """Lay the paved road: asphalt, wheel tracks, repairs, joints, stains, markings, shoulders.

    Args:
        style: What kind of road it is.
        length_m: Length of the route, metres.
        rng: Where the randomness comes from.

    Returns:
        A BGRA texture; alpha says where the road is paved.
    """
    texel = _ROAD_TEXEL_M
    start = -BEHIND_M
    along = np.arange(start, length_m + AHEAD_M, texel[0], dtype=np.float32)[:, None]
    across = np.arange(-_HALF_ROAD_M, _HALF_ROAD_M, texel[1], dtype=np.float32)[None, :]
    shape = (along.size, across.size)
    quarter = (shape[0] // 4, shape[1] // 4)

    # Slowly changing tone, at a quarter of the resolution: that is all it holds.
    tone = 0.045 * noise(rng, quarter, (25, 110)) + 0.035 * noise(rng, quarter, (9, 18))
    tone += 0.02 * noise(rng, quarter, (220, 5)) + 0.02 * noise(rng, quarter, (40, 2))
    small = across[:, ::4][:, : quarter[1]]
    for lane in (-style.lane_m / 2, style.lane_m / 2):
        for track in (lane - 0.85, lane + 0.85):
            tone += float(rng.uniform(0.0, 0.07)) * np.exp(-(((small - track) / 0.33) ** 2))
        tone -= float(rng.uniform(0.02, 0.07)) * np.exp(-(((small - lane) / 0.3) ** 2))
    tone = np.asarray(cv2.resize(tone.astype(np.float32), shape[::-1]), np.float32)

    marks = np.full(shape, 128, np.uint8)  # darker and lighter things drawn on the asphalt
    _repairs(marks, along, across, style, rng)
    _joints(marks, along, across, style, rng)
    tone += (marks.astype(np.float32) - 128) / 128

    edge = 0.10 * noise(rng, shape, (90, 400)) + 0.03 * noise(rng, shape, (8, 400))
    paved = np.abs(across) - style.paved_m
    paved = paved if style.kerb else paved + edge
    shoulder = np.clip((np.abs(across) - style.lane_m - 0.25 + edge) / 0.25, 0, 1)
    shoulder *= 0.0 if style.kerb else 1.0
    asphalt = style.asphalt.astype(np.float32)
    colour = np.empty((*shape, 4), np.float32)
    shade = 1 + tone
    for channel in range(3):
        base = (
            asphalt[channel] + (np.float32(style.shoulder[channel]) - asphalt[channel]) * shoulder
        )
        colour[..., channel] = base * shade
    colour[..., 3] = np.clip(0.5 - paved / 0.06, 0, 1)
    if style.kerb:
        kerb = np.clip(1 - np.abs(paved + 0.08) / 0.09, 0, 1) ** 0.2
        stones = np.where(np.mod(along, 1.0) < 0.04, 0.72, 1.0)
        concrete = np.array([0.62, 0.64, 0.65], np.float32)
        gutter = 1 - 0.22 * np.exp(-(((paved + 0.3) / 0.12) ** 2))
        for channel in range(3):
            plane = colour[..., channel] * gutter
            colour[..., channel] = plane + (concrete[channel] * stones - plane) * kerb
    _markings(colour, along, across, style, rng)
    pixels = np.asarray(cv2.convertScaleAbs(colour.reshape(shape[0], -1), alpha=255), np.uint8)
    return Texture(pixels.reshape(*shape, 4), start, -_HALF_ROAD_M, texel, "edge")


def _cells(values: Array, first: float, last: float) -> slice:
    return slice(*np.searchsorted(values, [first, last]).tolist())


def _repairs(
    marks: Image, along: Array, across: Array, style: Style, rng: np.random.Generator
) -> None:
    """Rectangular patches of newer or older asphalt with a dark edge, and oil stains."""
    length = float(along[-1, 0] - along[0, 0])
    for _ in range(rng.poisson(length / 22)):
        first = float(rng.uniform(along[0, 0], along[-1, 0]))
        left = float(rng.uniform(-style.lane_m, style.lane_m - 1))
        rows = _cells(along[:, 0], first, first + float(rng.uniform(0.8, 6)))
        columns = _cells(across[0], left, left + float(rng.uniform(0.6, 2.6)))
        tone = int(rng.choice([-34, -22, 14]))
        block = marks[rows, columns]
        if block.size:
            block[:] = 128 + tone
            cv2.rectangle(block, (0, 0), (block.shape[1] - 1, block.shape[0] - 1), 86, 2)
    for _ in range(rng.poisson(length / 9)):
        row = int(rng.integers(marks.shape[0]))
        lane = float(rng.choice([-0.5, 0.5])) * style.lane_m + float(rng.normal(0, 0.35))
        column = int((lane - across[0, 0]) / (across[0, 1] - across[0, 0]))
        tone = int(rng.uniform(94, 116))
        for _ in range(5):
            size = rng.uniform(0.03, 0.13)
            axes = (int(size / _ROAD_TEXEL_M[1]), int(size / _ROAD_TEXEL_M[0] * rng.uniform(1, 3)))
            spot = (column + int(rng.normal(0, 6)), row + int(rng.normal(0, 4)))
            cv2.ellipse(marks, spot, axes, 0, 0, 360, tone, -1)
    marks[:] = cv2.GaussianBlur(marks, (7, 3), 0)


def _joints(
    marks: Image, along: Array, across: Array, style: Style, rng: np.random.Generator
) -> None:
    """The paver's joint along the road and a few sealed joints across it."""
    column = int((float(rng.normal(0.2, 0.1)) - across[0, 0]) / _ROAD_TEXEL_M[1])
    drift = cv2.GaussianBlur(rng.standard_normal((1, len(along) // 8 + 1)), (0, 0), 9)[0] * 30
    points = np.stack([column + drift, np.arange(drift.size) * 8], axis=1).astype(np.int32)
    cv2.polylines(marks, [points], False, 100, 2, cv2.LINE_AA)
    edge = int((style.lane_m + 0.1) / _ROAD_TEXEL_M[1])
    centre = marks.shape[1] // 2
    for _ in range(rng.poisson(float(along[-1, 0] - along[0, 0]) / 70)):
        row = int(rng.integers(marks.shape[0]))
        cv2.line(marks, (centre - edge, row), (centre + edge, row), 84, 2, cv2.LINE_AA)


def _markings(
    colour: Array, along: Array, across: Array, style: Style, rng: np.random.Generator
) -> None:
    """Paint yellow centre lines and white edge lines, worn by wheels."""
    yellow = np.array([0.22, 0.62, 0.80], np.float32) * float(rng.uniform(0.8, 1.05))
    white = np.array([0.82, 0.83, 0.83], np.float32) * float(rng.uniform(0.85, 1.05))
    solid = np.ones_like(along)
    centre = solid if style.centre_line != "dashed" else np.mod(along, 15.0) < 6.0
    lines = [
        (at, yellow, centre) for at in ((-0.14, 0.14) if style.centre_line == "double" else (0,))
    ]
    lines += [(side * style.lane_m, white, solid) for side in (-1, 1)]
    for at, paint, on in lines:
        columns = _cells(across[0], at - 0.12, at + 0.12)
        shape = (len(along), columns.stop - columns.start)
        cover = np.clip((0.075 - np.abs(across[:, columns] - at)) / _ROAD_TEXEL_M[1] + 0.5, 0, 1)
        worn = noise(rng, shape, (1.5, 5)) + noise(rng, shape, (60, 40))
        cover = cover * on * np.clip(2.2 - 2.2 * style.line_wear + 0.8 * worn, 0, 1) * 0.92
        part = colour[:, columns, :3]
        part += (paint - part) * cover[..., None]


def verge(style: Style, length_m: float, rng: np.random.Generator) -> Texture:
    """Lay the land beside the road: grass or soil, with a soil strip next to the pavement.

    Args:
        style: What kind of road it is.
        length_m: Length of the route, metres.
        rng: Where the randomness comes from.

    Returns:
        A BGR texture.
    """
    texel = (0.10, 0.10)
    start = -BEHIND_M
    along = np.arange(start, length_m + AHEAD_M, texel[0], dtype=np.float32)[:, None]
    across = np.arange(-_HALF_VERGE_M, _HALF_VERGE_M, texel[1], dtype=np.float32)[None, :]
    shape = (along.size, across.size)
    tufts = 0.16 * noise(rng, shape, (2, 2)) + 0.14 * noise(rng, shape, (9, 9))
    tufts += 0.12 * noise(rng, shape, (50, 50))
    dry = np.clip(0.35 * noise(rng, shape, (70, 40)) + 0.2 * noise(rng, shape, (12, 12)), 0, 0.6)
    soil = np.clip(
        1.3 - (np.abs(across) - style.paved_m) / 0.7 + 0.5 * noise(rng, shape, (10, 10)), 0, 1
    )
    straw = np.array([0.35, 0.52, 0.56], np.float32)
    earth = np.array([0.40, 0.47, 0.53], np.float32) * float(rng.uniform(0.75, 1.1))
    base = style.verge.astype(np.float32)
    colour = base + (straw - base) * dry[..., None]
    colour += (earth - colour) * soil[..., None]
    if style.kerb:  # a pavement for people on foot
        walk = (np.abs(across) < style.paved_m + 2.6).astype(np.float32)
        tiles = 1 - 0.08 * ((np.mod(along, 0.6) < 0.1) | (np.mod(across, 0.6) < 0.1))
        slabs = np.array([0.58, 0.60, 0.63], np.float32) * tiles[..., None]
        colour += (slabs - colour) * walk[..., None]
        tufts = tufts * (1 - 0.8 * walk)
    colour *= (1 + tufts)[..., None]
    return Texture(
        np.asarray(np.clip(colour * 255, 0, 255), np.uint8), start, -_HALF_VERGE_M, texel, "edge"
    )
