"""Commands of the ``datasets`` package; heavy imports stay inside the functions."""

from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(no_args_is_help=True)
synthesize = typer.Typer(no_args_is_help=True, help="Render pictures with ground truth.")
app.add_typer(synthesize, name="synthesize")


@synthesize.command()
def road(
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder to write to; made if absent.")],
    frames: Annotated[int, typer.Option(min=1, help="How many frames.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    buses: Annotated[int, typer.Option(min=1, help="Buses that drive each road.")] = 1,
    passes: Annotated[int, typer.Option(min=1, help="Times each bus drives each road.")] = 1,
    width: Annotated[int, typer.Option(min=160, help="Picture width in pixels; 16:9.")] = 1280,
) -> None:
    """Render bus drives along made-up roads with potholes and cracks.

    Writes images/ and labels/ (YOLO, 0 crack, 1 pothole), frames.csv (time, WGS-84
    position, heading, camera of each frame) and track.gpx.

    Examples:

        xunjian synthesize road --out drive --frames 40

        xunjian synthesize road --out drive --frames 120 --seed 7 --buses 2 --passes 3
    """
    import cv2
    from rich.progress import track

    from datasets.synthesis.road import random_drives, write_gpx, write_yolo

    if (out / "images").exists():
        raise typer.BadParameter(
            f"{out} already holds a drive: choose another folder or delete it", param_hint="--out"
        )
    cv2.setNumThreads(1)  # frames are rendered side by side
    drives = random_drives(seed, frames=frames, buses=buses, passes=passes, width=width)
    looks = write_yolo(out, track(drives, total=frames, description="Rendering"))
    write_gpx(out / "track.gpx", looks)
    typer.echo(f"{len(looks)} frames in {out}")


@synthesize.command()
def falls(
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder to write to; made if absent.")],
    clips: Annotated[int, typer.Option(min=1, help="How many clips.")] = 10,
    seed: Annotated[
        int, typer.Option(min=0, help="The first clip's seed; the next one's is +1.")
    ] = 0,
    facades: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Photographs of facades, images/ and labels/; drawn facades without it.",
        ),
    ] = None,
    skies: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Real clips of birds and aeroplanes to paste in; drawn ones without it.",
        ),
    ] = None,
    part: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option(
            help="Render what the falling_object model learns from, is tuned by or judged on: each"
            " part has photographs, birds and a mixture of its own."
        ),
    ] = None,
) -> None:
    """Render clips of things that fall from buildings, and of what is mistaken for them.

    Writes 0.mp4 and 0.json (the truth) for each seed.

    Examples:

        xunjian synthesize falls --out clips --clips 20

        xunjian synthesize falls --out clips --clips 20 --seed 100 --facades facades

        xunjian synthesize falls --out test --part test --clips 200 --seed 700000
    """
    import cv2
    from rich.progress import track

    from datasets.synthesis.falls.cutouts import cut_outs
    from datasets.synthesis.falls.film import render
    from datasets.synthesis.falls.parts import wishes_for
    from datasets.synthesis.falls.scene import Wishes, draw_scene, photos_in

    if out.exists() and any(out.glob("*.mp4")):
        raise typer.BadParameter(
            f"{out} already holds clips: choose another folder or delete it", param_hint="--out"
        )
    cv2.setNumThreads(1)
    photos = photos_in(facades) if facades else ()
    films = sorted(skies.glob("*.mp4")) if skies else []
    plain = Wishes(photos=photos, cutouts=() if part else cut_outs(films))
    for number in track(range(seed, seed + clips), description="Rendering"):
        wishes = wishes_for(part, number, photos, films) if part else plain
        render(draw_scene(number, wishes)).write(out, str(number))
    typer.echo(f"{clips} clips in {out}")


