"""The commands `train`, `evaluate` and `export`."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from training.errors import TrainingError
from training.options import DataOption, ModelName, SourceOption, data_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasets.yolo import LabelledPicture
    from training.metrics import Matches
    from training.recipe import Recipe

app = typer.Typer(no_args_is_help=True)

_CANDIDATES = Path("runs/candidates")
_PLATE_READER = "plate_reader"
_INTERRUPTED = 130
_TEACHER_SIDE = 832


@app.callback()
def training() -> None:
    """Train, judge and export models."""


@app.command()
def train(
    model: ModelName,
    weights: Annotated[Path, typer.Option(help="Checkpoint to start from, e.g. yolo26n.pt.")],
    data: DataOption = Path("../shared/data"),
    source: SourceOption = None,
    rendered: Annotated[
        int | None, typer.Option(min=0, help="How many rendered frames to add; by recipe.")
    ] = None,
    hold_out: Annotated[
        str | None,
        typer.Option(
            help="A place (e.g. a road) or a share of the pictures (e.g. 0.15) to leave out and to"
            " judge the result on."
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the pictures; by recipe.")
    ] = None,
    imgsz: Annotated[
        int | None,
        typer.Option(min=320, help="Longer side of the training frame in pixels; by recipe."),
    ] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Pictures per step; by recipe.")] = None,
    freeze: Annotated[
        int | None, typer.Option(min=0, help="First layers that keep their weights; by recipe.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, or a GPU's number such as 0.")] = "cpu",
    processes: Annotated[
        int | None,
        typer.Option(min=1, help="Processes on a CPU; by default all cores but one."),
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="Folder for checkpoints.", show_default="runs/MODEL")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Repeats a run on the same device.")] = 0,
) -> None:
    """Fine-tune a detector by its recipe (training/recipes).

    Ctrl-C keeps the last whole epoch; --resume goes on from there.

    Examples:

      xunjian train road_damage --data data --weights yolo26n.pt --device 0

      xunjian train road_damage --data data --weights yolo26n.pt --hold-out DF_251

      xunjian train road_damage --weights yolo26n.pt --source road_damage=/mnt/roads
    """
    from inference.policy import usable_cores
    from training.data import learning_data
    from training.recipes import get_recipe

    recipe = get_recipe(model)
    _require_training_extra()
    from training.release import judge_checkpoint, present_folder
    from training.train import TrainingData
    from training.train import train as run_training

    described = present_folder(model)
    folders = data_folders(data, source)
    run = run or Path("runs") / model
    settings = recipe.settings.changed(
        epochs=epochs, image_size=imgsz, batch=batch, freeze=freeze, seed=seed
    )
    pictures = learning_data(recipe, folders, hold_out)
    count = recipe.rendered if rendered is None else rendered
    frames = recipe.render(run / "rendered", count, seed) if recipe.render else []
    learned = [*pictures.learned, *frames]
    if any(one.labelled is not None for one in learned):
        learned = _completed(recipe, learned, weights, run)
    try:
        checkpoint = run_training(
            TrainingData(learned, pictures.backgrounds, recipe.classes, recipe.composer),
            settings,
            weights,
            run,
            device,
            processes or (max(1, usable_cores() - 1) if device == "cpu" else 1),
            resume=resume,
        )
    except KeyboardInterrupt:
        typer.echo("Interrupted. Go on with the same command and --resume.", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    if pictures.held_out:
        _show_validation(judge_checkpoint(recipe, described, checkpoint, pictures.held_out))
    typer.echo(f"Trained: {checkpoint}\nNext: xunjian export {model} --weights {checkpoint}")


@app.command()
def evaluate(
    model: ModelName,
    data: DataOption = Path("../shared/data"),
    source: SourceOption = None,
    judged_set: Annotated[
        list[str] | None,
        typer.Option("--set", help="A set to judge on; may be repeated. By default all."),
    ] = None,
    variant: Annotated[
        Literal["all", "fp32", "int8"], typer.Option(help="Which exported file to judge.")
    ] = "all",
    update: Annotated[
        bool, typer.Option("--update", help="Write metrics.json, pr_curve.png and card.md.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Also write confusion matrix, curves and worst mistakes; outside the repository.",
        ),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(
            help="Folder that holds the model's folder.", show_default="the models served"
        ),
    ] = None,
) -> None:
    """Judge a model through the serving code, as its card does.

    Examples:

      xunjian evaluate road_damage --data data

      xunjian evaluate road_damage --data data --set test --variant int8

      xunjian evaluate road_damage --data data --root runs/candidates --update

      xunjian evaluate road_damage --data data --report /tmp/report

      xunjian evaluate plate_reader --data data
    """
    if model == _PLATE_READER:
        from training.plates.evaluate import evaluate_and_show

        evaluate_and_show(data, root, update=update)
        return
    from rich.progress import Progress

    from models.registry import VERSIONS, load_model
    from training.data import judged_pictures
    from training.judging import judge_sets, shipped_variants, sum_up, write_figures
    from training.recipes import get_recipe

    if update and (variant != "all" or judged_set):
        raise typer.BadParameter("--update judges everything; leave out --variant and --set")
    recipe = get_recipe(model)
    if update and load_model(model, root=root).folder.parent.name == VERSIONS:
        raise TrainingError(
            f"{model} is served in a promoted version, and those never change",
            hint="Judge the candidate before it is promoted: --root runs/candidates.",
        )
    if report is not None:
        from training.review import check_folder, write_review

        check_folder(report)
    folders = data_folders(data, source)
    sets = {}
    for name in judged_set or [one.name for one in recipe.judged]:
        sets[name] = judged_pictures(recipe.judged_set(name), folders, recipe.classes)
    variants = shipped_variants(root, model) if variant == "all" else (variant,)
    models = [load_model(model, one, root) for one in variants]
    with Progress(transient=True) as progress:
        total = sum(map(len, sets.values())) * len(models)
        task = progress.add_task("Judging", total=total)
        judgements = judge_sets(recipe, models, sets, lambda: progress.advance(task))
    metrics = sum_up(recipe, judgements)
    if update:
        write_figures(metrics, judgements)
    _show_metrics(metrics, judgements[0].judged_set.name)
    if report is not None:
        typer.echo(f"Report: {write_review(report, judgements, recipe.classes)}")


@app.command()
def export(
    model: ModelName,
    weights: Annotated[Path, typer.Option(help="Trained checkpoint, e.g. runs/…/last.pt.")],
    start: Annotated[
        Path | None,
        typer.Option(help="Starting weights, joined in so that no class they know is unlearned."),
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="Also quantize, calibrated on the training pictures.")
    ] = False,
    data: DataOption = Path("../shared/data"),
    source: SourceOption = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(metavar="CLASS=SCORE", help="A class's operating point; may be repeated."),
    ] = None,
    version: Annotated[str | None, typer.Option(help="The model's new version.")] = None,
    root: Annotated[
        Path, typer.Option(help="Folder that the model's folder is written to.")
    ] = _CANDIDATES,
) -> None:
    """Export trained weights to ONNX as a candidate: FP32, and INT8 if it is nearly as good.

    What people wrote about the model (classes.json, notes.md) is copied from the present one.

    Examples:

      xunjian export road_damage --weights runs/road_damage/weights/last.pt --int8 --data data

      xunjian export road_damage --weights last.pt --threshold crack=0.21 --version 1.1.0

      xunjian export street --weights last.pt --start yolo26n.pt
    """
    from training.data import learning_data
    from training.recipes import get_recipe

    thresholds = dict(_threshold(text) for text in threshold or [])
    recipe = get_recipe(model)
    _require_training_extra()
    from training.release import add_int8, begin_candidate, export_model, present_folder

    folders = data_folders(data, source)
    pictures = learning_data(recipe, folders).learned if int8 else []
    begin_candidate(model, root, present_folder(model))
    exported = export_model(recipe, root, weights, version, thresholds, start)
    typer.echo(f"FP32: {exported.path}")
    if pictures:
        float_ap50, int8_ap50 = add_int8(recipe, exported, pictures)
        typer.echo(f"INT8: mean AP50 {int8_ap50:.3f} on training pictures, FP32 {float_ap50:.3f}")
    typer.echo(f"Next: xunjian compare {model} {exported.folder}")


def _completed(
    recipe: "Recipe", pictures: "Sequence[LabelledPicture]", weights: Path, run: Path
) -> "list[LabelledPicture]":
    """Ask the starting weights for what the sources do not label; a resumed run asks no more."""
    from rich.progress import track

    from training.complete import complete, remembered
    from training.teacher import open_teacher

    look, known = open_teacher(weights, _TEACHER_SIDE)
    teacher = remembered(look, run / "completed.jsonl")
    for path in track({one.path for one in pictures if one.labelled is not None}, "Completing"):
        teacher(path)
    return complete(pictures, recipe.classes, teacher, known, recipe.found_on)


def _require_training_extra() -> None:
    if find_spec("torch") is None or find_spec("ultralytics") is None:
        raise TrainingError(
            "this command needs torch and ultralytics",
            hint="Install them beside the rest: make train-env (the extra `train`).",
        )


def _threshold(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        score = float(value)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise typer.BadParameter(f"{text!r} is not CLASS=SCORE with a score from 0 to 1")
    return name, score


def _show_validation(matches: "dict[str, Matches]") -> None:
    for name, one in matches.items():
        threshold = one.best_threshold()
        precision, recall = one.at_threshold(threshold)
        typer.echo(
            f"{name}: AP50 {one.average_precision():.3f}, best threshold {threshold:.2f}"
            f" (precision {precision:.2f}, recall {recall:.2f})"
        )


def _show_metrics(metrics: dict[str, Any], first: str) -> None:
    from rich.console import Console

    title = f"{metrics['model']} {metrics['version']}"
    _show_set(f"{title} on {first}", metrics["variants"])
    for name, one in metrics.get("other_sets", {}).items():
        _show_set(f"{title} on {name}", one["variants"])
    for variant, report in metrics["variants"].items():
        speed = report["milliseconds_per_picture_one_core"]
        Console().print(f"{variant}: {speed:.0f} ms a picture on one core, JPEG to boxes")


def _show_set(title: str, variants: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    columns = ("variant", "class", "objects", "AP50", "95 %", "AP50-95", "precision", "recall")
    table = Table(*columns, title=title)
    counts = Table("variant", "class", "MAPE", "95 %", "bias", "correlation", title="Counts")
    for variant, report in variants.items():
        for name, one in report["classes"].items():
            table.add_row(
                variant,
                name,
                str(one["objects"]),
                f"{one['ap50']:.3f}",
                "{:.2f} to {:.2f}".format(*one["ap50_interval"]),
                f"{one['ap50_95']:.3f}",
                f"{one['precision']:.2f}",
                f"{one['recall']:.2f}",
            )
        for name, one in report.get("counts", {}).items():
            counts.add_row(
                variant,
                name,
                f"{one['mape']:.3f}",
                "{:.2f} to {:.2f}".format(*one["mape_interval"]),
                f"{one['bias']:+.3f}",
                f"{one['correlation']:.3f}",
            )
    Console().print(table)
    if counts.row_count:
        Console().print(counts)
