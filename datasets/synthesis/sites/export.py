"""Writes sites as folders of pictures, named by their time as cameras name them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from datasets.synthesis.sites.site import START, Site

BASELINE_DAYS = 2
"""Days whose frames are the baseline."""

_DAY_H, _NIGHT_H = (7.0, 17.5), (19.0, 29.5)


def frame_times(seed: int, days: int, frames_per_day: int) -> Iterator[datetime]:
    """When frames are taken: three of four by day, a little late or early, in time order.

    Args:
        seed: The same seed gives the same times.
        days: How many days.
        frames_per_day: How many each day.
    """
    dark = frames_per_day // 4
    for day in range(days):
        rng = np.random.default_rng([seed, day, 0x71E])
        hours = [*np.linspace(*_DAY_H, frames_per_day - dark), *np.linspace(*_NIGHT_H, dark)]
        jittered = sorted((hour + rng.uniform(-0.2, 0.2)) % 24 for hour in hours)
        midnight = datetime.combine(START, datetime.min.time(), UTC) + timedelta(days=day)
        yield from (midnight + timedelta(seconds=round(3600 * hour)) for hour in jittered)


def write_site(out: Path, site: Site, *, days: int, frames_per_day: int) -> Iterator[Path]:
    """Write a site: `baseline/`, `frames/` and `truth.json`.

    Args:
        out: Folder to write to; made if absent.
        site: The site.
        days: How many days; the first `BASELINE_DAYS` are the baseline.
        frames_per_day: How many frames each day.

    Yields:
        Each picture's path once it is written.
    """
    for name in ("baseline", "frames"):
        (out / name).mkdir(parents=True, exist_ok=True)
    truth = json.dumps(site.description, indent=1)
    (out / "truth.json").write_text(truth + "\n", encoding="utf-8")
    change = datetime.combine(START, datetime.min.time(), UTC) + timedelta(days=BASELINE_DAYS)
    for when in frame_times(site.seed, days, frames_per_day):
        folder = "baseline" if when < change else "frames"
        path = out / folder / f"{when:%Y-%m-%d_%H-%M-%S}.jpg"
        quality = [cv2.IMWRITE_JPEG_QUALITY, 90]
        path.write_bytes(cv2.imencode(".jpg", site.frame(when), quality)[1].tobytes())
        yield path
