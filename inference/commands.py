"""The `xunjian inspect` command."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from inference.choices import DeviceChoice, VariantChoice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from inference.offline import Outcome

app = typer.Typer(no_args_is_help=True)

_INTERRUPTED = 130


Format = Literal["table", "jsonl"]


@app.callback()
def inference() -> None:
    """Inspect pictures."""


@app.command()
def inspect(
    inspection: Annotated[str, typer.Argument(help="What to look for, e.g. road_damage.")],
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Pictures, or folders searched for pictures."),
    ],
    format_: Annotated[
        Format, typer.Option("--format", help="jsonl: one object per input, for programs.")
    ] = "table",
    annotate: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write copies with boxes drawn in to this folder."),
    ] = None,
    device: Annotated[
        DeviceChoice, typer.Option(help="Where to run; a named device is used or refused.")
    ] = "auto",
    variant: Annotated[
        VariantChoice, typer.Option(help="auto takes what is fastest on the device.")
    ] = "auto",
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Lowest score reported; by default each class's operating point."
        ),
    ] = None,
    baseline: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            metavar="DIR",
            help="illegal_building: frames of the same camera on which nothing is being built.",
        ),
    ] = None,
    times: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            metavar="FILE.csv",
            help="illegal_building: when frames were taken (columns file, captured_at), where"
            " neither EXIF nor their names say it.",
        ),
    ] = None,
) -> None:
    """Inspect pictures or folders offline, on all cores.

    Exit code 0: every input was inspected; 1: some input could not be (the others were);
    2: wrong usage; 130: interrupted.

    Examples:

      xunjian inspect road_damage street.jpg

      xunjian inspect road_damage photos/ --format jsonl > found.jsonl

      xunjian inspect road_damage photos/ --annotate seen/ --threshold 0.5

      xunjian inspect illegal_building --baseline camera/june/ camera/july/ --annotate seen/
    """
    from rich.console import Console

    from inference.inspections import (
        PictureInspection,
        SeriesInspection,
        get_inspection,
        inspection_type,
    )
    from inference.offline import find_sources, inspect_files
    from inference.policy import choose_policy
    from inference.series_command import inspect_camera

    wanted = inspection_type(inspection)  # an unknown name is told before anything is searched
    if not issubclass(wanted, SeriesInspection) and (baseline or times):
        raise typer.BadParameter(f"{inspection} needs neither --baseline nor --times")
    sources = find_sources(paths)
    if not sources:
        raise typer.BadParameter("the folders hold no JPEG, PNG or WebP picture")
    if annotate is not None:
        _refuse_overwriting(annotate, [*paths, *(baseline or [])])
    messages = Console(stderr=True)
    policy = choose_policy(device)
    ready = get_inspection(inspection, policy, variant=variant, threshold=threshold)
    for model in ready.used:
        messages.print(
            f"{model.name} {model.version} {model.variant} ({model.digest[:12]})"
            f" on {policy.device}: {policy.reason}",
            style="dim",
            soft_wrap=True,
            highlight=False,
        )
    try:
        if isinstance(ready, SeriesInspection):
            inspect_camera(
                ready,
                baseline=baseline,
                frames=paths,
                times=times,
                annotations=annotate,
                workers=policy.workers,
                format_=format_,
                messages=messages,
            )
            return
        assert isinstance(ready, PictureInspection)  # noqa: S101
        outcomes = _with_progress(
            inspect_files(sources, ready, policy.workers, annotate), len(sources), messages
        )
        write = _write_jsonl if format_ == "jsonl" else _write_table
        failed = write(outcomes)
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None
    if failed:
        messages.print(f"{failed} of {len(sources)} inputs could not be inspected", style="red")
        raise typer.Exit(1)


def _refuse_overwriting(annotations: Path, paths: list[Path]) -> None:
    target = annotations.resolve()
    for path in paths:
        source = path.resolve()
        folder = source if source.is_dir() else source.parent
        if target == folder or (source.is_dir() and target.is_relative_to(source)):
            raise typer.BadParameter(
                f"{annotations} holds inputs; choose a folder outside {folder}",
                param_hint="--annotate",
            )


def _with_progress(
    outcomes: "Iterable[Outcome]", total: int, messages: "Console"
) -> "Iterable[Outcome]":
    from rich.progress import track

    return track(
        outcomes,
        total=total,
        description="Inspecting",
        console=messages,
        transient=True,
        disable=not messages.is_terminal,
    )


def _write_jsonl(outcomes: "Iterable[Outcome]") -> int:
    import json

    failed = 0
    for outcome in outcomes:
        failed += outcome.error is not None
        typer.echo(json.dumps(outcome.to_json()))
    return failed


def _write_table(outcomes: "Iterable[Outcome]") -> int:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("picture", "size", "found")
    failed = 0
    for outcome in outcomes:
        name = escape(str(outcome.source.path))
        if outcome.picture is None or outcome.detections is None:
            failed += 1
            table.add_row(name, "", f"[red]{escape(str(outcome.error))}[/red]")
            continue
        found = ", ".join(f"{d.class_name} {d.score:.2f}" for d in outcome.detections)
        size = f"{outcome.picture.width}x{outcome.picture.height}"
        table.add_row(name, size, found or "[dim]nothing[/dim]")
    Console().print(table)
    return failed
