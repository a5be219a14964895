"""Write rendered passages for training, for a gateway and for the judging of plate readers."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from datasets.synthesis import pictures
from datasets.synthesis.checkpoint.passage import CheckpointFrame, Truth

CLASS_NAMES = (
    "person",
    "bicycle",
    "motorcycle",
    "car",
    "bus",
    "truck",
    "plate",
    "black_smoke",
)
"""Classes of the street model in the order of their ids; the first three are never rendered."""


def write_yolo(directory: Path, frames: Iterable[CheckpointFrame]) -> int:
    """Write frames as a YOLO data set, with `frames.csv` and `truth.jsonl`.

    `frames.csv` is what `xunjian gateway post` reads; `truth.jsonl` has a line for each frame with
    the plates' corners and texts.

    Args:
        directory: Where to; made if absent. Files of the same name are replaced.
        frames: The frames.

    Returns:
        How many frames were written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (
        (directory / "frames.csv").open("w", newline="", encoding="utf-8") as table,
        (directory / "truth.jsonl").open("w", encoding="utf-8") as truths,
    ):
        rows = csv.writer(table)
        rows.writerow(("file", "camera", "captured_at"))

        def listed() -> Iterator[pictures.RenderedPicture]:
            for frame in frames:
                file = f"images/{frame.picture.name}.jpg"
                rows.writerow((file, frame.camera, frame.captured_at.isoformat()))
                objects = [_object(each) for each in frame.truth]
                line = {"file": file, "objects": objects}
                truths.write(json.dumps(line, ensure_ascii=False) + "\n")
                yield frame.picture

        return pictures.write_yolo(directory, listed(), CLASS_NAMES)


def _object(truth: Truth) -> dict[str, object]:
    shown: dict[str, object] = {
        "class": truth.class_name,
        "box": [round(value, 1) for value in truth.box],
        "vehicle": truth.vehicle,
    }
    if truth.polygon is not None:
        polygon = [[round(x, 1), round(y, 1)] for x, y in truth.polygon]
        shown |= {"polygon": polygon, "text": truth.text, "color": truth.color}
    return shown
