"""`python -m training.sites`: draw pairs, train, export and judge the change network."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)

Out = Annotated[Path, typer.Option(help="Folder to write to.")]
Pools = Annotated[list[Path], typer.Option("--pool", exists=True, help="What `draw` wrote.")]

_DIGITS = 9
_STRUCTURES = [0.25, 0.2, 0.2, 0.2, 0.15]


@app.command()
def draw(
    out: Out,
    scenes: Annotated[int, typer.Option(min=1, help="How many places.")],
    first: Annotated[int, typer.Option(min=0, help="Number of the first place.")] = 0,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of each place.")] = 12,
) -> None:
    """Draw pairs into a pool; what is there already stays.

    Examples:

      python -m training.sites draw --out pool --scenes 400
    """
    import cv2
    import numpy as np

    from datasets.synthesis.sites.pair import PAIRS_PER_SCENE, PairWishes, draw_pair
    from training.sites.pool import Pair, write_pair

    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    there = {path.name[:_DIGITS] for path in out.glob("*.truth.png")}
    for scene in range(first, first + scenes):
        for seed in range(scene * PAIRS_PER_SCENE, scene * PAIRS_PER_SCENE + pairs):
            if f"{seed:0{_DIGITS}d}" in there:
                continue
            number = int(np.random.default_rng(seed).choice(len(_STRUCTURES), p=_STRUCTURES))
            drawn = draw_pair(seed, PairWishes(structures=number))
            truth = np.stack([drawn.label, drawn.structure, np.zeros_like(drawn.label)], axis=2)
            write_pair(out, seed, Pair(drawn.before, drawn.after, truth, drawn.scene))


@app.command()
def train(
    pool: Pools,
    run: Annotated[Path, typer.Option(help="Folder of the checkpoint; gone on with if there.")],
    weights: Annotated[Path, typer.Option(exists=True, help="YOLO26n weights to begin with.")],
    camera: Annotated[
        list[Path] | None,
        typer.Option(exists=True, help="Frames of a camera where nothing is built."),
    ] = None,
    vehicles: Annotated[
        Path | None, typer.Option(exists=True, help="Photographs with labelled vehicles.")
    ] = None,
    photos: Annotated[
        list[Path] | None, typer.Option(exists=True, help="Photographs to paste structures onto.")
    ] = None,
    start: Annotated[
        Path | None, typer.Option(exists=True, help="Checkpoint to go on from.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1)] = 6000,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs in a batch.")] = 10,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    threads: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """Train the network; the same command goes on where an interrupted run stands.

    Examples:

      python -m training.sites train --pool pool --run runs/sites --weights yolo26n.pt
    """
    import cv2
    import torch

    from datasets.synthesis.sites.structures import STRUCTURES
    from training.sites.augment import Augmenter
    from training.sites.collage import Collage, training_photos
    from training.sites.network import ChangeNetwork, pretrained_encoder
    from training.sites.passing import vehicle_cutouts
    from training.sites.pool import Medians, camera_frames
    from training.sites.train import Crops, Schedule
    from training.sites.train import train as learn

    cv2.setNumThreads(1)  # its threads would not survive the loader's fork
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    schedule = Schedule(steps, pairs)
    cutouts = vehicle_cutouts(vehicles / "images", vehicles / "labels", 200) if vehicles else []
    frames = [group for folder in camera or [] for group in camera_frames(folder)]
    real = Medians(frames, 352) if frames else None
    collage = Collage(training_photos(photos), real, 640) if photos else None
    crops = Crops(pool, real, collage, Augmenter(schedule.size, cutouts), schedule, seed)
    network = ChangeNetwork(pretrained_encoder(weights), len(STRUCTURES))
    typer.echo(learn(run, network, crops, schedule, start))


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    weights: Annotated[Path, typer.Option(exists=True, help="YOLO26n weights, for its layers.")],
    out: Annotated[Path, typer.Option(help="The ONNX file to write.")],
) -> None:
    """Write a checkpoint's averaged weights as ONNX."""
    import torch

    from datasets.synthesis.sites.structures import STRUCTURES
    from training.sites.network import ChangeNetwork, pretrained_encoder
    from training.sites.network import export as write

    network = ChangeNetwork(pretrained_encoder(weights), len(STRUCTURES))
    network.load_state_dict(torch.load(checkpoint, weights_only=True)["average"])
    write(network, out)


if __name__ == "__main__":
    app()
