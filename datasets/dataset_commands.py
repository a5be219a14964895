"""The commands `xunjian dataset ...`; heavy imports stay inside the functions."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from datasets.check import Report

app = typer.Typer(no_args_is_help=True)
dataset = typer.Typer(no_args_is_help=True, help="Show, check, import and export datasets.")
app.add_typer(dataset, name="dataset")

FormatOption = Annotated[
    Literal["yolo", "coco", "voc"], typer.Option("--format", help="The other tool's format.")
]
CardOption = Annotated[
    str | None, typer.Option(help="Dataset card that names the classes, in order.")
]


@app.callback()
def datasets() -> None:
    """Datasets."""


@dataset.command()
def show(
    what: Annotated[
        str | None, typer.Argument(metavar="[CARD|FOLDER]", help="A dataset card, or a folder.")
    ] = None,
) -> None:
    """Show a dataset card, what a folder holds, or which cards there are.

    Examples:

        xunjian dataset show

        xunjian dataset show road_damage

        xunjian dataset show data/road_damage
    """
    from rich.console import Console
    from rich.table import Table

    from datasets.cards import card_names, load_card

    if what is None:
        table = Table("card", "what it is", "classes", title="Dataset cards")
        for name in card_names():
            card = load_card(name)
            table.add_row(name, card.title, ", ".join(card.classes))
        Console().print(table)
    elif what in card_names():
        card = load_card(what)
        for field in ("title", "origin", "licence", "get", "use", "notes"):
            if text := str(getattr(card, field)).strip():
                typer.secho(field, bold=True)
                typer.echo(f"{text}\n")
        typer.echo(f"classes: {', '.join(card.classes) or 'none'}")
        typer.echo(f"folder:  {card.folder or card.name}")
        for split, places in card.splits.items():
            typer.echo(f"{split}: {', '.join(places)}")
    else:
        _show_splits(_check(Path(what), None), _names(Path(what), None))


@dataset.command()
def check(
    folder: Annotated[Path, typer.Argument(help="The dataset, or one split of it (YOLO layout).")],
    card: CardOption = None,
    output: Annotated[
        Literal["table", "jsonl"],
        typer.Option("--format", help="For people, or one JSON object for every issue."),
    ] = "table",
) -> None:
    """Look for what would spoil training or make an evaluation lie.

    Exit code 1 if something must be mended: broken files, labels that cannot be read or have no
    picture, boxes outside, unknown classes, unreadable names, the same picture or nearly the same
    in two splits. Empty labels and drift of classes between splits are told, no more.

    Examples:

        xunjian dataset check data/road_damage --card road_damage

        xunjian dataset check data/road_damage --format jsonl > issues.jsonl
    """
    import json

    from rich.console import Console
    from rich.table import Table

    report = _check(folder, card)
    if output == "jsonl":
        for issue in report.issues:
            record = {
                "kind": issue.kind,
                "must_mend": issue.must_mend,
                "split": issue.split,
                "path": str(issue.path),
                "what": issue.what,
            }
            typer.echo(json.dumps(record, ensure_ascii=False))
    else:
        _show_splits(report, _names(folder, card))
        table = Table("", "kind", "file", "what", title="Issues")
        for issue in report.issues:
            mark = "[red]mend[/]" if issue.must_mend else "note"
            table.add_row(mark, issue.kind, _printable(issue.path.name), _printable(issue.what))
        if report.issues:
            Console().print(table)
        noted = len(report.issues) - len(report.to_mend)
        typer.echo(f"{len(report.to_mend)} to mend, {noted} to know.")
    if report.to_mend:
        raise typer.Exit(1)


@dataset.command("import")
def import_(
    source: Annotated[
        Path, typer.Argument(help="Folder of the pictures (YOLO: with images/ and labels/ in it).")
    ],
    out: Annotated[Path, typer.Option(help="The dataset's folder; made if absent.")],
    form: FormatOption,
    split: Annotated[str, typer.Option(help="Name of the split to make.")] = "train",
    annotations: Annotated[
        Path | None,
        typer.Option(help="COCO: JSON file. VOC: folder of XML files. YOLO: file of class names."),
    ] = None,
    card: CardOption = None,
    renamed: Annotated[
        list[str] | None,
        typer.Option("--class", metavar="OLD=NEW", help="Renames a class; may be repeated."),
    ] = None,
) -> None:
    """Import pictures with boxes of another tool as one split.

    Examples:

        xunjian dataset import coco --format coco --out data/mine --class hole=pothole

        xunjian dataset import JPEGImages --format voc --annotations Annotations --out data/mine
    """
    from datasets.convert import import_split

    _require_extra()
    names = {}
    for text in renamed or []:
        old, equals, new = text.partition("=")
        if not (old and equals and new):
            raise typer.BadParameter(f"{text!r} is not OLD=NEW", param_hint="--class")
        names[old] = new
    counts = import_split(
        source,
        form,
        out,
        split,
        annotations=annotations,
        classes=_card_classes(card),
        renamed=names,
    )
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    typer.echo(f"{out / split}: {told}\nNext: xunjian dataset check {out}")


@dataset.command()
def export(
    folder: Annotated[Path, typer.Argument(help="The dataset, or one split of it.")],
    out: Annotated[Path, typer.Option(help="Folder to write to; must not exist.")],
    form: FormatOption,
    card: CardOption = None,
) -> None:
    """Write a dataset in the format of another tool.

    Examples:

        xunjian dataset export data/road_damage --format coco --out coco --card road_damage
    """
    from datasets.convert import export_dataset

    _require_extra()
    splits = export_dataset(folder, form, out, _card_classes(card))
    typer.echo(f"{out}: {', '.join(splits) or 'one split'}")


def _card_classes(card: str | None) -> tuple[str, ...] | None:
    from datasets.cards import load_card

    return load_card(card).classes if card else None


def _names(folder: Path, card: str | None) -> tuple[str, ...]:
    """Names of the classes as far as they are known: the card's, or those of data.yaml."""
    from datasets.convert import class_names

    return _card_classes(card) or class_names(folder) or class_names(folder.parent) or ()


def _check(folder: Path, card: str | None) -> "Report":
    from rich.console import Console
    from rich.progress import Progress

    from datasets.cards import load_card
    from datasets.check import check_dataset, find_splits
    from datasets.yolo import picture_files

    splits = find_splits(folder)
    total = sum(len(picture_files(folder / split / "images")) for split in splits)
    with Progress(transient=True, console=Console(stderr=True)) as progress:
        task = progress.add_task("Checking", total=total)
        return check_dataset(
            folder,
            splits,
            len(_names(folder, card)) or None,
            load_card(card) if card else None,
            lambda: progress.advance(task),
        )


def _show_splits(report: "Report", names: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("split", "pictures", "without object", "class", "objects", "share")
    for split, summary in report.splits.items():
        total = sum(summary.objects.values())
        first = [split or "-", str(summary.pictures), str(summary.empty)]
        for class_id, count in sorted(summary.objects.items()):
            known = 0 <= class_id < len(names)
            name = names[class_id] if known else f"class {class_id}"
            table.add_row(*first, name, str(count), f"{count / total:.1%}")
            first = ["", "", ""]
        if not summary.objects:
            table.add_row(*first, "-", "0", "-")
    Console().print(table)


def _printable(text: str) -> str:
    """Text that a terminal can show: bytes that are no UTF-8 are spelt out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _require_extra() -> None:
    from datasets.yolo import DatasetError

    if find_spec("supervision") is None:
        raise DatasetError(
            "this command needs supervision",
            hint="Install it beside the rest: the extra `datasets` (make train-env brings it too).",
        )
