"""Training samples: tracks that the detector itself finds, named by the truth of rendered clips."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.splits import is_held_out
from datasets.synthesis.falls.parts import SKY_SHARE
from inference.clips import ClipLimits, open_clip
from inference.falling.candidates import COLUMNS
from inference.falling.classifier import CLASSES
from inference.falling.detect import TrackedClip, track_clip
from inference.falling.linking import Track
from inference.falling.tracklets import Tracklets, describe
from training.errors import TrainingError

_CLASS_OF = {
    "fall": "fall",
    "bird": "bird",
    "aeroplane": "bird",
    "leaf": "leaf",
    "insect": "insect",
    "cloth": "swaying",
    "foliage": "swaying",
    "light": "light",
    "lift": "traffic",
    "vehicle": "traffic",
    "person": "traffic",
}
_UNNAMED = {"clear": "clutter", "rain": "precipitation", "snow": "precipitation", "sky": "bird"}
"""What a track is that lies on nothing known: in a real sky what flies there."""
_SKY_TRUTH: dict[str, Any] = {"weather": "sky", "events": [], "others": []}
_SURE, _UNSURE = 0.6, 0.2
_NEAR_PX = 8.0
_LEAST_POINTS, _CROPS, _MOST_OF_A_KIND = 4, 3, 12
_SCALE, _PACE, _CONTRAST, _UNEVEN, _JITTER_PX = 0.35, 0.25, 0.5, 0.1, 0.3
_LIMITS = ClipLimits()


@dataclass(frozen=True)
class KnownClip:
    """A clip on disk whose truth is known.

    Attributes:
        path: The clip.
        truth: What is in it, as `docs/synthesis.md` describes it.
    """

    path: Path
    truth: dict[str, Any]


@dataclass(frozen=True)
class Samples:
    """Named tracklets.

    Attributes:
        tracklets: N of them.
        labels: int64 (N,), indices into `CLASSES`.
    """

    tracklets: Tracklets
    labels: NDArray[np.int64]


def rendered_clips(folder: Path) -> list[KnownClip]:
    """List the clips that `xunjian synthesize falls` wrote into a folder.

    Raises:
        TrainingError: There is none.
    """
    found = [
        KnownClip(path, json.loads(path.with_suffix(".json").read_text("utf-8")))
        for path in sorted(folder.glob("*.mp4"))
        if path.with_suffix(".json").is_file()
    ]
    if not found:
        raise TrainingError(
            f"{folder} holds no rendered clip", hint="xunjian synthesize falls --out FOLDER"
        )
    return found


def sky_clips(folder: Path, *, held_out: bool) -> list[KnownClip]:
    """List real clips in which nothing falls, of birds and aeroplanes.

    Args:
        folder: Holds MP4 files.
        held_out: Whether to list those that judge, or those that may be learned from.

    Raises:
        TrainingError: There is none.
    """
    names = [
        path
        for path in sorted(folder.glob("*.mp4"))
        if is_held_out(f"sky_clips/{path.name}", SKY_SHARE) == held_out
    ]
    if not names:
        raise TrainingError(f"{folder} holds no MP4 clip of this part")
    return [KnownClip(path, _SKY_TRUTH) for path in names]


def track_file(path: Path) -> TrackedClip:
    """Follow what moves in a clip on disk."""
    return track_clip(open_clip(path, _LIMITS))


def name_track(track: Track, truth: dict[str, Any]) -> str | None:
    """Class of a track by the truth of its clip; None where it is neither one thing nor nothing.

    A mirror image in glass falls as what it mirrors does, and is left out too.
    """
    others = [(other["kind"], other) for other in truth["others"]]
    best, kind = 0.0, ""
    for name, actor in [("fall", event) for event in truth["events"]] + others:
        share = _share_on(track, actor)
        if share > best:
            best, kind = share, name
    if best >= _SURE:
        return _CLASS_OF.get(kind)
    if best > _UNSURE:
        return None
    return _UNNAMED[truth["weather"]]


def gather(clips: Iterable[tuple[TrackedClip, Sequence[str | None]]], seed: int) -> Samples:
    """Make samples of tracks and their names, whole and in parts.

    Parts of a track, and every second or third of its points, are tracks as slower cameras, shorter
    falls and balconies would have given them. They are also varied in size, pace and contrast, as
    other cameras would have shown them.
    """
    rng = np.random.default_rng(seed)
    points, summaries, patches, labels = [], [], [], []
    for tracked, names in clips:
        named = _few_of_each(tracked.tracks, names, rng)
        parts = [(part, name) for track, name in named for part in _parts(track, rng)]
        described = describe([part for part, _ in parts], tracked.height, tracked.tracks)
        points.append(described.points)
        summaries.append(described.summary)
        patches.append(described.patches)
        labels += [CLASSES.index(name) for _, name in parts]
    return Samples(
        Tracklets(np.concatenate(points), np.concatenate(summaries), np.concatenate(patches)),
        np.array(labels, np.int64),
    )


def _few_of_each(
    tracks: Sequence[Track], names: Sequence[str | None], rng: np.random.Generator
) -> list[tuple[Track, str]]:
    """All falls, and no more of anything else in one clip than teach something new."""
    counts: Counter[str] = Counter()
    chosen: list[tuple[Track, str]] = []
    for index in rng.permutation(len(tracks)).tolist():
        name = names[index]
        if name is None or (name != CLASSES[0] and counts[name] >= _MOST_OF_A_KIND):
            continue
        counts[name] += 1
        chosen.append((tracks[index], name))
    return chosen


def _share_on(track: Track, actor: dict[str, Any]) -> float:
    """Part of a track's points that lie on an actor."""
    places = {frame: (x, y) for frame, x, y in actor["track"]}
    own = track.rows[:, [COLUMNS.index("width"), COLUMNS.index("height")]].max(axis=1)
    reach = np.maximum(_NEAR_PX, np.maximum(0.6 * actor["size_px"], 0.6 * own))
    hits = [
        frame in places and np.hypot(x - places[frame][0], y - places[frame][1]) <= near
        for frame, (x, y), near in zip(track.frames.tolist(), track.points, reach, strict=True)
    ]
    return float(np.mean(hits))


