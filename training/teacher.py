"""Asks trained weights what they see, to complete partial labels."""

import os
from pathlib import Path

os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("YOLO_OFFLINE", "true")

from ultralytics import YOLO

from training.complete import SUSPECTED, Seen, Teacher


def open_teacher(weights: Path, image_size: int) -> tuple[Teacher, tuple[str, ...]]:
    """Open a checkpoint as a teacher.

    Args:
        weights: Checkpoint of an ultralytics detector.
        image_size: Long side in pixels at which it looks at pictures.

    Returns:
        The teacher, and the classes that it knows.
    """
    model = YOLO(weights)

    def look(path: Path) -> list[Seen]:
        found = model.predict(path, imgsz=image_size, conf=SUSPECTED, verbose=False)[0].boxes
        rows = zip(found.cls.int().tolist(), found.conf.tolist(), found.xyxyn.tolist(), strict=True)
        return [Seen(model.names[class_id], score, tuple(box)) for class_id, score, box in rows]

    return look, tuple(model.names.values())
