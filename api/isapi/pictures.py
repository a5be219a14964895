"""Which pictures of an alarm are taken, of when, and what the device says of each.

An alarm of a number-plate camera brings the scene and cut-outs of it. The scene is a frame;
cut-outs of plates and faces are not looked at and not kept.
"""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from api.devices.clocks import moment_of
from api.devices.parts import Part
from api.devices.pushing import Pushed
from api.external_detections.detection import PLATE, PLATE_COLOR, Box, ExternalDetection
from api.isapi.alert import Alert, Tree, all_of, number_of, text_of

_CUT_OUTS = ("plate", "feature", "face", "human", "body", "compose", "pilot", "copilot")
_VEHICLE_CUT_OUT = "vehiclepicture"
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")
_THOUSAND = 1000.0  # rectangles of plates and vehicles are in thousandths, of regions in shares
_MOST_REGIONS = 20

COLORS = {
    "blue": "blue",
    "yellow": "yellow",
    "white": "white",
    "black": "black",
    "civilaviationblack": "black",
    "green": "green",
    "newenergygreen": "green",
    "newenergyyellowgreen": "green",
}
"""Their colours of plates in our words."""

CLASSES = {
    "vehicle": "car",
    "car": "car",
    "smallcar": "car",
    "saloon": "car",
    "suvmpv": "car",
    "suv": "car",
    "mpv": "car",
    "van": "car",
    "pickuptruck": "truck",
    "truck": "truck",
    "minitruck": "truck",
    "heavytruck": "truck",
    "bus": "bus",
    "largebus": "bus",
    "mediumbus": "bus",
    "coach": "bus",
    "twowheelvehicle": "motorcycle",
    "motorcycle": "motorcycle",
    "human": "person",
    "pedestrian": "person",
}
"""Their kinds of vehicles and targets in our words; others stay in theirs."""

# Of an ANPR element: theirs, ours.
_ATTRIBUTES = (
    ("line", "lane"),
    ("laneNo", "lane"),
    ("direction", "direction"),
    ("plateType", "plate_type"),
    ("country", "country"),
)
_OF_VEHICLE = (("color", "color"), ("vehicleColor", "color"), ("speed", "speed_kmh"))


def pictures_of(alert: Alert, parts: Sequence[Part], zone: tzinfo) -> list[Pushed]:
    """Return the pictures of an alarm that are to be taken.

    Args:
        alert: the alarm.
        parts: the parts of its message.
        zone: where the device is, for times without an offset.
    """
    pictures = [part for part in parts if _is_picture(part)]
    infos = list(all_of(alert.tree, "pictureInfo")) or list(all_of(alert.tree, "pictureInfoList"))
    named = [(part, _info_of(part, n, infos, len(pictures))) for n, part in enumerate(pictures)]
    scenes = [(part, info) for part, info in named if not _says(part, info, _CUT_OUTS)]
    whole = [pair for pair in scenes if not _says(*pair, (_VEHICLE_CUT_OUT,))]
    return [
        Pushed(
            channel=alert.channel,
            captured_at=moment_of(text_of(info, "absTime"), alert.at.tzinfo or zone) or alert.at,
            data=part.data,
            event=f"{alert.event} {text_of(info, 'pId') or part.content_id}",
            content_type=part.content_type if part.content_type.startswith("image/") else None,
            external=_said(alert.tree, info),
        )
        for part, info in whole or scenes
    ]


def _is_picture(part: Part) -> bool:
    return part.content_type.startswith("image/") or part.data.startswith(_SIGNATURES)


def _info_of(part: Part, n: int, infos: Sequence[Tree], pictures: int) -> Tree:
    """Return what the alarm says of a picture: by its name, else by its place."""
    names = {part.name, part.content_id, part.filename} - {""}
    for info in infos:
        if names & {text_of(info, key) for key in ("pId", "fileName", "picName")} - {""}:
            return info
    return infos[n] if len(infos) == pictures else {}


def _says(part: Part, info: Tree, words: Sequence[str]) -> bool:
    told = " ".join(
        [part.name, part.filename, *(text_of(info, key) for key in ("type", "fileName"))]
    ).lower()
    return any(word in told for word in words)


def _said(tree: Tree, info: Tree) -> tuple[ExternalDetection, ...]:
    said: list[ExternalDetection] = []
    for read in [*all_of(tree, "ANPR"), *all_of(tree, "licensePlateInfo")][:1]:
        said += _plate_and_vehicle(read, info)
    for region in list(all_of(tree, "DetectionRegionEntry"))[:_MOST_REGIONS]:
        target = text_of(region, "detectionTarget").lower()
        box = _box(region, "TargetRect")
        if target or box:
            said.append(ExternalDetection(CLASSES.get(target, target or "other"), box))
    return tuple(said)


def _plate_and_vehicle(read: Tree, info: Tree) -> list[ExternalDetection]:
    details = next(all_of(read, "licensePlateInfo"), read)
    vehicle = next(all_of(read, "vehicleInfo"), {})
    kind = text_of(read, "vehicleType").lower()
    kind = "" if kind == "unknown" else kind
    attributes = {ours: text_of(read, theirs) for theirs, ours in _ATTRIBUTES}
    attributes |= {ours: text_of(vehicle, theirs) for theirs, ours in _OF_VEHICLE if vehicle}
    attributes = {name: value for name, value in attributes.items() if value != "unknown"}
    found = []
    box = _box(info, "vehicelRect") or _box(info, "vehicleRect")  # their own spelling
    if kind or box:
        found.append(
            ExternalDetection(CLASSES.get(kind, kind or "car"), box, None, None, attributes)
        )
    plate = text_of(details, "licensePlate") or text_of(read, "licensePlate")
    if plate:
        color = COLORS.get(text_of(details, "plateColor").lower())
        found.append(
            ExternalDetection(
                PLATE,
                _box(info, "plateRect") or _box(read, "plateRect"),
                _confidence(details),
                plate,
                attributes | ({PLATE_COLOR: color} if color else {}),
            )
        )
    return found


def _confidence(read: Mapping[str, Any]) -> float | None:
    percent = number_of(read, "confidenceLevel")
    return None if percent is None or not 0 <= percent <= 100 else percent / 100


def _box(tree: Tree, name: str) -> Box | None:
    """Return a rectangle in shares of the picture, None where there is none that makes sense."""
    rect = tree.get(name)
    if not isinstance(rect, dict):
        return None
    sides = [
        next((one for key in keys if (one := number_of(rect, key)) is not None), None)
        for keys in (("X", "x"), ("Y", "y"), ("width", "w"), ("height", "h"))
    ]
    x, y, width, height = (-1.0 if side is None else side for side in sides)
    scale = 1.0 if max(x, y, width, height) <= 1.0 else _THOUSAND
    if not (min(x, y) >= 0 and min(width, height) > 0 and max(x, y, width, height) <= scale):
        return None
    return x / scale, y / scale, (x + width) / scale, (y + height) / scale
