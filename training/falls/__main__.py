"""`python -m training.falls`: fit the tracklet classifier, choose its thresholds, judge it."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from inference.falling.classifier import TrackletClassifier
from inference.falling.detect import FallDetector, TrackedClip
from training.falls.judge import choose_thresholds
from training.falls.judge import judge as judge_clips
from training.falls.samples import (
    KnownClip,
    gather,
    name_track,
    rendered_clips,
    sky_clips,
    track_file,
)

app = typer.Typer(no_args_is_help=True, add_completion=False)

Clips = Annotated[
    Path, typer.Option(exists=True, file_okay=False, help="What `xunjian synthesize falls` wrote.")
]
Skies = Annotated[
    Path | None,
    typer.Option(exists=True, file_okay=False, help="Clips of birds and aeroplanes, no falls."),
]
Processes = Annotated[int, typer.Option(min=1, help="How many clips are worked through at once.")]


@app.command()
def fit(
    clips: Clips,
    out: Annotated[Path, typer.Option(help="The ONNX file to write.")],
    skies: Skies = None,
    epochs: Annotated[int, typer.Option(min=1)] = 12,
    networks: Annotated[int, typer.Option(min=1, help="How many are averaged.")] = 2,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    processes: Processes = 1,
) -> None:
    """Train a classifier on rendered clips, and on two thirds of the real skies.

    Examples:

      xunjian synthesize falls --out clips/train --clips 2000

      python -m training.falls fit --clips clips/train --out model.onnx
    """
    import torch

    from training.falls.network import export
    from training.falls.network import fit as fit_network

    torch.set_num_threads(processes)
    material = [*rendered_clips(clips), *(sky_clips(skies, held_out=False) if skies else [])]
    tracked = list(_tracked(material, processes))
    named = [
        (one, [name_track(track, clip.truth) for track in one.tracks]) for clip, one in tracked
    ]
    samples = gather(named, seed)
    typer.echo(f"{len(samples.labels)} samples of {len(material)} clips")

    def told(epoch: int, loss: float) -> None:
        typer.echo(f"epoch {epoch}: loss {loss:.3f}")

    nets = [fit_network(samples, epochs, seed + number, told) for number in range(networks)]
    export(nets, out)
    typer.echo(f"{out}: {sum(p.numel() for net in nets for p in net.parameters())} parameters")


@app.command()
def thresholds(
    clips: Clips,
    model: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    processes: Processes = 1,
) -> None:
    """Choose the operating points on rendered clips that neither teach nor judge.

    Examples:

      python -m training.falls thresholds --clips clips/validation --model model.onnx
    """
    tracked = _tracked(rendered_clips(clips), processes)
    suspected, confirmed = choose_thresholds(TrackletClassifier(model), tracked)
    typer.echo(f"--suspected {suspected} --confirmed {confirmed}")


@app.command()
def judge(
    clips: Clips,
    model: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    skies: Skies = None,
    suspected: Annotated[float, typer.Option(min=0, max=1)] = 0.5,
    confirmed: Annotated[float, typer.Option(min=0, max=1)] = 0.8,
    processes: Processes = 1,
) -> None:
    """Judge a classifier on other rendered clips, and on the real skies that were held back.

    Examples:

      python -m training.falls judge --clips clips/test --skies sky_clips --model model.onnx
    """
    detector = FallDetector(TrackletClassifier(model), suspected, confirmed)
    parts = {"rendered": rendered_clips(clips)}
    if skies:
        parts["skies"] = sky_clips(skies, held_out=True)
    result = {
        name: judge_clips(detector, _tracked(material, processes)).to_json()
        for name, material in parts.items()
    }
    typer.echo(json.dumps(result, indent=2))


def _tracked(clips: Sequence[KnownClip], processes: int) -> Iterator[tuple[KnownClip, TrackedClip]]:
    from rich.progress import track

    with ProcessPoolExecutor(processes) as pool:
        found = pool.map(track_file, [clip.path for clip in clips])
        yield from zip(clips, track(found, total=len(clips), description="Following"), strict=True)


if __name__ == "__main__":
    app()
