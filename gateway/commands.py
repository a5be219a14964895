"""`xunjian gateway …`: what runs beside the cameras."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
gateway = typer.Typer(no_args_is_help=True, help="Run beside the cameras: capture, queue, upload.")
app.add_typer(gateway, name="gateway")


@gateway.callback()
def _gateway() -> None: ...


@gateway.command()
def post(
    drive: Annotated[
        Path, typer.Argument(help="folder with pictures and a frames.csv", exists=True)
    ],
    url: Annotated[str, typer.Option(help="the service")] = "http://127.0.0.1:8000",
    token: Annotated[
        str, typer.Option(envvar="XUNJIAN_TOKEN", help="the gateway's token, xj_…")
    ] = "",
    camera: Annotated[
        str | None, typer.Option(help="the camera of every frame, or the only one to post")
    ] = None,
    queue: Annotated[
        Path, typer.Option(help="folder of the disk queue; what waits there is posted too")
    ] = Path("var/gateway"),
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="most frames in flight")] = 8,
) -> None:
    """Post a recorded drive through the disk queue, and end when the service has every frame.

    Stop it at any time with Ctrl-C and start it again: nothing is lost and nothing is taken
    twice. Exit code 0: every frame was taken; 1: some were refused (see QUEUE/refused).

    Examples:

        XUNJIAN_TOKEN=xj_… xunjian gateway post drives/monday --camera bus-17

        xunjian gateway post drives/monday/frames.csv --url https://xunjian.example.org
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from gateway.client import Client, Receipt
    from gateway.errors import GatewayError
    from gateway.frame import CapturedFrame
    from gateway.manifest import read_manifest
    from gateway.queue import DiskQueue, DropPolicy
    from gateway.uplink import Pace, Posted, Uploader

    if not token:
        raise GatewayError(
            "no token was given",
            hint="make one with `xunjian token create`, then set XUNJIAN_TOKEN or use --token",
        )
    frames = read_manifest(drive, camera=camera)
    waiting = DiskQueue(queue, drop=DropPolicy.REFUSE)
    refused: list[str] = []
    found = duplicates = 0
    console = Console(stderr=True)
    with (
        Client(url, token) as client,
        Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
        ) as progress,
    ):
        for frame in progress.track(frames, description="queueing"):
            waiting.put(frame.load())
        task = progress.add_task("posting", total=len(waiting))

        def count(posted: Posted[CapturedFrame, Receipt]) -> None:
            nonlocal found, duplicates
            if posted.receipt is None:
                refused.append(str(posted.refusal))
            else:
                found += len(posted.receipt.detections)
                duplicates += posted.receipt.duplicate
            progress.advance(task)

        Uploader(waiting, client.post_frame, pace=Pace(concurrency), on_posted=count).drain()
    for reason in sorted(set(refused)):
        console.print(f"[red]refused[/] {refused.count(reason)}: {reason}", highlight=False)
    console.print(f"{len(frames)} frames, {found} detections, {duplicates} taken before")
    raise typer.Exit(1 if refused else 0)


@gateway.command("post-clips")
def post_clips(
    clips: Annotated[
        Path,
        typer.Argument(
            help="folder with a clips.csv, folder with pictures and a frames.csv, or one clip",
            exists=True,
        ),
    ],
    url: Annotated[str, typer.Option(help="the service")] = "http://127.0.0.1:8000",
    token: Annotated[
        str, typer.Option(envvar="XUNJIAN_TOKEN", help="the gateway's token, xj_…")
    ] = "",
    camera: Annotated[
        str | None, typer.Option(help="the camera of every clip, or the only one to post")
    ] = None,
    captured_at: Annotated[
        str | None,
        typer.Option(help="when the one clip begins, RFC 3339 with offset: 2026-11-21T08:00:00Z"),
    ] = None,
    queue: Annotated[
        Path, typer.Option(help="folder of the disk queue; what waits there is posted too")
    ] = Path("var/gateway-clips"),
    concurrency: Annotated[int, typer.Option(min=1, max=8, help="most clips in flight")] = 1,
) -> None:
    """Post clips through the disk queue, and end when the service has every one.

    An upload that breaks off goes on where it was. Stop it at any time with Ctrl-C and start it
    again: nothing is lost and nothing is taken twice. Exit code 0: every clip was taken; 1: some
    were refused (see QUEUE/refused).

    Examples:

        XUNJIAN_TOKEN=xj_… xunjian gateway post-clips recordings/ --camera yard-3

        xunjian gateway post-clips fall.mp4 --camera yard-3 --captured-at 2026-11-21T08:00:00Z
    """
    import tempfile
    from datetime import datetime

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from gateway.client import Client, ClipReceipt
    from gateway.clip_manifest import read_clips
    from gateway.errors import GatewayError
    from gateway.queue import ClipQueue, DropPolicy, QueuedClip
    from gateway.uplink import Pace, Posted, Uploader

    if not token:
        raise GatewayError(
            "no token was given",
            hint="make one with `xunjian token create`, then set XUNJIAN_TOKEN or use --token",
        )
    try:
        moment = None if captured_at is None else datetime.fromisoformat(captured_at)
        if moment is not None and moment.tzinfo is None:
            raise ValueError("it has no offset")
    except ValueError as error:
        raise GatewayError(f"--captured-at: {error}", hint="2026-11-21T08:00:00Z") from error
    waiting = ClipQueue(queue, drop=DropPolicy.REFUSE)
    refused: list[str] = []
    taken = duplicates = 0
    console = Console(stderr=True)
    with (
        Client(url, token) as client,
        tempfile.TemporaryDirectory() as scratch,
        Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
        ) as progress,
    ):
        found = read_clips(clips, camera=camera, captured_at=moment, scratch=Path(scratch))
        for clip in progress.track(found, description="queueing"):
            waiting.put(clip)
        task = progress.add_task("posting", total=len(waiting))

        def count(posted: Posted[QueuedClip, ClipReceipt]) -> None:
            nonlocal taken, duplicates
            if posted.receipt is None:
                refused.append(str(posted.refusal))
            else:
                taken += 1
                duplicates += posted.receipt.duplicate
            progress.advance(task)

        Uploader(waiting, client.post_clip, pace=Pace(concurrency), on_posted=count).drain()
    for reason in sorted(set(refused)):
        console.print(f"[red]refused[/] {refused.count(reason)}: {reason}", highlight=False)
    console.print(f"{taken} clips taken, {duplicates} of them before")
    raise typer.Exit(1 if refused else 0)
