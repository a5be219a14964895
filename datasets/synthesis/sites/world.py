"""Places made up from a seed: a road or lane, houses, yards, walls, trees, and room to build."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from datasets.synthesis.sites.facade import BAY_M, FLOOR_M, facade
from datasets.synthesis.sites.material import Material, material
from datasets.synthesis.sites.raster import Canvas, Patch, mask_of
from datasets.synthesis.sites.solids import box, cutout, gable, placed, rectangle
from datasets.synthesis.sites.structures import Plane
from datasets.synthesis.sites.view import View
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image

GROUND, SCENERY, FIRST_FREE = 1, 2, 10
"""Numbers of things in a canvas."""

_CELL_M = 10.0


@dataclass(frozen=True)
class Slot:
    """Room for a structure.

    Attributes:
        plane: On what it would stand or hang.
        at: (3,) middle of the room's floor, or a point of the wall.
        turn: How a structure there is turned: its front looks to -z when 0, radians.
        room: Width, height, depth in metres.
    """

    plane: Plane
    at: Array
    turn: float
    room: tuple[float, float, float]


@dataclass
class World:
    """What stands still at a place.

    Attributes:
        ground: Patches of the ground; they cast no shadows.
        solids: Everything else.
        shades: Patches that only cast shadows, such as a crown seen from above.
        slots: Where something could be built.
        parking: x, z and direction where vehicles stand.
        houses: Rectangles x0, z0, x1, z1 under houses.
        taken: Rectangles x0, z0, x1, z1 where nothing is built: houses, roads, walls.
        lamps: x, y, z of street lamps.
        stains: float32 (256, 256) unevenness of the ground, 0.5 m a texel.
        sky: uint8 (H, W, 3) picture of the clear sky, of any size.
    """

    ground: list[Patch] = field(default_factory=list)
    solids: list[Patch] = field(default_factory=list)
    shades: list[Patch] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    parking: list[tuple[float, float, float]] = field(default_factory=list)
    houses: list[tuple[float, float, float, float]] = field(default_factory=list)
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)
    lamps: list[tuple[float, float, float]] = field(default_factory=list)
    stains: Array = field(default_factory=lambda: np.ones((256, 256), np.float32))
    sky: Image = field(default_factory=lambda: np.zeros((2, 2, 3), np.uint8))

    def free(self, box_m: tuple[float, float, float, float]) -> bool:
        """Whether nothing stands in a rectangle x0, z0, x1, z1."""
        x0, z0, x1, z1 = box_m
        return all(x1 <= a or c <= x0 or z1 <= b or d <= z0 for a, b, c, d in self.taken)

    def clear_of_houses(self, x: float, z: float) -> bool:
        """Whether a point is at least 1 m away from every house."""
        return all(not (a < x + 1 and x < c + 1 and b < z + 1 and z < d + 1)
                   for a, b, c, d in self.houses)  # fmt: skip


def draw_world(seed: int, photos: Sequence[Path] = ()) -> World:
    """Make up a place; the same seed gives the same place.

    Args:
        seed: At least 0.
        photos: Labelled photographs of facades to lay fronts from.
    """
    rng = np.random.default_rng([seed, 0x5173])
    world = World()
    rural = bool(rng.random() < 0.5)
    half = float(rng.uniform(1.8, 3.0) if rural else rng.uniform(3.0, 6.0))
    _grounds(rng, world, half, rural=rural)
    for side in (-1, 1):
        _row(rng, world, side, half, rural=rural, photos=tuple(photos))
    _open_ground(rng, world, half)
    _planting(rng, world, half, rural=rural)
    world.stains = (
        1 + 0.02 * noise(rng, (256, 256), (5, 5)) + 0.06 * noise(rng, (256, 256), (24, 24))
    )
    world.sky = _sky(rng)
    return world


def floor(
    low: tuple[float, float],
    high: tuple[float, float],
    y: float,
    stuff: Material,
    cell_m: float = _CELL_M,
) -> list[Patch]:
    """A level piece of ground in cells, so that each is blurred to fit its distance."""
    found = []
    xs = np.arange(low[0], high[0], cell_m)
    zs = np.arange(low[1], high[1], cell_m)
    for x in xs:
        for z in zs:
            wide, deep = min(cell_m, high[0] - x), min(cell_m, high[1] - z)
            patch = rectangle((x, y, z + deep), (wide, 0, 0), (0, 0, -deep), stuff)
            per = stuff.size_m
            offset = (-(x % per[0]), -((-z - deep) % per[1]))
            found.append(
                Patch(patch.origin, patch.across, patch.down, patch.outline, stuff, offset)
            )
    return found


def _grounds(rng: np.random.Generator, world: World, half: float, *, rural: bool) -> None:
    base = material(
        str(
            rng.choice(["dirt", "grass", "concrete"] if rural else ["paving", "concrete", "grass"])
        ),
        int(rng.integers(12)),
    )
    way = material("concrete" if rural or rng.random() < 0.3 else "asphalt", int(rng.integers(12)))
    world.ground += floor((-60, -20), (60, 110), 0.0, base)
    far = material(str(rng.choice(["dirt", "grass"])), int(rng.integers(12)))
    world.ground += floor((-400, -60), (400, 500), -0.3, far, 80.0)
    hedge = material("hedge", int(rng.integers(12)))
    tall = float(rng.uniform(0.8, 2.2))
    for x, z, wide, turn in (
        (-90, 118, 180, 0.0),
        (-75, -20, 140, -np.pi / 2),
        (75, 120, 140, np.pi / 2),
    ):
        across = np.array([np.cos(turn), 0.0, -np.sin(turn)]) * wide
        patch = rectangle((x, 6 * tall - 0.5, z), across, (0, -6 * tall, 0), hedge)
        world.ground.append(replace(patch, stretch=(tall, tall)))
    world.ground += floor((-half, -20), (half, 110), 0.02, way)
    if not rural:
        walk = material("paving", int(rng.integers(12)))
        for hand in (-1, 1):
            edges = sorted((hand * half, hand * (half + 2.2)))
            world.ground += floor((edges[0], -20), (edges[1], 110), 0.02, walk)
        white = material("plain:0.8,0.8,0.8")
        for start in np.arange(-10, 90, 6.0).tolist():
            world.ground += floor((-0.08, start), (0.08, start + 3), 0.04, white)
    world.taken.append((-half, -20, half, 110))
    for _ in range(int(rng.integers(2, 7))):
        at = (float(rng.uniform(-30, 30)), float(rng.uniform(2, 60)))
        wide, deep = rng.uniform(3, 14, 2).tolist()
        stuff = material(str(rng.choice(["dirt", "grass", "concrete", "rubble", "asphalt"])),
                         int(rng.integers(12)))  # fmt: skip
        if rng.random() < 0.75:
            world.ground += floor(at, (at[0] + wide, at[1] + deep), 0.01, stuff)
    for ahead in rng.uniform(5, 70, int(rng.integers(0, 8))).tolist():
        side = float(rng.choice([-1, 1]))
        world.parking.append((side * (half - 1.0), ahead, 0.0))


def _row(
    rng: np.random.Generator, world: World, side: int, half: float, *, rural: bool,
    photos: tuple[Path, ...],
) -> None:  # fmt: skip
    """Houses along one side of the road, and a second row behind."""
    for row, setback in enumerate((rng.uniform(2.5, 9), rng.uniform(20, 30))):
        z = float(rng.uniform(-12, 4))
        while z < 95:
            floors = int(rng.integers(1, 4) if rural else rng.choice([2, 3, 5, 6, 6, 7]))
            bays = int(rng.integers(2, 5) if rural else rng.integers(3, 10))
            length, deep = bays * BAY_M, float(rng.uniform(6, 11))
            x = half + float(setback) + float(rng.uniform(-0.5, 2.5))
            if rng.random() < (0.78 if row == 0 else 0.6):
                low = (x, z) if side > 0 else (-x - deep, z)
                _house(rng, world, low, (deep, floors, length), side, rural=rural, photos=photos)
                if row == 0 and rural and rng.random() < 0.4:
                    _yard(rng, world, side, half, (z, z + length), x)
            z += length + float(rng.uniform(0.5, 9))


def _house(
    rng: np.random.Generator, world: World, low: tuple[float, float],
    size: tuple[float, int, float], side: int, *, rural: bool, photos: tuple[Path, ...],
) -> None:  # fmt: skip
    (x, z), (wide, floors, deep) = low, size
    tall = floors * FLOOR_M
    if not world.free((x, z, x + wide, z + deep)):
        return
    world.taken.append((x, z, x + wide, z + deep))
    world.houses.append((x, z, x + wide, z + deep))
    front = facade(int(rng.integers(24)), photos)
    blank = material(str(rng.choice(["plaster", "brick_red", "brick_grey", "concrete", "plaster"])),
                     int(rng.integers(12)))  # fmt: skip
    walls = box((x, 0, z), (wide, tall, deep), front)
    if rng.random() < 0.6:
        plain = box((x, 0, z), (wide, tall, deep), blank)
        walls[0], walls[2] = plain[0], plain[2]
    world.solids += walls
    road_x = x if side > 0 else x + wide
    turn = np.pi / 2 if side > 0 else -np.pi / 2
    for bay in range(round(deep / BAY_M)):
        for level in range(floors):
            at = np.array([road_x, level * FLOOR_M + 0.25, z + (bay + 0.5) * BAY_M])
            world.slots.append(Slot("wall", at, turn, (BAY_M * 1.05, 2.7, 1.6)))
    for share in (0.3, 0.5, 0.7):
        at = np.array([road_x, 0.0, z + share * deep])
        world.slots.append(Slot("wall", at, turn, (min(0.55 * deep, 16.0), min(tall, 14.4), 1.6)))
        up = at + np.array([0, 2.6, 0])
        world.slots.append(Slot("wall", up, turn, (min(0.55 * deep, 8.0), 2.6, 3.2)))
    at = np.array([x + wide / 2, 0.0, z])
    world.slots.append(Slot("wall", at + np.array([0, 2.6, 0]), 0.0, (wide * 0.8, 2.6, 3.2)))
    world.slots.append(Slot("wall", at, 0.0, (wide * 0.9, min(tall, 14.4), 1.6)))
    _top(rng, world, (x, tall, z), (wide, deep), rural=rural)


def _top(
    rng: np.random.Generator, world: World, low: tuple[float, float, float],
    size: tuple[float, float], *, rural: bool,
) -> None:  # fmt: skip
    """A pitched roof, sheets of steel, or a flat roof with what stands on it."""
    (x, y, z), (wide, deep) = low, size
    plaster = material("plaster", int(rng.integers(12)))
    if rng.random() < (0.45 if rural else 0.15):
        stuff = material("tiles", int(rng.integers(12)))
        if rng.random() < 0.2:
            colour = str(rng.choice(["blue", "red", "grey", "galvanised"]))
            stuff = material(f"steel:{colour}", int(rng.integers(12)))
        roof = gable((0, 0, -wide / 2), (deep, 0, wide), 0.25 * wide, stuff, plaster, 0.4)
        world.solids += placed(roof, np.array([x + wide / 2, y, z + deep]), np.pi / 2)
        return
    stuff = material(str(rng.choice(["bitumen", "concrete"])), int(rng.integers(12)))
    world.solids += floor((x, z), (x + wide, z + deep), y, stuff)
    rail = float(rng.uniform(0.3, 1.1))
    for a, b, c, d in ((x, z, wide, 0.2), (x, z + deep - 0.2, wide, 0.2), (x, z, 0.2, deep),
                       (x + wide - 0.2, z, 0.2, deep)):  # fmt: skip
        world.solids += box((a, y, b), (c, rail, d), plaster, plaster)
    taken = 0.0
    if rng.random() < 0.5:  # the head of the stairs
        world.solids += box((x + 0.5, y, z + 0.5), (3.0, 2.6, 4.0), plaster, stuff)
        taken = 5.0
    steel = material("steel:white", int(rng.integers(12)))
    for _ in range(int(rng.integers(0, 4))):
        a, b = rng.uniform(0.6, wide - 2), rng.uniform(0.6, deep - 2)
        tank = material(str(rng.choice(["steel:galvanised", "plain:0.7,0.4,0.2", "steel:white"])))
        world.solids += box((x + a, y, z + b), (1.2, 1.3, 1.2), tank, steel)
    for _ in range(int(rng.choice([0, 0, 2, 5]))):  # solar water heaters
        a, b = rng.uniform(0.6, wide - 2), rng.uniform(0.6, deep - 2)
        dark = material("plain:0.2,0.15,0.12")
        world.solids.append(
            rectangle((x + a, y + 1.3, z + b + 1.2), (1.6, 0, 0), (0, -1.0, -1.2), dark)
        )
        world.solids += box((x + a, y + 1.2, z + b + 1.2), (1.6, 0.4, 0.4), steel, steel)
    room = (wide - 1.2, 3.4, deep - 1.2 - taken)
    at = np.array([x + wide / 2, y, z + taken + (deep - taken) / 2])
    for turn in (0.0, np.pi / 2, -np.pi / 2):
        flipped = room if turn == 0 else (room[2], room[1], room[0])
        world.slots.append(Slot("roof", at, turn, flipped))
        shift = np.array([0.0, 0.0, room[2] * 0.22])
        half = (room[0], 3.4, room[2] * 0.5) if turn == 0 else (room[2] * 0.5, 3.4, room[0])
        for way in (-1, 1):
            world.slots.append(Slot("roof", at + way * shift, turn, half))


def _yard(
    rng: np.random.Generator, world: World, side: int, half: float, span: tuple[float, float],
    front: float,
) -> None:  # fmt: skip
    """A walled yard between a house and the road."""
    wall = material(str(rng.choice(["brick_red", "plaster", "concrete"])), int(rng.integers(12)))
    near = (half + 0.4) * side
    far = front * side
    low = min(near, far)
    wide = abs(far - near)
    tall = float(rng.uniform(1.2, 2.4))
    gate = float(rng.uniform(span[0] + 1, span[1] - 3))
    for z in span:
        world.solids += box((low, 0, z), (wide, tall, 0.2), wall, wall)
        world.taken.append((low, z, low + wide, z + 0.2))
    for a, b in ((span[0], gate), (gate + 2.5, span[1])):
        if b > a:
            world.solids += box((near - 0.1, 0, a), (0.2, tall, b - a), wall, wall)
    stuff = material("concrete", int(rng.integers(12)))
    world.ground += floor((low, span[0]), (low + wide, span[1]), 0.03, stuff)


def _open_ground(rng: np.random.Generator, world: World, half: float) -> None:
    """Find room on the ground: beside the road, in yards and between houses."""
    for _ in range(140):
        wide, deep = rng.uniform(3.5, 18), rng.uniform(3.5, 14)
        side = float(rng.choice([-1, 1]))
        x = side * float(rng.uniform(half + 0.3, half + 26))
        z = float(rng.uniform(4, 75))
        if world.free((x - wide / 2, z - deep / 2, x + wide / 2, z + deep / 2)):
            turn, square = float(rng.uniform(-3, 3)), 0.8 * min(wide, deep)
            room = (square, 4.5, square)
            if rng.random() < 0.7:
                turn = float(rng.choice([0.0, np.pi / 2, -np.pi / 2]))
                room = (wide, 4.5, deep) if turn == 0 else (deep, 4.5, wide)
            world.slots.append(Slot("ground", np.array([x, 0.03, z]), turn, room))
        if rng.random() < 0.08:
            world.parking.append((x, z, float(rng.uniform(-3, 3))))


def _planting(rng: np.random.Generator, world: World, half: float, *, rural: bool) -> None:
    """Trees, bushes, poles and lamps; crowns face the camera, which is known only later."""
    bark = material("plain:0.2,0.25,0.3")
    step = float(rng.uniform(6, 22))
    for z in np.arange(3, 90, step):
        for side in (-1, 1):
            if rng.random() < 0.55:
                x = side * (half + float(rng.uniform(0.8, 2.0)))
                world.solids += box((x, 0, z), (0.25, 2.2, 0.25), bark)
                _crown(rng, world, np.array([x, 1.6, z]), float(rng.uniform(2.0, 5.5)))
    for _ in range(int(rng.integers(3, 25 if rural else 12))):
        x, z = rng.uniform(-40, 40), rng.uniform(5, 90)
        size = float(rng.uniform(0.8, 7))
        if world.free((x - 1, z - 1, x + 1, z + 1)):
            world.solids += box((x, 0, z), (0.2, 0.4 * size, 0.2), bark)
            _crown(rng, world, np.array([x, 0.25 * size if size > 2 else -0.1, z]), size)
    pole, wire = material("plain:0.6,0.6,0.6"), material("plain:0.1,0.1,0.1")
    spacing, beside = float(rng.uniform(18, 35)), float(rng.choice([-1, 1]))
    for at in np.arange(float(rng.uniform(2, 12)), 90, spacing).tolist():
        out_x = beside * (half + 0.5)
        world.solids += box((out_x, 0, at), (0.22, 7.5, 0.22), pole)
        world.lamps.append((out_x * 0.7, 7.0, at))
        for y, out in ((7.2, 0.0), (6.9, 0.4), (6.6, -0.3)):
            for part in range(4 if rural else 0):  # a wire that sags
                ends = [at + spacing * share / 4 for share in (part, part + 1)]
                sag = [y - 0.8 * (1 - (share / 2 - 1) ** 2) for share in (part, part + 1)]
                one, two = (
                    np.array([out_x + out, h, end]) for h, end in zip(sag, ends, strict=True)
                )
                down = np.cross(two - one, [1.0, 0, 0])
                world.solids.append(
                    rectangle(one, two - one, 0.05 * down / np.linalg.norm(down), wire)
                )


def _crown(rng: np.random.Generator, world: World, at: Array, size: float) -> None:
    leaves = material("foliage", int(rng.integers(12)))
    tall = size * float(rng.uniform(0.8, 1.2))
    for yaw in (0.4, 0.4 + np.pi / 2):
        world.solids.append(cutout(at, size, tall, leaves, yaw))
    low = at + np.array([-size / 2, tall / 2, size / 2])
    world.shades.append(rectangle(low, (size, 0, 0), (0, 0, -size), leaves, stretched=True))


def _sky(rng: np.random.Generator) -> Image:
    rows = np.linspace(0, 1, 128, dtype=np.float32)[:, None, None]
    top = np.array([0.95, 0.75, 0.55]) if rng.random() < 0.5 else np.array([0.88, 0.85, 0.83])
    colour = top + (np.array([0.93, 0.9, 0.87]) - top) * rows
    clouds = noise(rng, (128, 256), (20, 60)) + 0.5 * noise(rng, (128, 256), (7, 20))
    part = np.clip(clouds * rng.uniform(0, 0.8), 0, 0.8)[..., None]
    return np.asarray(np.clip(colour + (0.96 - colour) * part, 0, 1) * 255, np.uint8)


def draw_canvas(world: World, view: View) -> Canvas:
    """Draw what stands still."""
    canvas = Canvas.empty(view)
    canvas.draw(view, world.ground, GROUND)
    _stain(canvas, world, view)
    canvas.draw(view, world.solids, SCENERY)
    return canvas


def _stain(canvas: Canvas, world: World, view: View) -> None:
    """Make the ground uneven over many metres."""
    plane = view.matrix @ np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]).T
    texels = plane @ np.diag([0.5, 0.5, 1.0])
    stains = cv2.warpPerspective(
        world.stains, np.linalg.inv(texels), (view.width, view.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_WRAP,
    )  # fmt: skip
    gain = np.asarray(np.clip(stains * 128, 0, 255), np.uint8)
    there = mask_of(canvas.nearness > 0)
    cv2.copyTo(cv2.multiply(canvas.albedo, cv2.merge([gain] * 3), scale=1 / 128), there,
               canvas.albedo)  # fmt: skip
