"""Write rendered frames for training, for a gateway and for people."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from datasets.synthesis.defects import CLASS_NAMES
from datasets.synthesis.drive import DriveFrame, Look
from datasets.synthesis.scene import RoadScene

_GPX = "http://www.topografix.com/GPX/1/1"
_COLUMNS = (
    "file",
    "camera",
    "pass",
    "captured_at",
    "latitude",
    "longitude",
    "heading_deg",
    "speed_mps",
    "gps_accuracy_m",
    "true_latitude",
    "true_longitude",
    "camera_height_m",
    "camera_pitch_deg",
    "camera_hfov_deg",
)


def write_yolo(directory: Path, frames: Iterable[DriveFrame]) -> list[Look]:
    """Write frames as a YOLO data set: ``images/``, ``labels/`` and ``frames.csv``.

    Args:
        directory: Where to; made if absent. Files of the same name are replaced.
        frames: The frames.

    Returns:
        What was written, without the pictures.
    """
    images, labels = directory / "images", directory / "labels"
    images.mkdir(parents=True, exist_ok=True)
    labels.mkdir(exist_ok=True)
    looks = []
    with (directory / "frames.csv").open("w", newline="", encoding="utf-8") as table:
        rows = csv.writer(table)
        rows.writerow(_COLUMNS)
        for frame in frames:
            (images / f"{frame.name}.jpg").write_bytes(frame.jpeg)
            (labels / f"{frame.name}.txt").write_text(_labels(frame), encoding="ascii")
            rows.writerow(_row(frame))
            looks.append(frame.look())
    return looks


def _labels(frame: DriveFrame) -> str:
    width, height = frame.camera.width, frame.camera.height
    lines = []
    for truth in frame.truth:
        x1, y1, x2, y2 = truth.box
        numbers = (
            (x1 + x2) / 2 / width,
            (y1 + y2) / 2 / height,
            (x2 - x1) / width,
            (y2 - y1) / height,
        )
        lines.append(
            " ".join([str(CLASS_NAMES.index(truth.class_name)), *(f"{n:.6f}" for n in numbers)])
        )
    return "".join(f"{line}\n" for line in lines)


def _row(frame: DriveFrame) -> tuple[object, ...]:
    return (
        f"images/{frame.name}.jpg",
        frame.bus,
        frame.pass_index,
        frame.captured_at.isoformat(),
        f"{frame.latitude:.8f}",
        f"{frame.longitude:.8f}",
        f"{frame.heading_deg:.2f}",
        f"{frame.speed_mps:.2f}",
        f"{frame.gps_accuracy_m:.2f}",
        f"{frame.true_latitude:.8f}",
        f"{frame.true_longitude:.8f}",
        frame.camera.height_m,
        frame.camera.pitch_deg,
        frame.camera.hfov_deg,
    )


def write_defects(path: Path, scene: RoadScene) -> None:
    """Write what is wrong with a road as JSON: class, true WGS-84 place, and when it is repaired.

    Args:
        path: The file to write.
        scene: The road.
    """
    defects = []
    for defect in scene.defects:
        latitude, longitude = scene.route.to_wgs84(defect.along_m, defect.across_m)
        defects.append(
            {
                "id": defect.id,
                "class": defect.class_name,
                "latitude": round(latitude, 8),
                "longitude": round(longitude, 8),
                "repaired_at": defect.repaired_at,
            }
        )
    path.write_text(json.dumps(defects, indent=1) + "\n", encoding="utf-8")


def write_gpx(path: Path, looks: Iterable[Look]) -> None:
    """Write the measured positions as GPX 1.1, one track for each bus and pass.

    Args:
        path: The file to write.
        looks: Moments of one or more drives.
    """
    ElementTree.register_namespace("", _GPX)
    root = ElementTree.Element(f"{{{_GPX}}}gpx", version="1.1", creator="Xunjian")
    segments: dict[tuple[str, int], ElementTree.Element] = {}
    for look in looks:
        drive = (look.bus, look.pass_index)
        if drive not in segments:
            track = ElementTree.SubElement(root, f"{{{_GPX}}}trk")
            name = ElementTree.SubElement(track, f"{{{_GPX}}}name")
            name.text = f"{look.bus} pass {look.pass_index}"
            segments[drive] = ElementTree.SubElement(track, f"{{{_GPX}}}trkseg")
        point = ElementTree.SubElement(
            segments[drive],
            f"{{{_GPX}}}trkpt",
            lat=f"{look.latitude:.8f}",
            lon=f"{look.longitude:.8f}",
        )
        time = ElementTree.SubElement(point, f"{{{_GPX}}}time")
        time.text = look.captured_at.isoformat().replace("+00:00", "Z")
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
