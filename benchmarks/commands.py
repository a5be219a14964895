"""The `xunjian bench` commands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from inference.choices import Device, VariantChoice

if TYPE_CHECKING:
    from rich.table import Table

app = typer.Typer(no_args_is_help=True)
bench = typer.Typer(no_args_is_help=True, help="Measure speed, as ratios measured in one run.")
app.add_typer(bench, name="bench")

_RESULTS = Path(__file__).parent / "results"

AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]
Save = Annotated[
    bool, typer.Option("--save", help="Keep the figures beside the script, in benchmarks/results.")
]


@app.callback()
def benchmarks() -> None:
    """Measure speed."""


@bench.command()
def serve(
    clients: Annotated[int, typer.Option(min=1, help="Connections that post frames.")] = 8,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured.")] = 3,
    seconds: Annotated[float, typer.Option(min=1, help="How long each time.")] = 6.0,
    variant: Annotated[
        VariantChoice, typer.Option(help="auto takes what the service would take.")
    ] = "auto",
    as_json: AsJson = False,
    save: Save = False,
) -> None:
    """Measure the service through HTTP beside its limit and a naive service.

    The limit is decoding, letterbox and bare ONNX Runtime on the same cores, without HTTP, database
    or anything else. The naive service is FastAPI with ultralytics' `model.predict`; it needs
    `make train-env`. At the end four times as many frames are offered as the service can take.

    Examples:

      xunjian bench serve

      xunjian bench serve --variant int8 --json
    """
    from rich.console import Console

    from benchmarks.serve import bench_serve

    with Console(stderr=True).status("starting") as status:
        figures = bench_serve(
            clients=clients, rounds=rounds, seconds=seconds, variant=variant, tell=status.update
        )
    _show(figures, "serve", as_json=as_json, save=save)


@bench.command()
def gpu(
    device: Annotated[
        Device, typer.Option(help="cpu runs the same batching code, to try it without a GPU.")
    ] = "cuda",
    seconds: Annotated[float, typer.Option(min=1, help="How long the load lasts.")] = 10.0,
    as_json: AsJson = False,
    save: Save = False,
) -> None:
    """Measure the batching engine on a GPU; the figures name the GPU and its driver.

    Examples:

      xunjian bench gpu --device tensorrt --save

      xunjian bench gpu --device cpu --seconds 3
    """
    from rich.console import Console

    from benchmarks.gpu import bench_gpu

    with Console(stderr=True).status(f"measuring on {device}"):
        figures = bench_gpu(device, seconds)
    _show(figures, f"gpu-{device}", as_json=as_json, save=save)


@bench.command()
def gathering(
    roads: Annotated[int, typer.Option(min=1, help="Simulated roads for each figure.")] = 100,
    noise: Annotated[
        list[float] | None, typer.Option(min=0, help="GPS noise, metres on each axis; repeatable.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    as_json: AsJson = False,
    save: Save = False,
) -> None:
    """Measure how often findings are wrongly split or joined, over GPS noise.

    20 passes by 3 buses along each simulated road, through the gatherer itself; no model and no
    pictures are needed.

    Examples:

      xunjian bench gathering

      xunjian bench gathering --roads 20 --noise 3 --noise 10 --json
    """
    from dataclasses import asdict

    from rich.console import Console

    from benchmarks.gathering import NOISES_M, table

    rows = []
    with Console(stderr=True).status("simulating") as status:
        for row in table(roads, noise or NOISES_M, workers):
            rows.append(asdict(row))
            status.update(f"{row.scenario}, GPS noise {row.noise_m} m: done")
    figures = {f"{row['scenario']}, {row['noise_m']} m": row for row in rows}
    _show(figures, "gathering", as_json=as_json, save=save)


@bench.command()
def verification(
    roads: Annotated[int, typer.Option(min=1, help="Roads for each figure, a month each.")] = 8,
    scenario: Annotated[
        list[str] | None, typer.Option(help="Only these lines of the table; repeatable.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    as_json: AsJson = False,
    save: Save = False,
) -> None:
    """Measure how often looking again closes, reopens and errs, over a month of a bus network.

    Two passes a day along half a kilometre with ten potholes, detections drawn at the card's
    rates, GPS noise, false claims and repairs, through the service's own gathering, coverage and
    verification; no model and no pictures are needed. A road takes about a minute.

    Examples:

      xunjian bench verification --roads 2 --scenario "GPS noise 3 m"

      xunjian bench verification --workers 4 --save
    """
    from dataclasses import asdict

    from rich.console import Console

    from benchmarks.verification import SCENARIOS, table

    if unknown := set(scenario or ()) - SCENARIOS.keys():
        raise typer.BadParameter(
            f"no scenario {', '.join(sorted(unknown))}; there are: {'; '.join(SCENARIOS)}"
        )
    rows = {}
    with Console(stderr=True).status("simulating a month") as status:
        for row in table(roads, workers, scenario or ()):
            rows[row.scenario] = asdict(row)
            status.update(f"{row.scenario}: done")
    _show(rows, "verification", as_json=as_json, save=save)


@bench.command(name="falling_object")
def falling_object(
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured.")] = 3,
    seconds: Annotated[float, typer.Option(min=2, help="Length of each rendered clip.")] = 4.0,
    size: Annotated[
        Literal["720p", "1080p", "both"], typer.Option(help="Size of the frames.")
    ] = "both",
    as_json: AsJson = False,
    save: Save = False,
) -> None:
    """Measure the inspection of clips in frames per second and core, beside decoding alone.

    Three rendered H.264 clips of each size, with one fall each: a still wall, trees and birds, and
    rain at dusk. Frames per core are per second of processor time; fps_all_cores is by the clock.

    Examples:

      xunjian bench falling_object

      xunjian bench falling_object --size 1080p --json
    """
    from rich.console import Console

    from benchmarks.falls import SIZES, bench_falls

    sizes = {name: one for name, one in SIZES.items() if size in (name, "both")}
    with Console(stderr=True).status("starting") as status:
        figures = bench_falls(rounds=rounds, seconds=seconds, sizes=sizes, tell=status.update)
    _show(figures, "falling_object", as_json=as_json, save=save)


def _show(figures: dict[str, Any], name: str, *, as_json: bool, save: bool) -> None:
    import json

    from rich.console import Console

    text = json.dumps(figures, indent=2, ensure_ascii=False)
    if save:
        _RESULTS.mkdir(exist_ok=True)
        (_RESULTS / f"{name}.json").write_text(text + "\n")
    if as_json:
        typer.echo(text)
    else:
        Console().print(_table(figures))


def _table(figures: dict[str, Any]) -> "Table":
    from rich.table import Table

    table = Table("figure", "value")
    for name, value in figures.items():
        if isinstance(value, dict):
            for inner, one in value.items():
                table.add_row(f"{name} {inner}", str(one))
        else:
            table.add_row(name, str(value))
    return table
