"""`xunjian gateway …`: what runs beside the cameras."""

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer()
gateway = typer.Typer(no_args_is_help=True, help="Run beside the cameras: capture, queue, upload.")
app.add_typer(gateway, name="gateway")


@gateway.callback()
def _gateway() -> None: ...


Config = Annotated[
    Path, typer.Option(exists=True, dir_okay=False, help="the gateway's configuration (YAML)")
]


@gateway.command()
def init(
    config: Annotated[Path, typer.Argument(help="where to write it")] = Path("gateway.yaml"),
) -> None:
    """Write an example of a gateway's configuration, to be changed; overwrites nothing.

    Examples:

        xunjian gateway init gateway.yaml
    """
    from importlib import resources

    from gateway.errors import GatewayError

    text = resources.files("gateway").joinpath("example.yaml").read_text(encoding="utf-8")
    try:
        with config.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise GatewayError(f"{config} is there already", hint="name another file") from error
    except OSError as error:
        raise GatewayError(f"{config}: {error.strerror}") from error
    typer.echo(f"{config} is written. Put your service, token and camera into it, then:", err=True)
    typer.echo(f"  xunjian gateway check --config {config}", err=True)


@gateway.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors and check-jsonschema.

    Examples:

        xunjian gateway schema > gateway.schema.json
    """
    import json

    from gateway.config import GatewayConfig

    typer.echo(json.dumps(GatewayConfig.model_json_schema(), indent=1))


@gateway.command()
def check(
    config: Config,
    pictures: Annotated[
        Path, typer.Option(help="folder for one picture of each camera, to be looked at")
    ] = Path("check"),
) -> None:
    """Try everything: service, token, cameras, sources, position, disk; say how to mend it.

    Exit code 0: the gateway can go to work; 1: something keeps it from that.

    Examples:

        xunjian gateway check --config gateway.yaml
    """
    from rich.console import Console
    from rich.text import Text

    from gateway.check import check as try_everything
    from gateway.config import read_config

    signs = {"good": ("✓", "green"), "doubtful": ("!", "yellow"), "bad": ("✗", "red")}
    console = Console(soft_wrap=True)
    bad = 0
    for checked in try_everything(read_config(config), pictures):
        sign, colour = signs[checked.verdict]
        console.print(Text(f"{sign} {checked.what}: {checked.told}", style=colour))
        if checked.hint:
            console.print(Text(f"  {checked.hint}", style="dim"))
        bad += checked.verdict == "bad"
    console.print("\nready" if not bad else f"\n{bad} to mend", highlight=False)
    raise typer.Exit(1 if bad else 0)


@gateway.command()
def run(
    config: Config,
    verbose: Annotated[bool, typer.Option("--verbose", help="log every frame and clip")] = False,
) -> None:
    """Run a gateway: take pictures and clips, keep them on the disk, send them to the service.

    SIGTERM or Ctrl-C: what is on its way is finished, the rest waits on the disk for the next
    start. Its status page is at http://127.0.0.1:9480 unless the configuration says otherwise.

    Examples:

        xunjian gateway run --config gateway.yaml
    """
    import signal
    import threading

    from gateway.agent import Agent
    from gateway.config import read_config
    from gateway.logs import configure_logs
    from gateway.memory import tame_heap

    settings = read_config(config)
    tame_heap()
    configure_logs(verbose=verbose)
    stop = threading.Event()

    def end(_signal: int, _frame: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    Agent(settings).run(stop)


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

        Uploader(
            waiting,
            lambda frame, _: client.post_frame(frame),
            pace=Pace(concurrency),
            on_posted=count,
        ).drain()
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

        Uploader(
            waiting, lambda clip, _: client.post_clip(clip), pace=Pace(concurrency), on_posted=count
        ).drain()
    for reason in sorted(set(refused)):
        console.print(f"[red]refused[/] {refused.count(reason)}: {reason}", highlight=False)
    console.print(f"{taken} clips taken, {duplicates} of them before")
    raise typer.Exit(1 if refused else 0)
