"""The golden picture of a model: one whose answer is known, asked before anything is served."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.decode import DecodeLimits, decode
from inference.detections import Detections
from inference.detector import Detector
from inference.errors import GoldenMismatch, PictureError
from models.errors import ModelInvalid
from models.registry import Model

_PICTURE, _ANSWER = "golden.jpg", "golden.json"
_SCORE_TOLERANCE = 0.15


class _Expected(BaseModel):
    model_config = ConfigDict(frozen=True)

    class_: str = Field(alias="class")
    score: float = Field(ge=0, le=1)
    box: tuple[float, float, float, float]


class _Golden(BaseModel):
    min_iou: float = Field(default=0.8, gt=0, le=1)
    score_tolerance: float = Field(default=_SCORE_TOLERANCE, ge=0, le=1)
    detections: tuple[_Expected, ...] = Field(min_length=1)


def check_golden(detector: Detector, model: Model) -> None:
    """Ask the model for its golden picture and compare.

    Every expected detection must be found: same class, overlap of at least `min_iou`, score within
    `score_tolerance`; one that lies within `score_tolerance` above its threshold may be missed.
    Whatever else is found must lie within `score_tolerance` of its threshold.

    Args:
        detector: The detector as it serves.
        model: The model it runs.

    Raises:
        GoldenMismatch: The answer is another one; the message says where.
        ModelInvalid: `golden.jpg` or `golden.json` is missing or damaged.
    """
    try:
        golden = _Golden.model_validate_json((model.folder / _ANSWER).read_bytes())
        data = (model.folder / _PICTURE).read_bytes()
        picture = decode(data, DecodeLimits(), model.input_size)
    except (OSError, ValidationError, PictureError) as error:
        raise ModelInvalid(f"the golden picture of {model.name} is unusable: {error}") from error
    found = detector.detect(picture)
    thresholds = {c.name: c.threshold for c in model.classes}
    unexplained = set(range(len(found)))
    for expected in golden.detections:
        match = _match(expected, found, golden, unexplained)
        if match is not None:
            unexplained.remove(match)
        elif expected.score - golden.score_tolerance > thresholds[expected.class_]:
            raise GoldenMismatch(
                f"{model.name} ({model.variant}) did not find the {expected.class_} of score"
                f" {expected.score:.2f} at {expected.box} on its golden picture; it found"
                f" {list(found)}",
                hint="The model file or this machine's arithmetic is damaged; reinstall the model.",
            )
    for index, detection in enumerate(found):
        surplus = detection.score - thresholds[detection.class_name]
        if index in unexplained and surplus > golden.score_tolerance:
            raise GoldenMismatch(
                f"{model.name} ({model.variant}) found {detection} on its golden picture,"
                " where nothing is",
                hint="The model file or this machine's arithmetic is damaged; reinstall the model.",
            )


def record_golden(detector: Detector, picture: bytes, folder: Path) -> int:
    """Write a model's golden picture and the present answer to it, at the operating points.

    Args:
        detector: The detector to believe, on the FP32 model.
        picture: A rendered JPEG, never one of a data set.
        folder: The model's folder.

    Returns:
        How many detections were recorded, at least one.

    Raises:
        GoldenMismatch: The detector finds nothing in the picture clearly, so it proves nothing.
    """
    found = detector.detect(decode(picture, DecodeLimits(), detector.model.input_size))
    thresholds = {c.name: c.threshold for c in detector.model.classes}
    if all(d.score - _SCORE_TOLERANCE <= thresholds[d.class_name] for d in found):
        raise GoldenMismatch("nothing is found clearly in the picture that should become golden")
    golden = _Golden(
        detections=tuple(
            _Expected.model_validate({"class": d.class_name, "score": d.score, "box": d.box})
            for d in found
        )
    )
    (folder / _PICTURE).write_bytes(picture)
    (folder / _ANSWER).write_text(golden.model_dump_json(by_alias=True, indent=2) + "\n")
    return len(found)


def _match(
    expected: _Expected, found: Detections, golden: _Golden, candidates: set[int]
) -> int | None:
    overlaps = _iou(np.array(expected.box, np.float32), found.boxes)
    fitting = [
        index
        for index in candidates
        if found.class_names[found.class_ids[index]] == expected.class_
        and overlaps[index] >= golden.min_iou
        and abs(found.scores[index] - expected.score) <= golden.score_tolerance
    ]
    return max(fitting, key=lambda index: overlaps[index], default=None)


def _iou(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of one box (4,) with each of (N, 4), all x1, y1, x2, y2."""
    corner_1 = np.maximum(box[:2], boxes[:, :2])
    corner_2 = np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(corner_2 - corner_1, 0, None).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    overlaps: NDArray[np.float32] = shared / ((box[2:] - box[:2]).prod() + areas - shared)
    return overlaps
