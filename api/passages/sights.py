"""What one frame shows of one vehicle: boxes put together into vehicles.

The street model finds vehicles, plates and smoke as boxes of their own. A plate belongs to the
smallest vehicle that its middle lies in, smoke to the vehicle that it covers most of, with half
the vehicle's size around it. Nothing here knows of a database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import hypot

from api.database import new_id
from api.registers.service import Match
from inference.detections import Detection, Detections, PlateReading

VEHICLES = ("car", "bus", "truck", "motorcycle")
PLATE, SMOKE = "plate", "black_smoke"
_SAME_OVERLAP = 0.7  # of the union: two classes of one vehicle
_EDGE = 0.004  # of the picture's side
_PLATE_TO_VEHICLE = (2.0, 6.0)  # how much wider and higher a vehicle is than its plate

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Sight:
    """One vehicle in one frame.

    Attributes:
        key: which.
        at: when it was captured.
        vehicle: its class, None where only a plate or smoke was seen.
        score: of the vehicle, 0 to 1.
        box: x1, y1, x2, y2 in pixels of the frame.
        cut: whether the edge of the picture cuts it.
        plate: whether a plate was seen.
        plate_score: how sure the reading is, 0 for one that could not be read, None where none
            was tried.
        plate_color: of the plate, None if unknown.
        smoke_score: of black smoke at it, None without.
        flags: what other devices say of it, by name.
        reading: what the plate says; kept only where `suspect`.
        matches: the register entries that it is like.
        exempt: codes of the rules from which the frame excuses it.
        suspect: this frame by itself says that it may break a rule.
    """

    key: str
    at: datetime
    vehicle: str | None
    score: float
    box: Box
    cut: bool
    plate: bool = False
    plate_score: float | None = None
    plate_color: str | None = None
    smoke_score: float | None = None
    flags: Mapping[str, str] = field(default_factory=dict)
    reading: PlateReading | None = None
    matches: Sequence[Match] = ()
    exempt: frozenset[str] = frozenset()
    suspect: bool = False

    @property
    def width(self) -> float:
        """Return the width of its box in pixels."""
        return self.box[2] - self.box[0]

    @property
    def middle(self) -> tuple[float, float]:
        """Return the middle of its box."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def size(self) -> float:
        """Return the diagonal of its box in pixels."""
        return max(1.0, hypot(self.box[2] - self.box[0], self.box[3] - self.box[1]))


@dataclass(frozen=True, slots=True)
class SeenVehicle:
    """A sight, and the detections that it was put together from, by their index.

    `told` is what a device read on its plate, by the position of its external detection; kept
    only where the sight is suspect.
    """

    sight: Sight
    vehicle_index: int | None = None
    plate_index: int | None = None
    smoke_index: int | None = None
    told: Mapping[int, str] = field(default_factory=dict)


def vehicles_in(
    found: Detections, *, at: datetime, size: tuple[int, int], flags: Mapping[str, str]
) -> list[SeenVehicle]:
    """Put the detections of one frame together into vehicles.

    Args:
        found: what the inspection found.
        at: when the frame was captured.
        size: width and height of the frame in pixels.
        flags: what came with the frame; they are said of the largest vehicle.
    """
    boxes = list(enumerate(found))
    seen = [
        SeenVehicle(_sight(one.class_name, one, at, size), vehicle_index=n)
        for n, one in _distinct([(n, one) for n, one in boxes if one.class_name in VEHICLES])
    ]
    for n, one in boxes:
        if one.class_name == PLATE:
            seen = _with_plate(seen, n, one, at, size)
    for n, one in boxes:
        if one.class_name == SMOKE:
            seen = _with_smoke(seen, n, one, at, size)
    return _with_flags(seen, flags, at, size) if flags else seen


def _distinct(boxes: Sequence[tuple[int, Detection]]) -> list[tuple[int, Detection]]:
    kept: list[tuple[int, Detection]] = []
    for n, one in boxes:  # highest score first
        if all(_overlap(one.box, other.box) < _SAME_OVERLAP for _, other in kept):
            kept.append((n, one))
    return kept


def _sight(
    vehicle: str | None, one: Detection, at: datetime, size: tuple[int, int], box: Box | None = None
) -> Sight:
    box = box or one.box
    x, y = _EDGE * size[0], _EDGE * size[1]
    cut = box[0] < x or box[1] < y or box[2] > size[0] - x or box[3] > size[1] - y
    return Sight(new_id(), at, vehicle, one.score, box, cut)


def _with_plate(
    seen: list[SeenVehicle], n: int, one: Detection, at: datetime, size: tuple[int, int]
) -> list[SeenVehicle]:
    x, y = (one.box[0] + one.box[2]) / 2, (one.box[1] + one.box[3]) / 2
    around = [
        each
        for each in seen
        if each.sight.box[0] <= x <= each.sight.box[2]
        and each.sight.box[1] <= y <= each.sight.box[3]
    ]
    if around:
        owner = min(around, key=lambda each: each.sight.size)
        if owner.plate_index is not None:  # the surest plate came first
            return seen
    else:
        wide, high = _PLATE_TO_VEHICLE
        dx, dy = wide * (one.box[2] - one.box[0]), high * (one.box[3] - one.box[1])
        box = (max(0.0, x - dx), max(0.0, y - dy), min(size[0], x + dx), min(size[1], y + dy))
        owner = SeenVehicle(_sight(None, one, at, size, box))
        seen = [*seen, owner]
    read = one.plate
    sight = replace(
        owner.sight,
        plate=True,
        plate_score=(read.text_score if read.text else 0.0) if read else None,
        plate_color=read.color if read and read.color != "unknown" else None,
        reading=read if read and read.text else None,
    )
    return [replace(owner, sight=sight, plate_index=n) if each is owner else each for each in seen]


def _with_smoke(
    seen: list[SeenVehicle], n: int, one: Detection, at: datetime, size: tuple[int, int]
) -> list[SeenVehicle]:
    near = [(_covered(one.box, _grown(each.sight.box)), each) for each in seen]
    share, owner = max(near, key=lambda each: each[0], default=(0.0, None))
    if owner is None or share == 0.0:
        sight = replace(_sight(None, one, at, size), smoke_score=one.score)
        return [*seen, SeenVehicle(sight, smoke_index=n)]
    if owner.smoke_index is not None:
        return seen
    sight = replace(owner.sight, smoke_score=one.score)
    return [replace(owner, sight=sight, smoke_index=n) if each is owner else each for each in seen]


def _with_flags(
    seen: list[SeenVehicle], flags: Mapping[str, str], at: datetime, size: tuple[int, int]
) -> list[SeenVehicle]:
    if not seen:
        whole = (0.0, 0.0, float(size[0]), float(size[1]))
        return [SeenVehicle(Sight(new_id(), at, None, 1.0, whole, True, flags=flags))]
    largest = max(seen, key=lambda each: each.sight.size)
    return [
        replace(each, sight=replace(each.sight, flags=flags)) if each is largest else each
        for each in seen
    ]


def _grown(box: Box) -> Box:
    dx, dy = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    return box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy


def _common(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height)


def _area(box: Box) -> float:
    return max(1e-9, (box[2] - box[0]) * (box[3] - box[1]))


def _overlap(a: Box, b: Box) -> float:
    common = _common(a, b)
    return common / (_area(a) + _area(b) - common)


def _covered(smoke: Box, vehicle: Box) -> float:
    return _common(smoke, vehicle) / _area(smoke)
