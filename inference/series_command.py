"""`xunjian inspect` for inspections of a camera's days: one series in, one record out."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from inference.inspections import SeriesInspection
    from inference.series import SeriesOutcome


def inspect_camera(
    inspection: "SeriesInspection",
    *,
    baseline: list[Path] | None,
    frames: list[Path],
    times: Path | None,
    annotations: Path | None,
    workers: int,
    format_: Literal["table", "jsonl"],
    messages: "Console",
) -> None:
    """Inspect one camera's frames and print what was found.

    Args:
        inspection: What to look for.
        baseline: Pictures, or folders of them, on which nothing is being built.
        frames: Pictures, or folders of them.
        times: CSV that says when files were taken.
        annotations: Folder for pictures of before, after and changes.
        workers: Threads.
        format_: How to print.
        messages: Where everything but the record goes.

    Raises:
        typer.BadParameter: There is no baseline.
        typer.Exit: Some frame could not be inspected.
        SiteError: The series cannot be inspected.
    """
    from rich.progress import Progress

    from inference.series import Series

    if not baseline:
        raise typer.BadParameter(
            f"{inspection.name} compares days with a baseline: name a folder of at least 8 frames"
            " of at least 2 days on which nothing was being built",
            param_hint="--baseline",
        )
    series = Series(baseline, frames, times)
    for words in series.warnings:
        messages.print(words, style="yellow", soft_wrap=True, highlight=False)
    with Progress(console=messages, transient=True, disable=not messages.is_terminal) as progress:
        task = progress.add_task("Inspecting", total=len(series.ordered))
        outcome = series.inspect(
            inspection,
            workers=workers,
            annotations=annotations,
            tick=lambda: progress.advance(task),
        )
    for trouble in outcome.troubles:
        messages.print(
            f"{trouble.kind}: {trouble.first}{_more(trouble.frames)}: {trouble.message}",
            style="yellow",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    if format_ == "jsonl":
        typer.echo(json.dumps(outcome.to_json()))
    else:
        _print_table(outcome)
    if outcome.failed:
        messages.print(
            f"{outcome.failed} of {outcome.frames} frames could not be inspected", style="red"
        )
        raise typer.Exit(1)


def _more(frames: int) -> str:
    return f" and {frames - 1} more" if frames > 1 else ""


def _print_table(outcome: "SeriesOutcome") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("kind", "stage", "first seen", "confirmed", "box", "score", title=outcome.source)
    for event in outcome.to_json()["events"]:
        first, confirmed = Path(event["first_seen"]).name, event["confirmed"]
        table.add_row(
            event["kind"],
            event["stage"].replace("_", " "),
            escape(first),
            escape(Path(confirmed).name) if confirmed else "[dim]not yet[/dim]",
            ", ".join(f"{side:.0f}" for side in event["box"]),
            f"{event['score']:.2f}",
        )
    if not outcome.events:
        table.add_row("[dim]nothing[/dim]")
    Console().print(table)
