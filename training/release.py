"""Makes a model folder from trained weights, and judges what lies in it."""

import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.cards import DatasetCard
from datasets.synthesis.road import golden_frame
from datasets.yolo import LabelledPicture
from inference.detector import Detector
from inference.engine import Engine
from inference.golden import record_golden
from inference.policy import choose_policy
from models.registry import Model, Variant, load_model
from training.card import plot_curves, write_card
from training.errors import TrainingError
from training.evaluate import calibration_inputs, judge, milliseconds_per_picture
from training.metrics import Matches
from training.report import matches_by_class, variant_report

CALIBRATION_EVERY, DECIDING_EVERY = 36, 12
"""Every 36th training picture calibrates INT8; every twelfth, shifted, decides whether it ships."""
LARGEST_INT8_LOSS = 0.01
"""INT8 ships only if its mean AP50 is lower by at most this."""


def export_model(
    root: Path,
    name: str,
    weights: Path,
    version: str | None,
    thresholds: Mapping[str, float],
) -> Model:
    """Write `model.onnx` and the golden picture's answer into a model folder.

    An older INT8 variant is removed, since it belongs to other weights; `classes.json` stays, but
    for the version and thresholds given.

    Args:
        root: The folder of all models.
        name: The model; its folder holds `classes.json`.
        weights: Trained checkpoint.
        version: New version, or None to keep the present one.
        thresholds: New operating points by class; the others stay.

    Returns:
        The FP32 model.

    Raises:
        ModelNotFound: If there is no such model folder.
        TrainingError: If the weights cannot be exported, or a threshold names no class.
    """
    from training.export import export_onnx

    folder = root / name
    path = folder / "classes.json"
    if not path.is_file():
        raise TrainingError(f"{path} is missing", hint="Describe the model's classes there first.")
    classes = json.loads(path.read_text("utf-8"))
    known = {one["name"] for one in classes["classes"]}
    if unknown := sorted(set(thresholds) - known):
        raise TrainingError(
            f"{name} has no class {unknown[0]!r}", hint=f"Classes: {', '.join(sorted(known))}."
        )
    for one in classes["classes"]:
        one["threshold"] = thresholds.get(one["name"], one["threshold"])
    classes["version"] = version or classes["version"]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        exported = Path(scratch) / "model.onnx"
        export_onnx(weights, exported)
        exported.replace(folder / "model.onnx")
    path.write_text(_pretty(classes), "utf-8")
    (folder / "model.int8.onnx").unlink(missing_ok=True)
    model = load_model(name, "fp32", root)
    engine = Engine(model, choose_policy("cpu"))
    record_golden(Detector(engine), golden_frame().jpeg, folder)
    engine.close()
    return model


def add_int8(model: Model, pictures: Sequence[LabelledPicture]) -> tuple[float, float]:
    """Quantize an exported model, and keep the result if it is nearly as good.

    Args:
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
    quantize(model.path, target, calibration_inputs(calibrating, model.input_size))
    quantized = load_model(model.name, "int8", model.folder.parent)
    float_ap50, int8_ap50 = (_mean_ap50(one, deciding) for one in (model, quantized))
    if float_ap50 - int8_ap50 > LARGEST_INT8_LOSS:
        target.unlink()
        raise TrainingError(
            f"INT8 loses too much: mean AP50 {int8_ap50:.3f}, FP32 {float_ap50:.3f}",
            hint="The FP32 variant is exported and can be served.",
        )
    return float_ap50, int8_ap50


def judge_checkpoint(
    root: Path, name: str, checkpoint: Path, pictures: Sequence[LabelledPicture]
) -> dict[str, Matches]:
    """Judge a checkpoint on held-out pictures, exported as it would be served.

    Args:
        root: The folder of all models; `classes.json` is taken from there, nothing is changed.
        name: The model.
        checkpoint: Trained weights.
        pictures: Pictures it has not learned from.

    Returns:
        Each class's detections, matched.
    """
    from training.export import export_onnx

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        shutil.copy(root / name / "classes.json", folder)
        export_onnx(checkpoint, folder / "model.onnx")
        model = load_model(name, "fp32", Path(scratch))
        return matches_by_class(model, judge(model, pictures))


def shipped_variants(root: Path, name: str) -> tuple[Variant, ...]:
    """The variants that a model folder holds, FP32 first."""
    has_int8 = (root / name / "model.int8.onnx").is_file()
    return ("fp32", "int8") if has_int8 else ("fp32",)


def judge_model(
    root: Path,
    name: str,
    variants: Sequence[Variant],
    pictures: Sequence[LabelledPicture],
    card: DatasetCard,
    split: str,
    done: Callable[[], None],
    *,
    update: bool,
) -> dict[str, Any]:
    """Judge a model on a split and, if asked, write what was found beside it.

    Args:
        root: The folder of all models.
        name: The model.
        variants: Which of its variants.
        pictures: The split's pictures.
        card: The data's card.
        split: The split's name.
        done: Called after each picture of each variant, from several threads.
        update: Write `metrics.json`, `pr_curve.png` and `card.md`.

    Returns:
        The figures, as they stand in `metrics.json`.
    """
    models = [load_model(name, variant, root) for variant in variants]
    matches = [matches_by_class(model, judge(model, pictures, done)) for model in models]
    model = models[0]
    metrics = {
        "model": name,
        "version": model.version,
        "input_size": model.input_size,
        "judged_on": {
            "dataset": card.name,
            "split": split,
            "pictures": len(pictures),
            "places": sorted({card.place_of(picture.path) for picture in pictures}),
        },
        "measured_on": processor_name(),
        "variants": {
            one.variant: variant_report(
                one, its_matches, milliseconds_per_picture(one, pictures[0].path)
            )
            for one, its_matches in zip(models, matches, strict=True)
        },
    }
    if update:
        (model.folder / "metrics.json").write_text(_pretty(metrics), "utf-8")
        thresholds = {one.name: one.threshold for one in model.classes}
        plot_curves(matches[0], thresholds, model.folder / "pr_curve.png")
        write_card(model.folder)
    return metrics


def processor_name() -> str:
    """The processor's name as the system tells it, e.g. for the speed's column."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _mean_ap50(model: Model, pictures: Sequence[LabelledPicture]) -> float:
    matches = matches_by_class(model, judge(model, pictures))
    return sum(one.average_precision() for one in matches.values()) / len(matches)


def _pretty(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"
