"""Images and vehicles as frames: GA/T 1400.3's objects in our words (docs/devices.md)."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from api.devices.service import DeviceTarget, KnownDevice, camera_of
from api.external_detections.detection import PLATE_COLOR, Box, ExternalDetection
from api.frames.intake import Posted
from api.frames.metadata import FrameMetadata
from api.viid.answers import ItemRefused, StatusCode
from api.viid.reading import Fields

LIST_OF_IMAGES = ("ImageListObject", ("Image", "ImageObject"))
LIST_OF_VEHICLES = ("MotorVehicleListObject", ("MotorVehicleObject",))

# ImageType: the whole scene (场景图), the picture of a vehicle (车辆大图). Plates, faces and
# composed pictures are not looked at.
_SCENES = ("14", "01")
# ColorType, of plates.
_PLATE_COLORS = {"1": "black", "2": "white", "5": "blue", "6": "yellow", "9": "green"}
_COLORS = {
    "1": "black",
    "2": "white",
    "3": "grey",
    "4": "red",
    "5": "blue",
    "6": "yellow",
    "7": "orange",
    "8": "brown",
    "9": "green",
    "10": "purple",
    "11": "cyan",
    "12": "pink",
    "13": "transparent",
    "99": "other",
}
# HorizontalShotType.
_DIRECTIONS = {
    "1": "east",
    "2": "west",
    "3": "south",
    "4": "north",
    "5": "northeast",
    "6": "southwest",
    "7": "southeast",
    "8": "northwest",
}
# GA/T 16.4 (GA 24.4), by the beginning of the code of a vehicle's type.
_CLASSES = {
    "K1": "bus",
    "K2": "bus",
    "K": "car",
    "D": "bus",
    "H": "truck",
    "Q": "truck",
    "Z": "truck",
    "M": "motorcycle",
}
_SAID_AS = {
    "VehicleClass": "vehicle_type",
    "VehicleBrand": "brand",
    "VehicleModel": "model",
    "PlateClass": "plate_type",
    "HasPlate": "has_plate",
    "NameOfPassedRoad": "road",
    "TollgateID": "tollgate",
}
# What rules may ask for: docs/checkpoint.md.
_FLAGS = {
    "LaneNo": "lane",
    "DrivingStatusCode": "driving_status",
    "IsDecked": "plate_cloned",
    "IsAltered": "plate_altered",
    "IsCovered": "plate_covered",
}
_CODE = re.compile(r"[0-9A-Za-z_.-]{1,20}")
_NO = ("0", "false")


@dataclass(frozen=True, slots=True)
class Taken:
    """An item as it is taken in.

    Attributes:
        target: the camera that it is of.
        metadata: when it was captured, and what the device says of the moment.
        data: the bytes of its picture or clip.
        external: what the device says of its picture.
    """

    target: DeviceTarget
    metadata: FrameMetadata
    data: bytes
    external: tuple[ExternalDetection, ...] = ()

    def posted(self) -> Posted:
        """Return the frame that it is."""
        return Posted(self.target.gateway_id, self.metadata, self.data, None, self.external)


def read_image(item: Fields, device: KnownDevice, zone: ZoneInfo) -> Taken:
    """Read an image: `ImageInfo`, `Data`, and the vehicles that the device sees in it.

    Args:
        item: the image; the members of `ImageInfo` may stand in it themselves.
        device: who sends it.
        zone: of the device's clock.

    Raises:
        ItemRefused: it cannot be taken.
    """
    info = item.object("ImageInfo") or item
    vehicles = item.object("MotorVehicleList")
    return taken(
        info,
        device,
        zone,
        name="ImageID",
        time="ShotTime",
        data=item.data("Data"),
        external=tuple(
            _detection(one) for one in (vehicles.objects("MotorVehicleObject") if vehicles else ())
        ),
    )


def read_vehicle(item: Fields, device: KnownDevice, zone: ZoneInfo) -> Taken:
    """Read a vehicle that passed: its picture becomes the frame, the rest what the device says.

    Args:
        item: the vehicle.
        device: who sends it.
        zone: of the device's clock.

    Raises:
        ItemRefused: it cannot be taken.
    """
    listed = item.object("SubImageList")
    pictures = listed.objects("SubImageInfoObject") if listed else []
    scene = _scene(pictures)
    if scene is None:
        raise ItemRefused(
            StatusCode.INVALID_JSON_CONTENT,
            f"{item.place} has no picture of type 14 or 01 in its SubImageList",
        )
    flags = {ours: text for theirs, ours in _FLAGS.items() if (text := _said(item, theirs))}
    speed = item.number("Speed")
    if speed is not None and speed >= 0:
        flags["speed_kmh"] = f"{speed:g}"
    if direction := _DIRECTIONS.get(item.text("Direction") or ""):
        flags["direction"] = direction
    return taken(
        item,
        device,
        zone,
        name="MotorVehicleID",
        time="PassTime",
        data=scene.data("Data"),
        picture=scene,
        flags=flags,
        external=(_detection(item),),
    )


def taken(
    info: Fields,
    device: KnownDevice,
    zone: ZoneInfo,
    *,
    name: str,
    time: str,
    data: bytes | None,
    picture: Fields | None = None,
    flags: Mapping[str, str] | None = None,
    external: tuple[ExternalDetection, ...] = (),
) -> Taken:
    """Put together what every item has.

    Args:
        info: the object with the item's identifier, device and time.
        device: who sends it.
        zone: of the device's clock.
        name: of the member with the item's identifier.
        time: of the member with its time.
        data: its bytes.
        picture: the object of its picture; its own `ShotTime` and `DeviceID` come first.
        flags: what the device says of the moment.
        external: what it says of the picture.

    Raises:
        ItemRefused: it cannot be taken.
    """
    item_id = info.text(name)
    if item_id is None:
        raise ItemRefused(StatusCode.INVALID_JSON_CONTENT, f"{info.place}.{name} is required")
    channel = info.text("DeviceID") or (picture.text("DeviceID") if picture else None)
    target = camera_of(device, channel)
    if target is None:
        raise ItemRefused(
            StatusCode.INVALID_OPERATION,
            f"{info.place}.DeviceID is no channel of this device; an administrator can add it",
        )
    captured_at = picture.moment("ShotTime", zone) if picture else None
    captured_at = captured_at or info.moment(time, zone)
    if captured_at is None:
        raise ItemRefused(StatusCode.INVALID_JSON_CONTENT, f"{info.place}.{time} is required")
    if data is None:
        raise ItemRefused(
            StatusCode.INVALID_JSON_CONTENT,
            f"{info.place} brings no Data; what a StoragePath names is not fetched",
        )
    said = "\0".join((device.id, channel or "", name, item_id)).encode()
    digest = hashlib.sha256(said + b"\0" + hashlib.sha256(data).digest()).hexdigest()
    return Taken(
        target=target,
        metadata=FrameMetadata(
            target.camera_id, captured_at, f"viid/{digest}", flags=dict(flags) if flags else None
        ),
        data=data,
        external=external,
    )


def _scene(pictures: Sequence[Fields]) -> Fields | None:
    by_type = {(one.text("Type") or "").zfill(2): one for one in reversed(pictures)}
    return next((by_type[kind] for kind in _SCENES if kind in by_type), None)


def _detection(vehicle: Fields) -> ExternalDetection:
    code = (vehicle.text("VehicleClass") or "").upper()
    attributes = {ours: text for theirs, ours in _SAID_AS.items() if (text := vehicle.text(theirs))}
    if color := _PLATE_COLORS.get(vehicle.text("PlateColor") or ""):
        attributes[PLATE_COLOR] = color
    if color := _COLORS.get(vehicle.text("VehicleColor") or ""):
        attributes["color"] = color
    sure = vehicle.number("PlateReliability")
    return ExternalDetection(
        class_name=_CLASSES.get(code[:2]) or _CLASSES.get(code[:1]) or "vehicle",
        box=_box(vehicle),
        score=None if sure is None or not 0 <= sure <= 100 else sure / 100,
        plate=vehicle.text("PlateNo"),
        attributes=attributes,
    )


def _box(vehicle: Fields) -> Box | None:
    x1, y1, x2, y2 = (
        vehicle.number(name) for name in ("LeftTopX", "LeftTopY", "RightBtmX", "RightBtmY")
    )
    if x1 is None or y1 is None or x2 is None or y2 is None or x1 >= x2 or y1 >= y2:
        return None
    return x1, y1, x2, y2


def _said(vehicle: Fields, name: str) -> str | None:
    """Return what a flag may carry of a member, None where it says no or is no short code."""
    value = vehicle.values.get(name)
    if isinstance(value, bool):
        return "1" if value else None
    text = vehicle.text(name) or ""
    return text if _CODE.fullmatch(text) and text.lower() not in _NO else None
