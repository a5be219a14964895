"""`python -m training.sites`: draw pairs, train, export and judge the change network."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)

Out = Annotated[Path, typer.Option(help="Folder to write to.")]
Cameras = Annotated[
    list[Path] | None, typer.Option(exists=True, help="Frames of a camera where nothing is built.")
]
Root = Annotated[Path, typer.Option(exists=True, help="Folder that holds the model's folder.")]
Pools = Annotated[list[Path], typer.Option("--pool", exists=True, help="What `draw` wrote.")]

_DIGITS = 9
_STRUCTURES = [0.25, 0.2, 0.2, 0.2, 0.15]


@app.command()
def draw(
    out: Out,
    scenes: Annotated[int, typer.Option(min=1, help="How many places.")],
    first: Annotated[int, typer.Option(min=0, help="Number of the first place.")] = 0,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of each place.")] = 12,
    skip: Annotated[int, typer.Option(min=0, help="Pairs of each place to leave out.")] = 0,
    camera: Cameras = None,
    facades: Annotated[
        Path | None, typer.Option(exists=True, help="Labelled photographs of facades.")
    ] = None,
    pictures: Annotated[
        list[Path] | None, typer.Option(exists=True, help="Folders of other outdoor photographs.")
    ] = None,
    judging: Annotated[
        bool, typer.Option("--judging", help="Draw places and photographs that judge.")
    ] = False,
) -> None:
    """Draw pairs into a pool; what is there already stays.

    Examples:

      python -m training.sites draw --out pool --scenes 400
    """
    import cv2
    import numpy as np

    from datasets.synthesis.sites.pair import PAIRS_PER_SCENE, PairWishes, draw_pair
    from datasets.synthesis.sites.splits import FIRST_HELD_OUT_SEED, photos_for
    from training.sites.pool import Pair, write_pair

    cv2.setNumThreads(1)
    photos = facades.joinpath("images").glob("*.jpg") if facades else ()
    others = [path for folder in pictures or [] for path in folder.glob("*.jpg")]
    wishes = PairWishes(
        cameras=tuple(camera or ()),
        photos=photos_for(photos, held_out=judging),
        pictures=photos_for(others, held_out=judging),
    )
    if judging:
        first += FIRST_HELD_OUT_SEED // PAIRS_PER_SCENE
    out.mkdir(parents=True, exist_ok=True)
    there = {path.name[:_DIGITS] for path in out.glob("*.truth.png")}
    for scene in range(first, first + scenes):
        begin = scene * PAIRS_PER_SCENE + skip
        for seed in range(begin, begin + pairs):
            if f"{seed:0{_DIGITS}d}" in there:
                continue
            number = int(np.random.default_rng(seed).choice(len(_STRUCTURES), p=_STRUCTURES))
            drawn = draw_pair(seed, replace(wishes, structures=number))
            truth = np.stack([drawn.label, drawn.structure, drawn.plane], axis=2)
            write_pair(out, seed, Pair(drawn.before, drawn.after, truth, drawn.scene))


@app.command()
def train(
    pool: Pools,
    run: Annotated[Path, typer.Option(help="Folder of the checkpoint; gone on with if there.")],
    weights: Annotated[Path, typer.Option(exists=True, help="YOLO26n weights to begin with.")],
    camera: Cameras = None,
    vehicles: Annotated[
        Path | None, typer.Option(exists=True, help="Photographs with labelled vehicles.")
    ] = None,
    photos: Annotated[
        list[Path] | None, typer.Option(exists=True, help="Photographs to paste structures onto.")
    ] = None,
    start: Annotated[
        Path | None, typer.Option(exists=True, help="Checkpoint to go on from.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1)] = 2500,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    processes: Annotated[int, typer.Option(min=1, help="Of one core each.")] = 2,
) -> None:
    """Train the network; the same command goes on where an interrupted run stands.

    Examples:

      python -m training.sites train --pool pool --run runs/sites --weights yolo26n.pt
    """
    from training.sites.together import Sources, learn_together

    sources = Sources(
        pools=tuple(pool),
        cameras=tuple(camera or ()),
        vehicles=vehicles,
        photos=tuple(photos or ()),
    )
    learn_together(run, weights, sources, steps=steps, seed=seed, start=start, processes=processes)


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    weights: Annotated[Path, typer.Option(exists=True, help="YOLO26n weights, for its layers.")],
    version: Annotated[str, typer.Option(help="The model's version.")],
    appeared: Annotated[float, typer.Option(min=0, max=1, help="Threshold.")] = 0.5,
    removed: Annotated[float, typer.Option(min=0, max=1, help="Threshold.")] = 0.5,
    root: Annotated[
        Path, typer.Option(help="Folder that the model's folder is written to.")
    ] = Path("runs/candidates"),
) -> None:
    """Write a checkpoint's averaged weights, their description and the golden pair.

    Examples:

      python -m training.sites export --checkpoint last.pt --weights yolo26n.pt --version 1.0.0
    """
    from training.sites.release import export_change

    typer.echo(export_change(root, checkpoint, weights, version, (appeared, removed)))


@app.command()
def choose(pool: Pools, root: Root, camera: Cameras = None) -> None:
    """Show what each threshold would give on pairs that judge nothing else.

    Examples:

      python -m training.sites choose --root runs/candidates --pool pool/validation
    """
    import json

    from training.sites.release import by_threshold

    for line in by_threshold(root, pool, camera or []):
        typer.echo(json.dumps(line))


@app.command()
def judge(
    root: Root,
    unseen: Annotated[list[Path], typer.Option(exists=True, help="Pairs of unseen places.")],
    seen: Annotated[list[Path], typer.Option(exists=True, help="Other pairs of seen places.")],
    camera: Cameras = None,
    sites: Annotated[
        list[Path] | None, typer.Option(exists=True, help="What `xunjian synthesize sites` wrote.")
    ] = None,
) -> None:
    """Judge a model on places it never saw, beside plain differencing and others; write the card.

    Examples:

      python -m training.sites judge --root models --unseen pool/test --seen pool/seen
    """
    from training.sites.release import judge_model

    folders = [one for folder in sites or [] for one in sorted(folder.iterdir())]
    judge_model(root, unseen, seen, camera or [], folders)


if __name__ == "__main__":
    app()