def _parts(track: Track, rng: np.random.Generator) -> Iterator[Track]:
    yield track
    count = len(track.frames)
    for _ in range(_CROPS):
        step = int(rng.choice([1, 1, 2, 3]))
        if count < _LEAST_POINTS * step + 1:
            continue
        length = int(rng.integers(_LEAST_POINTS * step, count + 1))
        start = int(rng.integers(0, count - length + 1))
        chosen = np.arange(start, start + length, step)
        if len(chosen) >= _LEAST_POINTS:
            share = len(chosen) / count
            part = replace(
                track,
                frames=track.frames[chosen],
                times=track.times[chosen],
                rows=track.rows[chosen],
                patches=track.patches[chosen],
                looked=max(len(chosen), round(track.looked * share)),
                score=track.score * share,
            )
            yield _varied(part, rng)


def _varied(track: Track, rng: np.random.Generator) -> Track:
    """The track as another camera would have given it: larger, faster, with other contrast."""
    scale, pace = np.exp(rng.uniform(-_SCALE, _SCALE)), np.exp(rng.uniform(-_PACE, _PACE))
    rows = track.rows.copy()
    begin = rows[0, :2].copy()
    rows[:, :2] = begin + scale * (rows[:, :2] - begin) + rng.normal(0, _JITTER_PX, (len(rows), 2))
    for names, factor in (
        (("width", "height", "long", "wide"), scale),
        (("area",), scale**2),
        (("peak", "mean", "snr"), np.exp(rng.uniform(-_CONTRAST, _CONTRAST))),
    ):
        columns = [COLUMNS.index(name) for name in names]
        rows[:, columns] *= factor * np.exp(rng.normal(0, _UNEVEN, (len(rows), 1)))
    times = track.times[0] + pace * (track.times - track.times[0])
    return replace(track, rows=rows, times=times)
