"""What the cameras of `make demo` see, each in a folder that `xunjian gateway post` reads."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path

import cv2

from datasets.synthesis.camera import Camera
from datasets.synthesis.checkpoint import CheckpointFrame, Ride, Site, Vehicle, passage
from datasets.synthesis.checkpoint import write_yolo as write_checkpoint
from datasets.synthesis.falls.community import write_community
from datasets.synthesis.light import Light
from datasets.synthesis.road import (
    START,
    demo_drive,
    demo_return,
    demo_scene,
    write_defects,
    write_gpx,
)
from datasets.synthesis.road import write_yolo as write_drive
from datasets.synthesis.sites.site import START as SITE_START
from datasets.synthesis.sites.site import demo_site
from datasets.synthesis.traps import render_trap

_LISTED = "皖K58204"
_INSECTS = (9, 17, 28, 70, 128)
"""How many insects hang in the demonstration's trap from one evening to the next."""
_SITE_HOURS = (
    *[(8.0, 10.0, 12.0, 14.0, 16.0)] * 2,
    *[(8.0, 9.0, 10.0, 11.0, 12.5, 14.0, 15.0, 16.0)] * 4,
    (8.0,),
)
"""Hours of the frames of the demonstration's fixed camera on each day."""
_LOCAL = timezone(timedelta(hours=8))


def road(out: Path) -> int:
    """Render two buses that drive twice each along one damaged road.

    What is wrong with the road, and where, lies beside them as `defects.json`.

    Args:
        out: Where to; made if absent.

    Returns:
        How many frames there are.
    """
    looks = write_drive(out, demo_drive())
    write_gpx(out / "track.gpx", looks)
    write_defects(out / "defects.json", demo_scene())
    return len(looks)


def repairs(out: Path) -> int:
    """Render four buses that drive along that road again, after some of it was repaired.

    Args:
        out: Where to; made if absent.

    Returns:
        How many frames there are.
    """
    looks = write_drive(out, demo_return())
    write_gpx(out / "track.gpx", looks)
    write_defects(out / "defects.json", demo_scene())
    return len(looks)


def checkpoint(out: Path) -> int:
    """Render a car that breaks no rule, a lorry that a register names, and one that smokes.

    The register lies beside them as `register.csv`.

    Args:
        out: Where to; made if absent.

    Returns:
        How many frames there are.
    """
    out.mkdir(parents=True, exist_ok=True)
    register = f"plate,note\n{_LISTED},found at the yearly test\n"
    (out / "register.csv").write_text(register, encoding="utf-8")
    return write_checkpoint(out, _passages())


def _passages() -> Iterator[CheckpointFrame]:
    site = Site(
        5,
        Camera(height_m=5.2, pitch_deg=9.5, hfov_deg=30.0),
        Light(overcast=0.6, sun_azimuth_deg=200.0),
        across_m=0.3,
    )
    rides = {
        "innocent": Ride(Vehicle("car", 24, "浙A7F926", "blue"), 26.0, 7.0, 1.9),
        "listed": Ride(Vehicle("truck", 3, _LISTED, "yellow"), 30.5, 6.0, 1.9),
        "smoking": Ride(Vehicle("truck", 10, "皖KD4719", "yellow", smoke=1.0), 33.0, 6.0, 1.9),
    }
    for minutes, (name, ride) in enumerate(rides.items()):
        yield from passage(
            site,
            (ride,),
            frames=4,
            interval_s=0.4,
            camera="east gate 1",
            name=name,
            start=START + timedelta(minutes=minutes),
            seed=5,
        )


def field(out: Path) -> int:
    """Render a sticky trap on five evenings, with more and more insects.

    Args:
        out: Where to; made if absent.

    Returns:
        How many frames there are.
    """
    images = out / "images"
    images.mkdir(parents=True, exist_ok=True)
    with (out / "frames.csv").open("w", newline="", encoding="utf-8") as table:
        rows = csv.writer(table)
        rows.writerow(("file", "camera", "captured_at"))
        for day, insects in enumerate(_INSECTS):
            picture = render_trap(12, insects=insects, day=day)
            (images / f"{picture.name}.jpg").write_bytes(picture.jpeg)
            at = START + timedelta(days=day)
            rows.writerow((f"images/{picture.name}.jpg", "field pole 1", at.isoformat()))
    return len(_INSECTS)


def community(out: Path) -> int:
    """Render a building from which something falls, and what is mistaken for that.

    Args:
        out: Where to; made if absent.

    Returns:
        How many clips there are.
    """
    return write_community(out, START)


def site(out: Path) -> int:
    """Render a fixed camera for a week; from the third morning on a steel shed stands there.

    The truth lies beside the pictures as `truth.json`.

    Args:
        out: Where to; made if absent.

    Returns:
        How many frames there are.
    """
    camera = demo_site()
    images = out / "images"
    images.mkdir(parents=True, exist_ok=True)
    truth = json.dumps(camera.description, indent=1)
    (out / "truth.json").write_text(truth + "\n", encoding="utf-8")
    midnight = datetime.combine(SITE_START, time(), UTC)
    times = [
        midnight + timedelta(days=day, hours=hour)
        for day, hours in enumerate(_SITE_HOURS)
        for hour in hours
    ]
    with (out / "frames.csv").open("w", newline="", encoding="utf-8") as table:
        rows = csv.writer(table)
        rows.writerow(("file", "camera", "captured_at"))
        for at in times:
            name = f"images/{at:%Y-%m-%d_%H-%M-%S}.jpg"
            quality = [cv2.IMWRITE_JPEG_QUALITY, 88]
            (out / name).write_bytes(cv2.imencode(".jpg", camera.frame(at), quality)[1].tobytes())
            rows.writerow((name, "yard 1", at.replace(tzinfo=_LOCAL).isoformat()))
    return len(times)


SCENES: dict[str, Callable[[Path], int]] = {
    "road": road,
    "repairs": repairs,
    "checkpoint": checkpoint,
    "field": field,
    "community": community,
    "site": site,
}
"""Every scene by its name."""
