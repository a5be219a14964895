"""Writes the plate reader's model folder from trained weights."""

import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxslim
import torch

from datasets.synthesis.plates import degrade, render_plate
from inference.decode import Picture
from inference.detections import PlateReading
from inference.plates.reader import Golden, PlateReader
from models.descriptions import ReaderDescription
from models.plate_text import CHARSET, COLORS
from models.registry import DescribedModel, load_described
from training.errors import TrainingError
from training.judging import pretty
from training.plates.evaluate import NAME
from training.plates.network import PlateNet

_GOLDEN_TEXT, _GOLDEN_COLOR, _GOLDEN_SEED = "新AD12345", "green", 36
_OPSET = 17


def export_reader(
    root: Path, checkpoint: Path, version: str, threshold: float, temperature: float
) -> DescribedModel[ReaderDescription]:
    """Write `model.onnx`, `reader.json` and the golden picture with the answer to it.

    Args:
        root: The folder that holds the model's folder.
        checkpoint: `last.pt` of a run; its averaged weights are taken.
        version: Version of the model.
        threshold: Score below which a text is not reported.
        temperature: What log probabilities are divided by.

    Raises:
        TrainingError: The model does not read the golden plate.
    """
    folder = root / NAME
    folder.mkdir(parents=True, exist_ok=True)
    net = PlateNet(len(CHARSET), len(COLORS))
    net.load_state_dict(torch.load(checkpoint, weights_only=True)["average"])
    part = folder / "model.onnx.part"
    torch.onnx.export(
        net.eval(),
        (torch.zeros(2, 96, 192, 3, dtype=torch.uint8),),
        part,
        input_names=["crops"],
        output_names=["corners", "characters", "colors"],
        dynamic_axes={name: {0: "n"} for name in ("crops", "corners", "characters", "colors")},
        opset_version=_OPSET,
        dynamo=False,
    )
    onnx.save(onnxslim.slim(onnx.load(part)), part)
    part.replace(folder / "model.onnx")
    described = {
        "model": NAME,
        "version": version,
        "charset": CHARSET,
        "colors": COLORS,
        "threshold": threshold,
        "temperature": temperature,
    }
    (folder / "reader.json").write_text(pretty(described), "utf-8")
    model = load_described(ReaderDescription, NAME, root)
    _record_golden(PlateReader(model), folder)
    return model


def _record_golden(reader: PlateReader, folder: Path) -> None:
    rng = np.random.default_rng(_GOLDEN_SEED)
    plate = render_plate(_GOLDEN_TEXT, _GOLDEN_COLOR, rng)
    image = np.full((180, 360, 3), (70, 60, 55), np.uint8)
    made = degrade(plate, rng, background=image, size=(360, 180))
    box = np.hstack([made.corners.min(axis=0), made.corners.max(axis=0)]).astype(np.float32)
    _, data = cv2.imencode(".jpg", made.image, [cv2.IMWRITE_JPEG_QUALITY, 92])
    picture = Picture(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8), 360, 180, "jpeg")
    found: PlateReading = reader.read(picture, box[None])[0]
    if (found.text, found.color) != (_GOLDEN_TEXT, _GOLDEN_COLOR):
        raise TrainingError(
            f"the golden plate {_GOLDEN_TEXT} is read as {found.text or 'nothing'}, {found.color}",
            hint="Train longer.",
        )
    golden = Golden(
        box=tuple(box.tolist()),
        text=found.text,
        text_score=found.text_score,
        color=found.color,
        polygon=found.polygon,
    )
    (folder / "golden.jpg").write_bytes(data.tobytes())
    (folder / "golden.json").write_text(
        json.dumps(golden.model_dump(), indent=2, ensure_ascii=False) + "\n", "utf-8"
    )
