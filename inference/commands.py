"""The `xunjian inspect` command."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from inference.choices import DeviceChoice, VariantChoice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from inference.offline import Outcome
    from inference.offline_clips import ClipOutcome

app = typer.Typer(no_args_is_help=True)

_INTERRUPTED = 130


Format = Literal["table", "jsonl"]


@app.callback()
def inference() -> None:
    """Inspect pictures and clips."""


@app.command()
def inspect(
    inspection: Annotated[str, typer.Argument(help="What to look for, e.g. road_damage.")],
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Pictures, or folders searched for them; falling_object: clips, folders of frames"
            " or folders searched for both.",
        ),
    ],
    format_: Annotated[
        Format, typer.Option("--format", help="jsonl: one object per input, for programs.")
    ] = "table",
    annotate: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Also write copies with what was found drawn in to this folder."
        ),
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
    facade: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help="falling_object: where the building is in the picture, with its floors and"
            " columns (YAML or JSON), so that floors are named.",
        ),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            min=1,
            max=240,
            help="falling_object: frames per second of folders whose pictures are numbered and"
            " carry no times.  [default: 25]",
        ),
    ] = None,
) -> None:
    """Inspect pictures, clips or folders offline, on all cores.

    Exit code 0: every input was inspected; 1: some input could not be (the others were);
    2: wrong usage; 130: interrupted.

    Examples:

      xunjian inspect road_damage street.jpg

      xunjian inspect road_damage photos/ --format jsonl > found.jsonl

      xunjian inspect road_damage photos/ --annotate seen/ --threshold 0.5

      xunjian inspect falling_object clip.mp4 frames/ --format jsonl --annotate seen/

      xunjian inspect falling_object day/ --facade building.yaml

      xunjian inspect illegal_building --baseline camera/june/ camera/july/ --annotate seen/
    """
    from rich.console import Console

    from inference.clips import ASSUMED_FPS
    from inference.clips.sources import find_clips
    from inference.falling.view_file import read_view
    from inference.inspections import (
        ClipInspection,
        PictureInspection,
        SeriesInspection,
        get_inspection,
        inspection_type,
    )
    from inference.offline import find_sources, inspect_files
    from inference.offline_clips import ClipWork, inspect_clips
    from inference.policy import choose_policy
    from inference.series_command import inspect_camera

    wanted = inspection_type(inspection)  # an unknown name is told before anything is searched
    if not issubclass(wanted, SeriesInspection) and (baseline or times):
        raise typer.BadParameter(f"{inspection} needs neither --baseline nor --times")
    clips = issubclass(wanted, ClipInspection)
    if not clips and (facade or fps):
        raise typer.BadParameter(f"{inspection} needs neither --facade nor --fps")
    view = None if facade is None else read_view(facade)
    sources = find_clips(paths) if clips else find_sources(paths)
    if not sources:
        what = "clip and no frames" if clips else "JPEG, PNG or WebP picture"
        raise typer.BadParameter(f"the folders hold no {what}")
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
        outcomes: Iterable[Outcome | ClipOutcome]
        if isinstance(ready, PictureInspection):
            outcomes = inspect_files(sources, ready, policy.workers, annotate)
        else:
            options = ClipWork(
                inspection,
                policy,
                variant=variant,
                threshold=threshold,
                view=view,
                fps=fps or ASSUMED_FPS,
                annotations=annotate,
            )
            outcomes = inspect_clips(sources, options)
        write = _write_jsonl if format_ == "jsonl" else _write_table
        failed = write(_with_progress(outcomes, len(sources), messages))
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
    outcomes: "Iterable[Outcome | ClipOutcome]", total: int, messages: "Console"
) -> "Iterable[Outcome | ClipOutcome]":
    from rich.progress import track

    return track(
        outcomes,
        total=total,
        description="Inspecting",
        console=messages,
        transient=True,
        disable=not messages.is_terminal,
    )


def _write_jsonl(outcomes: "Iterable[Outcome | ClipOutcome]") -> int:
    import json

    failed = 0
    for outcome in outcomes:
        failed += outcome.error is not None
        typer.echo(json.dumps(outcome.to_json()))
    return failed


def _write_table(outcomes: "Iterable[Outcome | ClipOutcome]") -> int:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    table = Table(Column("input", overflow="fold"), "size", "found")
    failed = 0
    for outcome in outcomes:
        name = escape(str(outcome.source.path))
        if outcome.error is not None:
            failed += 1
            table.add_row(name, "", f"[red]{escape(str(outcome.error))}[/red]")
            continue
        size, found = outcome.to_row()
        table.add_row(name, size, found or "[dim]nothing[/dim]")
    Console().print(table)
    return failed
