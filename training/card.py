"""Renders a model's card and precision-recall plot from its figures and its notes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.errors import TrainingError
from training.metrics import Matches
from training.report import read_metrics

_HOW_JUDGED = (
    "Judged on {pictures} pictures of {dataset} ({split}), which it never saw, through"
    " the serving code. Brackets: 95 % intervals, bootstrapped over pictures. Precision and recall:"
    " at the threshold of `classes.json`, IoU 0.5. `xunjian evaluate` reproduces the table."
)
_ALSO_JUDGED = "Judged on {pictures} pictures of {dataset} ({split}) in the same way."
_HOW_COUNTED = (
    "Objects found at the threshold against those labelled, per picture. MAPE: mean of"
    " |found - true| / true; bias: (found - true) / true over all pictures together; in the last"
    " column, the MAPE of always answering the mean count."
)
_VARIANT_NAMES = {"fp32": "FP32", "int8": "INT8"}


_FAINT = (
    "{variant}, where a {name} is known: scores down to {score:.2f} are looked at too. The centre"
    " of a detection lies in {recall:.0%} of the boxes, and {alarms:.2f} a picture lie in none"
    " ({sure_recall:.0%} and {sure_alarms:.2f} from the threshold up)."
)


def write_card(folder: Path) -> None:
    """Write `card.md`: the figures of `metrics.json` above the text of `notes.md`.

    Raises:
        TrainingError: If one of the two is missing.
    """
    notes = folder / "notes.md"
    if not notes.is_file():
        raise TrainingError(
            f"{notes} is missing",
            hint="Write what the model was trained on, its licences, limits and weaknesses.",
        )
    metrics = read_metrics(folder)
    (folder / "card.md").write_text(
        f"{_figures(metrics)}\n{notes.read_text('utf-8').strip()}\n", "utf-8"
    )


def plot_curves(
    sets: Mapping[str, Mapping[str, Matches]], thresholds: Mapping[str, float], path: Path
) -> None:
    """Plot precision over recall at IoU 0.5: one plot per judged set, one line per class.

    Args:
        sets: Matched detections by class, by set.
        thresholds: Operating points by class, each shown as a dot.
        path: The PNG file to write.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, plots = plt.subplots(
        1, len(sets), figsize=(5 * len(sets), 4), dpi=110, squeeze=False, sharey=True
    )
    for axes, (title, matches) in zip(plots[0], sets.items(), strict=True):
        for name, one in matches.items():
            recall, precision = one.curve()
            label = f"{name}, AP50 {one.average_precision():.2f}"
            (line,) = axes.plot(recall, precision, label=label)
            at_precision, at_recall = one.at_threshold(thresholds[name])
            axes.plot(at_recall, at_precision, "o", color=line.get_color())
        axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
        if len(sets) > 1:
            axes.set_title(title)
        axes.grid(alpha=0.3)
        axes.legend(loc="lower left")
    figure.tight_layout()
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


def _figures(metrics: dict[str, Any]) -> str:
    lines = [
        f"# {metrics['model']} {metrics['version']}",
        "",
        _HOW_JUDGED.format_map(_described(metrics["judged_on"])),
        *_set_tables(metrics["variants"]),
    ]
    for name, one in metrics.get("other_sets", {}).items():
        lines += [
            "",
            f"## {name}",
            _ALSO_JUDGED.format_map(_described(one["judged_on"])),
            *_set_tables(one["variants"]),
        ]
    lines += [
        "",
        "![Precision over recall](pr_curve.png)",
        "",
        f"| variant | mean AP50 | size | one core of {metrics['measured_on']}, JPEG to boxes |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {_VARIANT_NAMES[variant]} | {report['mean_ap50']:.3f} | {report['bytes'] / 1e6:.1f} MB"
        f" | {report['milliseconds_per_picture_one_core']:.0f} ms |"
        for variant, report in metrics["variants"].items()
    ]
    return "\n".join([*lines, ""])


def _described(judged_on: dict[str, Any]) -> dict[str, Any]:
    places = ", ".join(judged_on.get("places", []))
    split = judged_on["split"]
    return {**judged_on, "split": f"{split}: {places}" if places else split}


def _set_tables(variants: dict[str, Any]) -> list[str]:
    lines = [
        "",
        "| variant | class | objects | AP50 | AP50-95 | threshold | precision | recall |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for variant, report in variants.items():
        for name, one in report["classes"].items():
            lines.append(
                f"| {_VARIANT_NAMES[variant]} | {name} | {one['objects']}"
                f" | {_with_interval(one['ap50'], one['ap50_interval'])}"
                f" | {_with_interval(one['ap50_95'], one['ap50_95_interval'])}"
                f" | {one['threshold']:.2f} | {one['precision']:.2f} | {one['recall']:.2f} |"
            )
    for variant, report in variants.items():
        for name, one in report["classes"].items():
            if faint := one.get("faint"):
                lines += ["", _FAINT.format(variant=_VARIANT_NAMES[variant], name=name, **faint)]
    counted = [
        (variant, name, one)
        for variant, report in variants.items()
        for name, one in report.get("counts", {}).items()
    ]
    if counted:
        lines += [
            "",
            _HOW_COUNTED,
            "",
            "| variant | class | pictures | count | MAPE | bias | correlation | MAPE of mean |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
    for variant, name, one in counted:
        lines.append(
            f"| {_VARIANT_NAMES[variant]} | {name} | {one['pictures']} | {one['mean']:.1f}"
            f" | {_with_interval(one['mape'], one['mape_interval'])} | {one['bias']:+.3f}"
            f" | {one['correlation']:.3f} | {one['mape_of_mean']:.3f} |"
        )
    return lines


def _with_interval(value: float, interval: list[float]) -> str:
    return f"{value:.3f} [{interval[0]:.2f}, {interval[1]:.2f}]"
