"""Plates that a device read, given to the vehicles that we see.

A plate that we read, too, is that vehicle's. Any other whose box is known belongs to the smallest
vehicle that its middle lies in, one without a box to the largest vehicle, which such devices
frame; where we see none, it is a vehicle by itself. What the device read is one more reading:
where we read a plate at that vehicle, both vote.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from api.database import new_id
from api.external_detections.detection import PLATE_COLOR, ExternalDetection
from api.passages.sights import Box, SeenVehicle, Sight
from inference.detections import PlateReading
from inference.plates import vote
from models.plate_text import COLORS

UNSTATED_SCORE = 0.8
"""How sure a reading is taken to be whose device does not say: more than most rules ask for, less
than what makes a plate that differs in one character another vehicle (docs/checkpoint.md)."""


def with_device_plates(
    seen: list[SeenVehicle],
    external: Sequence[ExternalDetection],
    *,
    at: datetime,
    size: tuple[int, int],
) -> list[SeenVehicle]:
    """Return vehicles with what a device read on their plates.

    Args:
        seen: what we see.
        external: what the device says.
        at: when the frame was captured.
        size: width and height of the frame in pixels.
    """
    for position, one in enumerate(external):
        text = one.readable_plate
        if text is None:
            continue
        box = one.box_within(*size)
        owner = _owner(seen, text, box)
        if owner is None:
            owner = SeenVehicle(_sight(box, at, size))
            seen = [*seen, owner]
        read = _reading(text, one, box or owner.sight.box)
        if owner.sight.reading is not None:
            read = vote([owner.sight.reading, read])
        color = None if read.color == "unknown" else read.color
        sight = replace(
            owner.sight,
            plate=True,
            plate_score=read.text_score,
            plate_color=owner.sight.plate_color or color,
            reading=read,
        )
        told = replace(owner, sight=sight, told={**owner.told, position: text})
        seen = [told if each is owner else each for each in seen]
    return seen


def _owner(seen: Sequence[SeenVehicle], text: str, box: Box | None) -> SeenVehicle | None:
    for each in seen:
        if each.sight.reading is not None and each.sight.reading.text == text:
            return each
    if box is None:
        return max(seen, key=lambda each: each.sight.size, default=None)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    around = [
        each
        for each in seen
        if each.sight.box[0] <= x <= each.sight.box[2]
        and each.sight.box[1] <= y <= each.sight.box[3]
    ]
    return min(around, key=lambda each: each.sight.size, default=None)


def _sight(box: Box | None, at: datetime, size: tuple[int, int]) -> Sight:
    whole = (0.0, 0.0, float(size[0]), float(size[1]))
    return Sight(new_id(), at, None, 1.0, box or whole, cut=box is None)


def _reading(text: str, one: ExternalDetection, box: Box) -> PlateReading:
    x1, y1, x2, y2 = box
    color = one.attributes.get(PLATE_COLOR, "")
    score = UNSTATED_SCORE if one.score is None else min(max(one.score, 0.0), 1.0)
    return PlateReading(
        text,
        score,
        color if color in COLORS else "unknown",
        ((x1, y1), (x2, y1), (x2, y2), (x1, y2)),
    )
