"""Judges the plate reader for its card, beside RapidOCR on the same pictures in the same run."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.decode import Picture
from inference.detector import Detector
from inference.engine import Engine
from inference.plates import PlateReader
from inference.policy import choose_policy, load_model_for
from models.descriptions import ReaderDescription
from models.errors import ModelNotFound
from models.registry import load_described
from training.errors import TrainingError
from training.judging import pretty
from training.plates.judge import Answer, FindPlates, figures, find_and_read, read_noted
from training.plates.pool import NotedPlate, noted_plates
from training.plates.rival import Rival

NAME = "plate_reader"
_JUDGED = "plates_easypr"
_DETECTOR, _PLATE = "street", "plate"


def evaluate_and_show(data: Path, root: Path | None, *, update: bool) -> None:
    """Judge, show the table, and with `update` write `metrics.json` and `card.md`.

    RapidOCR is judged beside it where it is installed; what is written must have it.

    Raises:
        TrainingError: As `evaluate_reader`, or RapidOCR is missing and `update` is asked for.
        ModelError: The reader is missing or damaged.
    """
    from rich.console import Console
    from rich.markdown import Markdown

    rival = find_spec("rapidocr") is not None
    if update and not rival:
        raise TrainingError(
            "the card compares with RapidOCR, which is not installed", hint="pip install rapidocr"
        )
    metrics = evaluate_reader(data, root, rival=rival)
    if update:
        write_metrics(metrics, load_described(ReaderDescription, NAME, root).folder)
    Console().print(Markdown(_tables(metrics)))


def evaluate_reader(data: Path, root: Path | None, *, rival: bool) -> dict[str, Any]:
    """Judge the reader, the chain behind the street model, and RapidOCR on the held-back photos.

    Args:
        data: Folder that holds the data of the dataset cards.
        root: Folder that holds the models; by default those served.
        rival: Whether to judge RapidOCR, too.

    Returns:
        What `metrics.json` holds.

    Raises:
        TrainingError: The photos are not there, or RapidOCR is wanted and not installed.
        ModelError: The reader is missing or damaged.
    """
    folder = data / "checkpoint_vehicle" / _JUDGED
    if not (folder / "plates.json").is_file():
        raise TrainingError(
            f"the photos of {_JUDGED} are not in {folder}",
            hint=f"How to get them: xunjian dataset show {_JUDGED}.",
        )
    plates = noted_plates(folder, held_out=True)
    reader = PlateReader(load_described(ReaderDescription, NAME, root))
    metrics: dict[str, Any] = {
        "model": NAME,
        "version": reader.model.version,
        "digest": reader.model.digest,
        "judged_on": {
            "dataset": _JUDGED,
            "split": "photos held back by datasets.splits.is_held_out",
            "photos": len({plate.photo for plate in plates}),
            "plates": len(plates),
        },
        "reader": figures(read_noted(reader.read, plates)),
    }
    try:
        find = _finder(root)
    except ModelNotFound:
        metrics["found_and_read"] = None
    else:
        metrics["found_and_read"] = figures(find_and_read(find, reader.read, plates))
    if rival:
        metrics["rapidocr"] = _judge_rival(plates)
    return metrics


def _finder(root: Path | None) -> FindPlates:
    policy = choose_policy("cpu")
    detector = Detector(Engine(load_model_for(policy, _DETECTOR, root=root), policy))

    def find(picture: Picture) -> NDArray[np.float32]:
        found = detector.detect(picture)
        boxes: NDArray[np.float32] = found.boxes[found.class_ids == found.class_names.index(_PLATE)]
        return boxes

    return find


def _judge_rival(plates: Sequence[NotedPlate]) -> dict[str, Any]:
    engine = Rival()
    read: list[Answer] = []
    whole: list[Answer] = []
    for photo in dict.fromkeys(plate.photo for plate in plates):
        image = np.asarray(cv2.imread(str(photo)), np.uint8)
        texts = engine.read_photo(image)
        for plate in (one for one in plates if one.photo == photo):
            text, score = engine.read_corners(image, plate.corners)
            read.append(Answer(plate, text, score, "unknown"))
            whole.append(Answer(plate, _nearest(plate.text, texts), 0.0, "unknown"))
    return {"rectified_by_noted_corners": figures(read), "whole_photos": figures(whole)}


def _nearest(text: str, found: Sequence[str]) -> str:
    """The text among those found that agrees best: all benefit of doubt goes to the rival."""
    if text in found:
        return text
    return next((one for one in found if one.endswith(text[1:])), "")


def write_metrics(metrics: dict[str, Any], folder: Path) -> None:
    """Write `metrics.json`, and `card.md` from it and `notes.md`."""
    (folder / "metrics.json").write_text(pretty(metrics), "utf-8")
    notes = (folder / "notes.md").read_text("utf-8").strip()
    (folder / "card.md").write_text(f"{_tables(metrics)}\n\n{notes}\n", "utf-8")


def _tables(metrics: dict[str, Any]) -> str:
    judged = metrics["judged_on"]
    rows = [("this reader, in the boxes noted", metrics["reader"])]
    if metrics.get("found_and_read"):
        rows.append(("street model and this reader, whole photos", metrics["found_and_read"]))
    if rival := metrics.get("rapidocr"):
        rectified = rival["rectified_by_noted_corners"]
        rows.append(("RapidOCR, rectified by the corners noted", rectified))
        rows.append(("RapidOCR, whole photos", rival["whole_photos"]))
    how = (
        f"Judged on {judged['plates']} plates in {judged['photos']} photos of {judged['dataset']}"
        f" ({judged['split']}), which it never saw. Brackets: 95 % intervals (Wilson); so few"
        " plates make them wide. `xunjian evaluate plate_reader` reproduces the table."
    )
    lines = [
        f"# {metrics['model']} {metrics['version']}",
        "",
        how,
        "",
        "| what | text exact | without the province | colour |",
        "| --- | --- | --- | --- |",
        *(
            f"| {what} | {_cell(one['exact'])} | {_cell(one['without_province'])}"
            f" | {_cell(one['color']) if what[0] != 'R' else '–'} |"
            for what, one in rows
        ),
        "",
        "| exact, by colour | " + " | ".join(metrics["reader"]["exact_by_color"]) + " |",
        "| --- |" + " --- |" * len(metrics["reader"]["exact_by_color"]),
        *(
            f"| {what} | " + " | ".join(map(_cell, one["exact_by_color"].values())) + " |"
            for what, one in rows
        ),
    ]
    return "\n".join(lines)


def _cell(share: dict[str, Any]) -> str:
    low, high = share["interval"]
    return f"{share['right']}/{share['of']} = {share['share']:.3f} [{low:.2f}, {high:.2f}]"
