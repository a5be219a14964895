"""The commands `xunjian plates …`: from photos and fonts to a plate reader's model folder."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from training.errors import TrainingError
from training.options import DataOption

app = typer.Typer(no_args_is_help=True)
plates = typer.Typer(no_args_is_help=True)
app.add_typer(plates, name="plates")

_T = TypeVar("_T")
_RUN = Path("runs/plate_reader")
_CANDIDATES = Path("runs/candidates")
_COPIES_OF_A_PHOTO, _COPIES_OF_A_CROP = 40, 4
_SHARES = {"rendered": 16, "photos": 5, "crops": 4, "agreed": 7}
_CHECK = 400

RunOption = Annotated[Path, typer.Option(help="Folder of pools and checkpoints.")]


@app.callback()
def training() -> None:
    """Make plate readers."""


@plates.callback()
def making() -> None:
    """Make a plate reader: pools, train, label, train on, export; then xunjian evaluate."""


@plates.command()
def pools(
    data: DataOption = Path("../shared/data"),
    run: RunOption = _RUN,
    count: Annotated[int, typer.Option(min=1, help="Rendered plates.")] = 32_000,
    seed: Annotated[int, typer.Option(help="Draws the same again.")] = 1,
) -> None:
    """Draw the pictures to learn from: rendered plates, photos again and again, noted crops.

    Examples:

      xunjian plates pools --data data --count 32000
    """
    import numpy as np

    from datasets.synthesis.plates.fonts import training_faces
    from training.plates import pool

    rng, faces, source = np.random.default_rng(seed), training_faces(), data / "checkpoint_vehicle"
    behind = pool.read_backgrounds(
        [
            source / "vehicles_openimages" / "images",
            source / "smoke" / "train" / "images",
            data / "road_damage" / "train" / "images",
        ]
    )
    noted = pool.noted_plates(source / "plates_easypr", held_out=False)
    for held_out in (False, True):  # CCPD judges nothing
        noted += pool.noted_plates(source / "plates_ccpd", held_out=held_out)
    crops = pool.labelled_crops(source / "plate_crops_lprnet") * _COPIES_OF_A_CROP
    photos = pool.from_photos(noted, _COPIES_OF_A_PHOTO, rng, faces, 0.6)
    sources: dict[str, tuple[Iterator[pool.PlateSample], int]] = {
        "rendered": (pool.rendered(count, rng, behind, faces), count),
        "photos": (photos, len(noted) * _COPIES_OF_A_PHOTO),
        "crops": (pool.from_crops(crops, rng, faces, 0.85), len(crops)),
        "check": (pool.rendered(_CHECK, rng, behind, faces), _CHECK),
    }
    for name, (samples, total) in sources.items():
        pool.write_pool(run / name, _shown(samples, total, name), total)


@plates.command()
def train(
    run: RunOption = _RUN,
    steps: Annotated[int, typer.Option(min=1, help="Batches of 32.")] = 12_000,
    seed: Annotated[int, typer.Option(help="Order of the pictures.")] = 1,
) -> None:
    """Train on the run's pools; the same command goes on where an interrupted run stands.

    Examples:

      xunjian plates train --steps 12000
    """
    present = {
        name: share for name, share in _SHARES.items() if (run / name / "facts.npz").is_file()
    }
    if not present:
        raise TrainingError(f"{run} holds no pools", hint="Draw them first: xunjian plates pools.")
    _require_torch()
    from training.plates.train import Schedule, Share
    from training.plates.train import train as learn

    shares = [Share(run / name, share) for name, share in present.items()]
    checkpoint = learn(run / "weights", shares, Schedule(steps), seed=seed)
    typer.echo(f"Trained: {checkpoint}\nNext: xunjian plates export")


@plates.command()
def label(
    data: DataOption = Path("../shared/data"),
    run: RunOption = _RUN,
    seed: Annotated[int, typer.Option(help="Draws the same again.")] = 2,
) -> None:
    """Label crops that nobody noted, where the reader and RapidOCR agree, for more training.

    Needs RapidOCR (pip install rapidocr). Run `xunjian plates train` again afterwards.

    Examples:

      xunjian plates label --data data
    """
    checkpoint = _trained(run)
    import cv2
    import numpy as np

    from datasets.synthesis.plates.fonts import training_faces
    from datasets.yolo import picture_files
    from training.plates import pool, self_training
    from training.plates.rival import Rival

    source = data / "checkpoint_vehicle"
    files = picture_files(source / "plate_candidates_easypr" / "plate")
    crops = {path.name: np.asarray(cv2.imread(str(path)), np.uint8) for path in files}
    own = self_training.read_crops(checkpoint, crops)
    rival = Rival()
    named = _shown(iter(crops.items()), len(crops), "RapidOCR")
    other = {name: rival.read_strip(crop) for name, crop in named}
    judging = {one.text for one in pool.noted_plates(source / "plates_easypr", held_out=True)}
    agreed = self_training.agreed_texts({n: one.text for n, one in own.items()}, other, judging)
    (run / "agreed.json").write_text(json.dumps(agreed, ensure_ascii=False, indent=0), "utf-8")
    chosen = [(crops[name], text, own[name].color) for name, text in agreed.items()]
    common = [one for one in chosen if one[1][0] in self_training.COMMON_PROVINCES] * 2
    rare = [one for one in chosen if one[1][0] not in self_training.COMMON_PROVINCES] * 8
    rng, faces = np.random.default_rng(seed), training_faces()
    samples = chain(
        pool.from_crops(common, rng, faces, 0.5), pool.from_crops(rare, rng, faces, 0.0)
    )
    pool.write_pool(run / "agreed", samples, len(common) + len(rare))
    typer.echo(f"{len(agreed)} of {len(crops)} crops labelled\nNext: xunjian plates train")


@plates.command()
def export(
    run: RunOption = _RUN,
    version: Annotated[str, typer.Option(help="The model's version.")] = "1.0.0",
    threshold: Annotated[
        float, typer.Option(min=0, max=1, help="Score below which a text is not reported.")
    ] = 0.5,
    root: Annotated[
        Path, typer.Option(help="Folder that the model's folder is written to.")
    ] = _CANDIDATES,
) -> None:
    """Export the trained weights to ONNX, with scores calibrated on the run's check pool.

    Examples:

      xunjian plates export --version 1.1.0
    """
    checkpoint = _trained(run)
    from training.plates.calibrate import calibrate
    from training.plates.export import export_reader

    export_reader(root, checkpoint, version, 0.0, 1.0)
    fit = calibrate(root, run / "check")
    model = export_reader(root, checkpoint, version, threshold, fit.temperature)
    typer.echo(
        f"Rendered plates it never saw: {fit.exact:.3f} exact; temperature {fit.temperature:g};"
        f" {fit.kept:.2f} score at least a half, of which {fit.precision:.3f} are right\n"
        f"Exported: {model.path}"
    )


def _trained(run: Path) -> Path:
    checkpoint = run / "weights" / "last.pt"
    if not checkpoint.is_file():
        raise TrainingError(f"{checkpoint} is missing", hint="Train first: xunjian plates train.")
    _require_torch()
    return checkpoint


def _require_torch() -> None:
    if find_spec("torch") is None:
        raise TrainingError(
            "this command needs torch",
            hint="Install it beside the rest: make train-env (the extra `train`).",
        )


def _shown(items: Iterator[_T], total: int, what: str) -> Iterator[_T]:
    from rich.progress import track

    yield from track(items, what, total=total)
