"""Makes a model folder from trained weights: a candidate for `xunjian promote`."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import models
from datasets.yolo import LabelledPicture
from inference.engine import Engine
from inference.golden import record_golden
from inference.policy import choose_policy
from models.errors import ModelNotFound
from models.registry import Model, load_model
from training.errors import TrainingError
from training.evaluate import calibration_inputs
from training.judging import match_labelled, pretty
from training.metrics import Matches
from training.recipe import Recipe

CALIBRATION_EVERY, DECIDING_EVERY = 36, 12
"""Every 36th training picture calibrates INT8; every twelfth, shifted, decides whether it ships."""
_WRITTEN_BY_PEOPLE = ("classes.json", "notes.md")
LARGEST_INT8_LOSS = 0.01
"""INT8 ships only if its mean AP50 is lower by at most this."""


def present_folder(name: str) -> Path:
    """The folder that describes a model: the served one's, or, before its first export, its own.

    Raises:
        TrainingError: If `classes.json` is nowhere.
    """
    try:
        return load_model(name).folder
    except ModelNotFound:
        folder = Path(models.__file__).parent / name
    if not (folder / "classes.json").is_file():
        raise TrainingError(
            f"{folder / 'classes.json'} is missing",
            hint="Describe the model's classes there first.",
        )
    return folder


def begin_candidate(name: str, root: Path, source: Path) -> None:
    """Begin a candidate's folder with what people wrote about the model, unless it is there.

    Args:
        name: The model.
        root: Folder of candidates; the candidate's own is `root / name`.
        source: The present model's folder, which holds `classes.json` and `notes.md`.
    """
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    for file in _WRITTEN_BY_PEOPLE:
        if not (folder / file).exists() and (source / file).is_file():
            shutil.copy(source / file, folder)


def export_model(
    recipe: Recipe,
    root: Path,
    weights: Path,
    version: str | None,
    thresholds: Mapping[str, float],
    start: Path | None = None,
) -> Model:
    """Write `model.onnx` and the golden picture's answer into a model folder.

    An older INT8 variant is removed, since it belongs to other weights; `classes.json` stays, but
    for the version and thresholds given.

    Args:
        recipe: The model's recipe.
        root: The folder that holds the model's folder, in which `classes.json` lies.
        weights: Trained checkpoint.
        version: New version, or None to keep the present one.
        thresholds: New operating points by class; the others stay.
        start: Starting weights to join in, see `training.export`, or None.

    Returns:
        The FP32 model.

    Raises:
        TrainingError: If the folder holds no `classes.json` or one of other classes, the weights
            cannot be exported, or a threshold names no class.
        GoldenMismatch: If nothing is found on the golden picture.
    """
    from training.export import export_onnx

    folder = root / recipe.model
    path = folder / "classes.json"
    if not path.is_file():
        raise TrainingError(f"{path} is missing", hint="Describe the model's classes there first.")
    classes = json.loads(path.read_text("utf-8"))
    if (described := tuple(one["name"] for one in classes["classes"])) != recipe.classes:
        raise TrainingError(
            f"{path} describes {', '.join(described)}",
            hint=f"The recipe's classes are, in this order: {', '.join(recipe.classes)}.",
        )
    if unknown := sorted(set(thresholds) - set(recipe.classes)):
        raise TrainingError(
            f"{recipe.model} has no class {unknown[0]!r}",
            hint=f"Classes: {', '.join(recipe.classes)}.",
        )
    for one in classes["classes"]:
        one["threshold"] = thresholds.get(one["name"], one["threshold"])
    classes["version"] = version or classes["version"]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        exported = Path(scratch) / "model.onnx"
        export_onnx(weights, exported, start)
        exported.replace(folder / "model.onnx")
    path.write_text(pretty(classes), "utf-8")
    (folder / "model.int8.onnx").unlink(missing_ok=True)
    model = load_model(recipe.model, "fp32", root)
    engine = Engine(model, choose_policy("cpu"))
    record_golden(recipe.detector(engine, None), recipe.golden(), folder)
    engine.close()
    return model


def add_int8(
    recipe: Recipe, model: Model, pictures: Sequence[LabelledPicture]
) -> tuple[float, float]:
    """Quantize an exported model, and keep the result if it is nearly as good.

    Args:
        recipe: The model's recipe.
        model: The FP32 model.
        pictures: Training pictures: some calibrate, the others decide.

    Returns:
        Mean AP50 of FP32 and of INT8 on the pictures that decide.

    Raises:
        TrainingError: If INT8 loses more than a hundredth; it is then not kept.
    """
    from training.quantize import quantize

    calibrating = pictures[::CALIBRATION_EVERY]
    deciding = pictures[DECIDING_EVERY // 2 :: DECIDING_EVERY]
    target = model.folder / "model.int8.onnx"
    quantize(model.path, target, calibration_inputs(recipe, model, calibrating))
    quantized = load_model(model.name, "int8", model.folder.parent)
    float_ap50, int8_ap50 = (_mean_ap50(recipe, one, deciding) for one in (model, quantized))
    if float_ap50 - int8_ap50 > LARGEST_INT8_LOSS:
        target.unlink()
        raise TrainingError(
            f"INT8 loses too much: mean AP50 {int8_ap50:.3f}, FP32 {float_ap50:.3f}",
            hint="The FP32 variant is exported and can be served.",
        )
    return float_ap50, int8_ap50


def judge_checkpoint(
    recipe: Recipe, source: Path, checkpoint: Path, pictures: Sequence[LabelledPicture]
) -> dict[str, Matches]:
    """Judge a checkpoint on held-out pictures, exported as it would be served.

    Args:
        recipe: The model's recipe.
        source: Folder whose `classes.json` describes the model; nothing in it is changed.
        checkpoint: Trained weights.
        pictures: Pictures it has not learned from.

    Returns:
        Detections, matched, of each class that occurs.
    """
    from training.export import export_onnx

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / recipe.model
        folder.mkdir()
        shutil.copy(source / "classes.json", folder)
        export_onnx(checkpoint, folder / "model.onnx")
        return match_labelled(recipe, load_model(recipe.model, "fp32", Path(scratch)), pictures)


def _mean_ap50(recipe: Recipe, model: Model, pictures: Sequence[LabelledPicture]) -> float:
    matches = match_labelled(recipe, model, pictures)
    return sum(one.average_precision() for one in matches.values()) / len(matches)
