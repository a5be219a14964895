"""Judges falling_object: found falls, false events per camera-hour, overlap in time."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inference.falling.classifier import TrackletClassifier
from inference.falling.detect import FallDetector, TrackedClip, score_tracks
from inference.falling.events import FallEvent, make_events
from inference.falling.origin import SIGMAS, Grid, locate
from training.falls.samples import KnownClip

_NEAR_PX = 12.0
_CONFIDENCE = 0.95
_THRESHOLDS = tuple(n / 20 for n in range(2, 20))
_SURE = 0.98


@dataclass
class Tally:
    """Found and missed falls.

    Attributes:
        falls: How many counted falls there were.
        found: How many of them gave an event.
    """

    falls: int = 0
    found: int = 0

    @property
    def recall(self) -> float:
        """Found part of the falls, NaN where there were none."""
        return self.found / self.falls if self.falls else math.nan

    def interval(self) -> tuple[float, float]:
        """95 % interval of the recall (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
        n, z = self.falls, 1.96
        if n == 0:
            return math.nan, math.nan
        middle = (self.recall + z**2 / (2 * n)) / (1 + z**2 / n)
        half = (
            z / (1 + z**2 / n) * math.sqrt(self.recall * (1 - self.recall) / n + z**2 / (4 * n**2))
        )
        return middle - half, middle + half


@dataclass
class Judgement:
    """What came of many clips.

    Attributes:
        total: Of all counted falls.
        groups: The same by name of a group, e.g. `size 3-4 px`.
        overlaps: Temporal intersection over union of each found fall and its event.
        floors: Of the found falls with a grid, those whose floor lies between the named ones.
        false_events: Events that no fall explains.
        false_confirmed: Those of them that were confirmed.
        seconds: Exposure.
    """

    total: Tally = field(default_factory=Tally)
    groups: dict[str, Tally] = field(default_factory=dict)
    overlaps: list[float] = field(default_factory=list)
    floors: Tally = field(default_factory=Tally)
    false_events: int = 0
    false_confirmed: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the figures as `metrics.json` holds them."""
        hours = self.seconds / 3600
        return {
            "falls": self.total.falls,
            "recall": _rounded(self.total.recall),
            "recall_interval": [_rounded(v) for v in self.total.interval()],
            "temporal_iou": _rounded(float(np.mean(self.overlaps)) if self.overlaps else math.nan),
            "floor_named": _rounded(self.floors.recall),
            "floor_named_interval": [_rounded(v) for v in self.floors.interval()],
            "exposure_hours": round(hours, 4),
            "false_events": self.false_events,
            "false_confirmed": self.false_confirmed,
            "false_per_hour": _rounded(self.false_events / hours if hours else math.nan),
            "false_per_hour_bound": _rounded(
                poisson_bound(self.false_events) / hours if hours else math.nan
            ),
            "groups": {
                name: {
                    "falls": one.falls,
                    "recall": _rounded(one.recall),
                    "recall_interval": [_rounded(v) for v in one.interval()],
                }
                for name, one in sorted(self.groups.items())
            },
        }

    @property
    def precision(self) -> float:
        """Part of the events that falls explain, 1 where there are no events."""
        found = self.total.found
        return found / (found + self.false_events) if found + self.false_events else 1.0

    @property
    def f2(self) -> float:
        """F-measure of falls and events in which recall weighs twice (van Rijsbergen, 1979)."""
        missed = self.total.falls - self.total.found
        return 5 * self.total.found / max(5 * self.total.found + 4 * missed + self.false_events, 1)

    def add(self, clip: KnownClip, tracked: TrackedClip, events: Sequence[FallEvent]) -> None:
        """Count what was said of one more clip.

        A fall is found when an event overlaps it in time and lies on it. Falls that hardly anybody
        could see (`counted` is false) are neither missed nor false.
        """
        self.seconds += tracked.times[-1][1] - tracked.times[0][1] if tracked.times else 0.0
        explained: set[int] = set()
        for fall in clip.truth["events"]:
            hits = [n for n, event in enumerate(events) if _lies_on(event, fall)]
            explained.update(hits)
            if not fall["counted"]:
                continue
            for tally in (self.total, *_groups(self.groups, clip.truth, fall)):
                tally.falls += 1
                tally.found += bool(hits)
            if hits:
                best = max(hits, key=lambda n: _overlap(events[n], fall))
                self.overlaps.append(_overlap(events[best], fall))
                self._locate(clip.truth, fall, events[best])
        false = [event for n, event in enumerate(events) if n not in explained]
        self.false_events += len(false)
        self.false_confirmed += sum(event.status == "confirmed" for event in false)

    def _locate(self, truth: Mapping[str, Any], fall: Mapping[str, Any], event: FallEvent) -> None:
        grid = _grid(truth)
        if grid is None:
            return
        point = np.array([event.origin.x, event.origin.y])
        named = locate(point, event.origin.uncertainty_px / SIGMAS, grid).floors
        self.floors.falls += 1
        self.floors.found += named is not None and named[0] <= fall["floor"] <= named[2]


def judge(detector: FallDetector, clips: Iterable[tuple[KnownClip, TrackedClip]]) -> Judgement:
    """Judge a detector on tracked clips whose truth is known.

    Args:
        detector: The detector.
        clips: Clips with what moved in them; clips without falls have no events in their truth.
    """
    result = Judgement()
    for clip, tracked in clips:
        result.add(clip, tracked, detector.judge(tracked))
    return result


def _grid(truth: Mapping[str, Any]) -> Grid | None:
    """Facade of a clip; None where it is not known, or has a corner behind the camera."""
    if "grid" not in truth:
        return None
    a, b, c, d = (tuple(corner) for corner in truth["grid"]["corners"])
    try:
        return Grid((a, b, c, d), truth["grid"]["floors"], truth["grid"]["columns"])
    except ValueError:
        return None


def choose_thresholds(
    classifier: TrackletClassifier, clips: Iterable[tuple[KnownClip, TrackedClip]]
) -> tuple[float, float]:
    """Choose the operating points on clips that neither teach nor judge.

    Args:
        classifier: The classifier.
        clips: Clips with what moved in them.

    Returns:
        `suspected`, of the highest F2; and `confirmed`, the lowest one from there whose events are
        falls in 98 of 100 cases, or the highest one tried.
    """
    results = {threshold: Judgement() for threshold in _THRESHOLDS}
    for clip, tracked in clips:
        scores = score_tracks(classifier, tracked)
        for threshold, result in results.items():
            events = make_events(
                tracked.tracks, scores, tracked.times, tracked.height,
                suspected=threshold, confirmed=threshold,
            )  # fmt: skip
            result.add(clip, tracked, events)
    suspected = max(_THRESHOLDS, key=lambda threshold: results[threshold].f2)
    sure = (t for t in _THRESHOLDS if t >= suspected and results[t].precision >= _SURE)
    return suspected, next(sure, _THRESHOLDS[-1])


def poisson_bound(count: int, confidence: float = _CONFIDENCE) -> float:
    """Upper bound of a Poisson mean of which `count` was seen (Garwood, Biometrika 28, 1936)."""
    low, high = float(count), count + 10 * math.sqrt(count + 1) + 10
    for _ in range(60):
        mean = (low + high) / 2
        below = sum(
            math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1)
        )
        low, high = (mean, high) if below > 1 - confidence else (low, mean)
    return (low + high) / 2


def _lies_on(event: FallEvent, fall: Mapping[str, Any]) -> bool:
    places = {frame: (x, y) for frame, x, y in fall["track"]}
    near = max(_NEAR_PX, 1.5 * fall["size_px"])
    distances = [
        math.hypot(x - places[frame][0], y - places[frame][1])
        for frame, x, y in event.track
        if frame in places
    ]
    return bool(distances) and float(np.median(distances)) <= near


def _overlap(event: FallEvent, fall: Mapping[str, Any]) -> float:
    both = min(event.end_frame, fall["end_frame"]) - max(event.start_frame, fall["start_frame"]) + 1
    either = (
        max(event.end_frame, fall["end_frame"]) - min(event.start_frame, fall["start_frame"]) + 1
    )
    return float(max(0, both) / either)


def _groups(
    groups: dict[str, Tally], truth: Mapping[str, Any], fall: Mapping[str, Any]
) -> list[Tally]:
    names = (
        f"size {_bin(fall['size_px'], (4, 8, 16))} px",
        f"fps {_bin(truth['fps'], (10, 15))}",
        f"weather {truth['weather']}",
        f"light {truth['light']}",
        f"terminal speed {_bin(fall['terminal_mps'], (4, 12))} m/s",
    )
    return [groups.setdefault(name, Tally()) for name in names]


def _bin(value: float, edges: Sequence[float]) -> str:
    for low, high in zip((None, *edges), edges, strict=False):
        if value <= high:
            return f"up to {high:g}" if low is None else f"{low:g}-{high:g}"
    return f"over {edges[-1]:g}"


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