@synthesize.command()
def checkpoint(
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder to write to; made if absent.")],
    frames: Annotated[int, typer.Option(min=1, help="How many frames.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    each: Annotated[int, typer.Option(min=1, help="Frames taken of each passage.")] = 4,
    width: Annotated[int, typer.Option(min=160, help="Picture width in pixels; 16:9.")] = 1280,
) -> None:
    """Render vehicles with plates, some with black smoke, that pass road checkpoints.

    Writes images/ and labels/ (YOLO, the classes of the street model), frames.csv (camera and
    time of each frame) and truth.jsonl (plates' corners, texts and colours).

    Examples:

        xunjian synthesize checkpoint --out passages --frames 40

        xunjian synthesize checkpoint --out passages --frames 120 --seed 7 --each 6
    """
    import cv2
    from rich.progress import track

    from datasets.synthesis.checkpoint import random_passages, write_yolo

    if (out / "images").exists():
        raise typer.BadParameter(
            f"{out} already holds pictures: choose another folder or delete it", param_hint="--out"
        )
    cv2.setNumThreads(1)
    taken = random_passages(seed, frames=frames, each=each, width=width)
    written = write_yolo(out, track(taken, total=frames, description="Rendering"))
    typer.echo(f"{written} frames in {out}")


@synthesize.command()
def sites(
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder to write to; made if absent.")],
    sites: Annotated[int, typer.Option(min=1, help="How many sites.")] = 4,
    days: Annotated[int, typer.Option(min=4, help="Days each is watched, baseline included.")] = 30,
    frames_per_day: Annotated[int, typer.Option(min=2, help="Frames of a day.")] = 12,
    seed: Annotated[
        int, typer.Option(min=0, help="The first site's seed; the next one's is +1.")
    ] = 0,
    width: Annotated[int, typer.Option(min=320, help="Picture width in pixels; 16:9.")] = 640,
    facades: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Photographs of facades, images/ and labels/, to lay fronts of houses from.",
        ),
    ] = None,
) -> None:
    """Render fixed cameras over days, while structures are built before them or demolished.

    Writes a folder for each site: baseline/ (the first two days) and frames/, pictures named by
    their time, and truth.json.

    Examples:

        xunjian synthesize sites --out sites

        xunjian synthesize sites --out sites --sites 10 --days 30 --frames-per-day 8
    """
    import cv2
    from rich.progress import Progress

    from datasets.synthesis.falls.scene import photos_in
    from datasets.synthesis.sites.export import write_site
    from datasets.synthesis.sites.site import SiteWishes, draw_site

    if out.exists() and any(out.glob("*/truth.json")):
        raise typer.BadParameter(
            f"{out} already holds sites: choose another folder or delete it", param_hint="--out"
        )
    cv2.setNumThreads(1)
    wishes = SiteWishes(
        size=(width, round(width * 9 / 16)),
        days=days,
        photos=photos_in(facades) if facades else (),
    )
    with Progress() as progress:
        task = progress.add_task("Rendering", total=sites * days * frames_per_day)
        for number in range(seed, seed + sites):
            site = draw_site(number, wishes)
            written = write_site(
                out / f"site-{number:04d}", site, days=days, frames_per_day=frames_per_day
            )
            for _ in written:
                progress.advance(task)
    typer.echo(f"{sites} sites in {out}")


@synthesize.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder to write to; made if absent.")],
    scene: Annotated[
        Literal["road", "repairs", "checkpoint", "field", "community", "site"],
        typer.Option(
            help="A drive of two buses, a later one after repairs, a checkpoint, a trap on a field "
            "pole, a building, or a yard where a shed is built."
        ),
    ] = "road",
) -> None:
    """Render what the cameras of `make demo` see.

    Examples:

        xunjian synthesize demo --out drive

        xunjian synthesize demo --scene checkpoint --out passages
    """
    import cv2

    from datasets.synthesis.demo import SCENES

    cv2.setNumThreads(1)  # frames are rendered side by side
    typer.echo(f"{SCENES[scene](out)} frames in {out}")


@synthesize.command()
def traps(
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder to write to; made if absent.")],
    pictures: Annotated[int, typer.Option(min=1, help="How many sheets.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
) -> None:
    """Render yellow sticky traps with up to 220 insects each.

    Writes images/ and labels/ (YOLO, 0 insect).

    Examples:

        xunjian synthesize traps --out sheets --pictures 10
    """
    from rich.progress import track

    from datasets.synthesis.pictures import write_yolo
    from datasets.synthesis.traps import CLASS_NAMES, random_traps

    if (out / "images").exists():
        raise typer.BadParameter(
            f"{out} already holds pictures: choose another folder or delete it", param_hint="--out"
        )
    sheets = track(random_traps(seed, pictures), "Rendering", total=pictures)
    typer.echo(f"{write_yolo(out, sheets, CLASS_NAMES)} sheets in {out}")
