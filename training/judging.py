"""Judges a model on its recipe's sets, and sums up what was found as `metrics.json` has it."""

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datasets.cards import load_card
from datasets.yolo import LabelledPicture
from models.registry import Model, Variant, load_model
from training.card import plot_curves, write_card
from training.counts import count, count_figures
from training.errors import TrainingError
from training.evaluate import judge, milliseconds_per_picture
from training.metrics import Judged, Matches, faint_figures, match
from training.recipe import JudgedSet, Recipe
from training.report import file_report, operating_points, rounded, set_report


@dataclass(frozen=True)
class Judgement:
    """How one variant of a model did on one judged set.

    Attributes:
        model: The variant.
        judged_set: The set.
        pictures: Its pictures.
        judged: What was found on each.
        matches: The detections of each judged class, matched with the truth.
    """

    model: Model
    judged_set: JudgedSet
    pictures: Sequence[LabelledPicture]
    judged: Sequence[Judged]
    matches: Mapping[str, Matches]


def judge_sets(
    recipe: Recipe,
    models: Sequence[Model],
    sets: Mapping[str, Sequence[LabelledPicture]],
    done: Callable[[], None] = lambda: None,
) -> list[Judgement]:
    """Judge variants of a model on some of its recipe's sets.

    Args:
        recipe: The model's recipe.
        models: Its variants.
        sets: Pictures by the name of the set.
        done: Called after each picture of each variant, from several threads.

    Returns:
        One judgement per set and variant, sets first.
    """
    judgements = []
    for name, pictures in sets.items():
        judged_set = recipe.judged_set(name)
        for model in models:
            judged = judge(recipe, model, pictures, done)
            matches = {
                class_name: match(judged, recipe.classes.index(class_name))
                for class_name in judged_set.class_names(recipe.classes)
            }
            judgements.append(Judgement(model, judged_set, pictures, judged, matches))
    return judgements


def match_labelled(
    recipe: Recipe, model: Model, pictures: Sequence[LabelledPicture]
) -> dict[str, Matches]:
    """Judge a model on pictures of which each may label other classes.

    Returns:
        The detections of each class that occurs, matched on the pictures that label it.

    Raises:
        TrainingError: If no object is labelled at all.
    """
    judged = judge(recipe, model, pictures)
    matches = {}
    for class_id, name in enumerate(recipe.classes):
        mine = [
            one
            for one, picture in zip(judged, pictures, strict=True)
            if picture.labelled is None or class_id in picture.labelled
        ]
        if any((one.true_ids == class_id).any() for one in mine):
            matches[name] = match(mine, class_id)
    if not matches:
        raise TrainingError("the pictures show nothing to judge on", hint="Hold out more of them.")
    return matches


def sum_up(recipe: Recipe, judgements: Sequence[Judgement]) -> dict[str, Any]:
    """The figures as they stand in `metrics.json`: the first set's, then the others'."""
    first = judgements[0]
    sets = {one.judged_set.name: one for one in judgements}
    by_set: dict[str, dict[str, Any]] = {
        name: {
            "judged_on": _judged_on(one),
            "variants": {
                other.model.variant: _figures(recipe, other)
                for other in judgements
                if other.judged_set.name == name
            },
        }
        for name, one in sets.items()
    }
    headline = by_set.pop(first.judged_set.name)
    models = {
        one.model.variant: one.model for one in judgements if one.judged_set is first.judged_set
    }
    picture = first.pictures[0].path
    metrics = {
        "model": first.model.name,
        "version": first.model.version,
        "input_size": first.model.input_size,
        "judged_on": headline["judged_on"],
        "measured_on": processor_name(),
        "variants": {
            variant: {
                **file_report(model, milliseconds_per_picture(recipe, model, picture)),
                **headline["variants"][variant],
            }
            for variant, model in models.items()
        },
    }
    return {**metrics, "other_sets": by_set} if by_set else metrics


def write_figures(metrics: dict[str, Any], judgements: Sequence[Judgement]) -> None:
    """Write `metrics.json`, `pr_curve.png` and `card.md` into the model's folder."""
    model = judgements[0].model
    (model.folder / "metrics.json").write_text(pretty(metrics), "utf-8")
    plot_curves(
        {
            one.judged_set.name: one.matches
            for one in judgements
            if one.model.variant == model.variant
        },
        operating_points(model),
        model.folder / "pr_curve.png",
    )
    write_card(model.folder)


def shipped_variants(root: Path | None, name: str) -> tuple[Variant, ...]:
    """The variants that a model's folder holds, FP32 first."""
    model = load_model(name, "fp32", root)
    has_int8 = (model.folder / "model.int8.onnx").is_file()
    return ("fp32", "int8") if has_int8 else ("fp32",)


def processor_name() -> str:
    """The processor's name as the system tells it, e.g. for the speed's column."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def pretty(values: Mapping[str, Any]) -> str:
    """JSON for people and for version control."""
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"


def _judged_on(judgement: Judgement) -> dict[str, Any]:
    source = judgement.judged_set.source
    card = load_card(source.card)
    about: dict[str, Any] = {
        "dataset": card.name,
        "split": source.split or judgement.judged_set.name,
        "pictures": len(judgement.pictures),
    }
    if card.place_pattern:
        about["places"] = sorted({card.place_of(one.path) for one in judgement.pictures})
    return about


def _figures(recipe: Recipe, judgement: Judgement) -> dict[str, Any]:
    report = set_report(judgement.model, judgement.matches)
    for one in judgement.model.classes:
        if one.faint is not None and one.name in judgement.matches:
            report["classes"][one.name]["faint"] = rounded(
                faint_figures(
                    judgement.judged, recipe.classes.index(one.name), one.faint, one.threshold
                )
            )
    if judgement.judged_set.counts:
        thresholds = operating_points(judgement.model)
        report["counts"] = {
            name: rounded(
                asdict(
                    count_figures(
                        *count(
                            judgement.judged,
                            recipe.classes.index(name),
                            thresholds[name],
                        )
                    )
                )
            )
            for name in judgement.matches
        }
    return report
