"""The commands `train`, `evaluate` and `export`."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasets.yolo import Problem
    from training.metrics import Matches

app = typer.Typer(no_args_is_help=True)

_MODELS = Path(__file__).parent.parent / "models"
_INTERRUPTED = 130
_PROBLEMS_SHOWN = 10

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="The model, e.g. road_damage.")]
Root = Annotated[Path, typer.Option(help="Folder that holds the models.", show_default="models")]


@app.callback()
def training() -> None:
    """Train, judge and export models."""


@app.command()
def train(
    model: ModelName,
    data: Annotated[Path, typer.Option(help="Folder with train/images and train/labels (YOLO).")],
    weights: Annotated[Path, typer.Option(help="Checkpoint to start from, e.g. yolo26n.pt.")],
    backgrounds: Annotated[
        Path | None, typer.Option(help="Street photos without damage: images/ and labels/.")
    ] = None,
    rendered: Annotated[int, typer.Option(min=0, help="How many rendered frames to add.")] = 140,
    hold_out: Annotated[
        str | None, typer.Option(help="A road to leave out and to judge the result on.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the pictures.")] = 12,
    imgsz: Annotated[
        int, typer.Option(min=320, help="Longer side of the training frame in pixels.")
    ] = 640,
    batch: Annotated[int, typer.Option(min=1, help="Pictures per step.")] = 12,
    freeze: Annotated[int, typer.Option(min=0, help="First layers that keep their weights.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, or a GPU's number such as 0.")] = "cpu",
    processes: Annotated[
        int | None,
        typer.Option(min=1, help="Processes on a CPU; by default all cores but one."),
    ] = None,
    run: Annotated[Path, typer.Option(help="Folder for checkpoints.")] = Path("runs/road_damage"),
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Repeats a run on the same device.")] = 0,
) -> None:
    """Fine-tune a detector. Ctrl-C keeps the last whole epoch; --resume goes on from there.

    Examples:

      xunjian train road_damage --data road_damage --weights yolo26n.pt --device 0

      xunjian train road_damage --data road_damage --weights yolo26n.pt --hold-out DF_251
    """
    from datasets.cards import load_card
    from datasets.yolo import check_splits, read_split
    from inference.policy import usable_cores
    from training.recipe import Recipe
    from training.rendered import rendered_pictures

    _require_training_extra()
    from training.train import TrainingData
    from training.train import train as run_training

    card = load_card(model)
    _refuse(check_splits(data, ["train"], len(card.classes)))
    pictures = read_split(data / "train")
    held_out = [one for one in pictures if card.place_of(one.path) == hold_out]
    if hold_out and not held_out:
        places = ", ".join(sorted({card.place_of(one.path) for one in pictures}))
        raise TrainingError(f"no picture shows {hold_out}", hint=f"Roads: {places}.")
    learned = [one for one in pictures if card.place_of(one.path) != hold_out]
    learned += rendered_pictures(run / "rendered", rendered, seed)
    streets = read_split(backgrounds) if backgrounds else []
    recipe = Recipe(image_size=imgsz, epochs=epochs, batch=batch, freeze=freeze, seed=seed)
    try:
        checkpoint = run_training(
            TrainingData(learned, streets),
            recipe,
            weights,
            run,
            device,
            processes or (max(1, usable_cores() - 1) if device == "cpu" else 1),
            resume=resume,
        )
    except KeyboardInterrupt:
        typer.echo("Interrupted. Go on with the same command and --resume.", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    if held_out:
        from training.release import judge_checkpoint

        _show_validation(judge_checkpoint(_MODELS, model, checkpoint, held_out))
    typer.echo(f"Trained: {checkpoint}\nNext: xunjian export {model} --weights {checkpoint}")


@app.command()
def evaluate(
    model: ModelName,
    data: Annotated[
        Path, typer.Option(help="Folder with the split's images/ and labels/ in it.")
    ] = Path("../shared/data/road_damage"),
    split: Annotated[str, typer.Option(help="The split to judge on.")] = "test",
    variant: Annotated[
        Literal["all", "fp32", "int8"], typer.Option(help="Which exported file to judge.")
    ] = "all",
    update: Annotated[
        bool, typer.Option("--update", help="Write metrics.json, pr_curve.png and card.md.")
    ] = False,
    root: Root = _MODELS,
) -> None:
    """Judge a model through the serving code, as its card does.

    Examples:

      xunjian evaluate road_damage --data road_damage

      xunjian evaluate road_damage --data road_damage --variant int8
    """
    from rich.progress import Progress

    from datasets.cards import load_card
    from datasets.yolo import check_splits, read_split
    from models.registry import load_model
    from training.release import judge_model, shipped_variants

    if update and variant != "all":
        raise typer.BadParameter("--update judges every variant; leave out --variant")
    load_model(model, root=root)
    card = load_card(model)
    pictures = read_split(data / split)
    _refuse(check_splits(data, [split], len(card.classes)))
    variants = shipped_variants(root, model) if variant == "all" else (variant,)
    with Progress(transient=True) as progress:
        task = progress.add_task("Judging", total=len(pictures) * len(variants))
        metrics = judge_model(
            root,
            model,
            variants,
            pictures,
            card,
            split,
            lambda: progress.advance(task),
            update=update,
        )
    _show_metrics(metrics)


@app.command()
def export(
    model: ModelName,
    weights: Annotated[Path, typer.Option(help="Trained checkpoint, e.g. runs/…/last.pt.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Training data; its train/ calibrates INT8. Without it, FP32 only."),
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(metavar="CLASS=SCORE", help="A class's operating point; may be repeated."),
    ] = None,
    version: Annotated[str | None, typer.Option(help="The model's new version.")] = None,
    root: Root = _MODELS,
) -> None:
    """Export trained weights to ONNX: FP32, and INT8 if it is nearly as good.

    Examples:

      xunjian export road_damage --weights runs/road_damage/weights/last.pt --data road_damage

      xunjian export road_damage --weights last.pt --threshold crack=0.21 --version 1.1.0
    """
    from datasets.yolo import read_split
    from training.release import add_int8, export_model

    thresholds = dict(_threshold(text) for text in threshold or [])
    _require_training_extra()
    pictures = read_split(data / "train") if data else []
    exported = export_model(root, model, weights, version, thresholds)
    typer.echo(f"FP32: {exported.path}")
    if pictures:
        float_ap50, int8_ap50 = add_int8(exported, pictures)
        typer.echo(f"INT8: mean AP50 {int8_ap50:.3f} on training pictures, FP32 {float_ap50:.3f}")
    typer.echo(f"Next: xunjian evaluate {model} --update")


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


def _refuse(problems: "Sequence[Problem]") -> None:
    if problems:
        shown = [f"{one.path}: {one.what}" for one in problems[:_PROBLEMS_SHOWN]]
        more = len(problems) - len(shown)
        raise TrainingError(
            "\n".join([*shown, *([f"… and {more} more"] if more else [])]),
            hint="Mend or remove these files.",
        )


def _show_validation(matches: "dict[str, Matches]") -> None:
    for name, one in matches.items():
        threshold = one.best_threshold()
        precision, recall = one.at_threshold(threshold)
        typer.echo(
            f"{name}: AP50 {one.average_precision():.3f}, best threshold {threshold:.2f}"
            f" (precision {precision:.2f}, recall {recall:.2f})"
        )


def _show_metrics(metrics: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    columns = ("variant", "class", "objects", "AP50", "95 %", "AP50-95", "precision", "recall")
    table = Table(*columns, title=f"{metrics['model']} {metrics['version']}")
    for variant, report in metrics["variants"].items():
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
    Console().print(table)
