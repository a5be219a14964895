"""Judges persistence: rendered sites over weeks, and real cameras where nothing is built."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from inference.inspections.base import SeriesInspection
from inference.series import Series
from inference.sites.persistence import Track
from inference.sites.regions import overlap
from inference.sites.times import time_of
from training.falls.judge import Tally, poisson_bound
from training.sites.judge import FOUND_IOU

_WITHIN, _WORK_BEGINS = timedelta(days=3), timedelta(hours=9)
_DAYS_PER_MONTH = 30.0
_TOUCHES = 0.3


@dataclass
class Watched:
    """What became of cameras that were watched for days.

    Attributes:
        within: Structures believed within three days after they were complete (or gone).
        ever: Structures believed at all.
        groups: `within` by plane and by type.
        false_events: Believed events that nothing explains.
        unconfirmed: Events never believed that nothing explains.
        days: Camera-days after the baseline.
        health: Complaints about the camera.
    """

    within: Tally = field(default_factory=Tally)
    ever: Tally = field(default_factory=Tally)
    groups: dict[str, Tally] = field(default_factory=dict)
    false_events: int = 0
    unconfirmed: int = 0
    days: float = 0.0
    health: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the figures as `metrics.json` holds them."""
        months = self.days / _DAYS_PER_MONTH
        told: dict[str, Any] = {
            "camera_days": round(self.days, 1),
            "false_events": self.false_events,
            "false_per_camera_month": round(self.false_events / months, 2) if months else None,
            "false_per_camera_month_bound": round(poisson_bound(self.false_events) / months, 2)
            if months
            else None,
            "unconfirmed_false_regions": self.unconfirmed,
            "health_messages": self.health,
        }
        if self.ever.falls:
            low, high = self.within.interval()
            told |= {
                "structures": self.ever.falls,
                "recall_within_3_days": round(self.within.recall, 3),
                "recall_within_3_days_interval": [round(low, 3), round(high, 3)],
                "recall": round(self.ever.recall, 3),
                "groups": {
                    name: {"structures": one.falls, "recall": round(one.recall, 3)}
                    for name, one in sorted(self.groups.items())
                },
            }
        return told


def watch_rendered(inspection: SeriesInspection, sites: Sequence[Path]) -> Watched:
    """Inspect rendered sites as a user would, and compare with their truth.

    Args:
        inspection: What is judged.
        sites: Folders that `xunjian synthesize sites` wrote, one for each site.
    """
    result = Watched()
    for folder in sites:
        series = Series([folder / "baseline"], [folder / "frames"])
        outcome = series.inspect(inspection)
        first, last = series.ordered[0][1], series.ordered[-1][1]
        result.days += (last - first) / timedelta(days=1)
        result.health += len(outcome.troubles)
        truth = json.loads((folder / "truth.json").read_text("utf-8"))
        result.unconfirmed += _count(result, outcome.events, truth["structures"], last)
    return result


def watch_real(
    inspection: SeriesInspection, cameras: Sequence[Path], *, baseline_days: int
) -> Watched:
    """Inspect real cameras where nothing was built: every event is false.

    Args:
        inspection: What is judged.
        cameras: Folders with a camera's frames, their times in their names.
        baseline_days: How many of the first days are the baseline.
    """
    result = Watched()
    for folder in cameras:
        dated = sorted(
            (when, path) for path in folder.glob("*.jpg") if (when := time_of(path)) is not None
        )
        change = dated[0][0] + timedelta(days=baseline_days)
        base = [path for when, path in dated if when < change]
        rest = [path for when, path in dated if when >= change]
        outcome = Series(base, rest).inspect(inspection)
        result.days += (dated[-1][0] - change) / timedelta(days=1)
        result.health += len(outcome.troubles)
        believed = sum(event.confirmed is not None for event in outcome.events)
        result.false_events += believed
        result.unconfirmed += len(outcome.events) - believed
    return result


def _count(
    result: Watched,
    events: Sequence[Track],
    structures: Sequence[dict[str, Any]],
    last: datetime,
) -> int:
    """Count what was found; the number of events never believed that nothing explains."""
    explained: set[int] = set()
    for one in structures:
        kind = "removed" if one["demolished_day"] else "appeared"
        day = one["demolished_day"] or one["complete_day"]
        due = datetime.fromisoformat(day).replace(tzinfo=UTC) + _WORK_BEGINS + _WITHIN
        box = tuple(float(side) for side in one["box"])
        near = [
            (n, event, overlap(event.box, (box[0], box[1], box[2], box[3])))
            for n, event in enumerate(events)
            if event.kind == kind
        ]
        explained.update(n for n, _, (_, inside) in near if inside >= _TOUCHES)
        if due > last:
            continue
        believed = [
            event.confirmed.at.replace(tzinfo=UTC)
            for _, event, (iou, _) in near
            if event.confirmed is not None and iou >= FOUND_IOU
        ]
        names = [f"plane {one['plane']}", f"type {one['type']}", kind]
        result.ever.falls += 1
        result.ever.found += bool(believed)
        for tally in (result.within, *(result.groups.setdefault(n, Tally()) for n in names)):
            tally.falls += 1
            tally.found += any(when <= due for when in believed)
    others = [event for n, event in enumerate(events) if n not in explained]
    result.false_events += sum(event.confirmed is not None for event in others)
    return sum(event.confirmed is None for event in others)
