"""Inspects a fixed camera's pictures on disk: their times, their order, and what stayed."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.annotate import encode_jpeg
from inference.decode import DecodeLimits, decode
from inference.errors import PictureError
from inference.inspections.base import SeriesInspection
from inference.offline import PICTURE_SUFFIXES
from inference.sites.baseline import Baseline, learn_baselines
from inference.sites.errors import BaselineImpossible, SiteError
from inference.sites.evidence import side_by_side
from inference.sites.frame import WORKING_SIDE, Frame, FrameRef, to_working_size
from inference.sites.light import LightMode
from inference.sites.persistence import Track
from inference.sites.site import Seen, Site
from inference.sites.times import read_times, time_of, why_undated
from inference.sites.watch import Watch

# A person names the files, so they are trusted with more than a camera is.
_LIMITS = DecodeLimits(max_bytes=256 * 1024 * 1024, max_pixels=200_000_000)
_LOOKED_AT = 3
"""Frames looked at in half a day, for each one of the most that a composite takes."""
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)

Times = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What kept frames from being inspected.

    Attributes:
        kind: A `HealthKind`, or `unreadable`, `undated`, `no_baseline`, `few_frames`,
            `thin_baseline`.
        first: First file.
        last: Last file.
        frames: How many.
        message: What it means, and how to mend it.
        shift_px: By how much the camera moved, pixels of the input.
    """

    kind: str
    first: str
    last: str
    frames: int
    message: str
    shift_px: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the public record, as `docs/inference.md` describes it."""
        record: dict[str, Any] = {
            "kind": self.kind,
            "first_seen": self.first,
            "last_seen": self.last,
            "frames": self.frames,
            "message": self.message,
        }
        if self.shift_px is not None:
            record["shift_px"] = round(self.shift_px, 1)
        return record


@dataclass(frozen=True, slots=True)
class SeriesOutcome:
    """What became of a camera's pictures.

    Attributes:
        source: The folder given, or the first frame.
        events: What appeared or was removed.
        troubles: What kept frames from being inspected.
        scale: Pixels of the input for one of the baseline.
        frames: Frames given.
        failed: Frames that could not be read or placed in time.
    """

    source: str
    events: tuple[Track, ...]
    troubles: tuple[Trouble, ...]
    scale: float
    frames: int
    failed: int

    def to_json(self) -> dict[str, Any]:
        """Return the public record, as `docs/inference.md` describes it."""
        return {
            "source": self.source,
            "events": [
                {
                    "first_seen": event.first_seen.name,
                    "confirmed": event.confirmed.name if event.confirmed else None,
                    "kind": event.kind,
                    "box": [round(side * self.scale, 1) for side in event.box],
                    "score": round(event.score, 4),
                    "stage": event.stage,
                }
                for event in self.events
            ],
            "camera_health": [trouble.to_json() for trouble in self.troubles],
        }


class Series:
    """One camera's pictures on disk, placed in time.

    Args:
        baseline: Pictures, or folders of them, on which nothing is being built.
        frames: Pictures, or folders of them, in any order.
        times: CSV that says when files were taken; EXIF and names say it for all others.

    Attributes:
        ordered: Files and their times, by time.
        warnings: What a person should know who gave them.

    Raises:
        SiteError: A folder holds no picture, the list of times cannot be read, or no frame's time
            can be told.
    """

    def __init__(
        self, baseline: Sequence[Path], frames: Sequence[Path], times: Path | None = None
    ) -> None:
        listed = read_times(times) if times is not None else {}
        self.source = str(frames[0])
        self.warnings: list[str] = []
        self._troubles: list[Trouble] = []
        self.ordered = self._place(_find(frames), listed)
        self._baseline = self._place_baseline(_find(baseline), listed)

    def inspect(
        self,
        inspection: SeriesInspection,
        *,
        workers: int = 1,
        annotations: Path | None = None,
        tick: Callable[[], None] = lambda: None,
    ) -> SeriesOutcome:
        """Inspect the frames.

        Of very many frames in half a day, 48 spread evenly are looked at.

        Args:
            inspection: What to look for.
            workers: Threads that decode and register.
            annotations: Folder for pictures of before, after and changes, if wanted.
            tick: Called after each frame.

        Returns:
            What was found. Files that cannot be read are left out and told.

        Raises:
            BaselineImpossible: The baseline's pictures cannot be used.
        """
        cv2.setNumThreads(1)
        troubles = list(self._troubles)
        failed = len(troubles)
        baselines, base_troubles = self._learn()
        watch = Watch(inspection.watch(baselines))
        scale = 1.0
        for path, answer in _look(_thin(self.ordered, watch.site), watch.site, workers):
            tick()
            if isinstance(answer, Exception):
                failed += 1
                troubles.append(_of_file("unreadable", path, str(answer)))
                continue
            seen, width = answer
            scale = width / watch.site.size_wh[0]
            watch.add(seen)
        watch.close()
        if annotations is not None:
            _annotate(watch, annotations)
        return SeriesOutcome(
            source=self.source,
            events=watch.state.events,
            troubles=(*base_troubles, *troubles, *_health(watch, scale), *_not_compared(watch)),
            scale=scale,
            frames=len(self.ordered) + len(self._troubles),
            failed=failed,
        )

    def _place(self, paths: Sequence[Path], listed: Times) -> list[tuple[Path, datetime]]:
        placed: list[tuple[Path, datetime]] = []
        for path in paths:
            at = _time(path, listed)
            if at is None:
                self._troubles.append(_of_file("undated", path, why_undated(path)))
            else:
                placed.append((path, at))
        if not placed:
            raise SiteError(
                f"when {len(paths)} frames were taken cannot be told: {paths[0]}:"
                f" {why_undated(paths[0])}"
            )
        if any(after[1] < before[1] for before, after in pairwise(placed)):
            self.warnings.append("the frames were not given in the order of their times: sorted")
        return sorted(placed, key=lambda one: (one[1], str(one[0])))

    def _place_baseline(self, paths: Sequence[Path], listed: Times) -> list[tuple[Path, datetime]]:
        dated = [(path, at) for path in paths if (at := _time(path, listed)) is not None]
        if dated and len(dated) < len(paths):
            self.warnings.append(
                f"{len(paths) - len(dated)} of {len(paths)} baseline frames are left out: when they"
                " were taken cannot be told"
            )
        if dated:
            return dated
        self.warnings.append(
            "when the baseline frames were taken cannot be told: they count as of one day"
        )
        return [(path, _UNDATED) for path in paths]

    def _learn(self) -> tuple[Mapping[LightMode, Baseline], list[Trouble]]:
        frames: list[Frame] = []
        troubles: list[Trouble] = []
        for path, at in self._baseline:
            try:
                image = _read(path)[0]
            except (OSError, PictureError) as error:
                troubles.append(_of_file("unreadable", path, f"baseline: {error}"))
                continue
            frames.append(Frame(FrameRef(at=at, name=str(path)), image))
        if not frames:
            raise BaselineImpossible(
                f"none of the {len(self._baseline)} baseline pictures can be read"
            )
        learned = learn_baselines(frames)
        troubles += [
            _of_file(
                "other_view", Path(ref.name), "left out of the baseline: it shows another place"
            )
            for ref in learned.left_out
        ]
        for one in learned.baselines.values():
            troubles += [_of_frames("thin_baseline", one.frames, words) for words in one.warnings]
        return learned.baselines, troubles


def _find(paths: Sequence[Path]) -> list[Path]:
    """Files as given, folders searched for pictures in the order of their paths; each once."""
    found: dict[Path, Path] = {}
    for path in paths:
        files = [path]
        if path.is_dir():
            files = sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in PICTURE_SUFFIXES and file.is_file()
            )
        for file in files:
            found.setdefault(file.resolve(), file)
    if not found:
        raise SiteError(f"{', '.join(map(str, paths))}: no JPEG, PNG or WebP picture")
    return list(found.values())


def _time(path: Path, listed: Times) -> datetime | None:
    return listed.get(str(path)) or listed.get(path.name) or time_of(path)


def _thin(ordered: Sequence[tuple[Path, datetime]], site: Site) -> list[tuple[Path, datetime]]:
    rhythm = site.settings.rhythm
    slots: dict[datetime, list[tuple[Path, datetime]]] = {}
    for one in ordered:
        slots.setdefault(rhythm.slot_end(one[1]), []).append(one)
    chosen: list[tuple[Path, datetime]] = []
    for slot in slots.values():
        most = min(len(slot), _LOOKED_AT * rhythm.most_frames)
        chosen += [slot[index] for index in np.linspace(0, len(slot) - 1, most).round().astype(int)]
    return chosen


_Answer = tuple[Seen, int] | Exception


def _look(
    ordered: Sequence[tuple[Path, datetime]], site: Site, workers: int
) -> Iterator[tuple[Path, _Answer]]:
    """What each frame is good for and its width in pixels, or why not, in the order given."""

    def look(path: Path, at: datetime) -> _Answer:
        try:
            image, width = _read(path)
        except (OSError, PictureError) as error:
            return error
        return site.look(Frame(FrameRef(at=at, name=str(path)), image)), width

    pending: deque[tuple[Path, Future[_Answer]]] = deque()
    executor = ThreadPoolExecutor(workers, thread_name_prefix="look")
    try:
        for path, at in ordered:
            pending.append((path, executor.submit(look, path, at)))
            if len(pending) > 2 * workers:
                path, future = pending.popleft()
                yield path, future.result()
        for path, future in pending:
            yield path, future.result()
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _read(path: Path) -> tuple[NDArray[np.uint8], int]:
    """A picture at working size, and its full width in pixels."""
    picture = decode(path.read_bytes(), _LIMITS, WORKING_SIDE)
    return to_working_size(picture.image), picture.width


def _of_file(kind: str, path: Path, message: str) -> Trouble:
    return Trouble(kind, str(path), str(path), 1, message)


def _of_frames(kind: str, frames: Sequence[FrameRef], message: str) -> Trouble:
    return Trouble(kind, frames[0].name, frames[-1].name, len(frames), message)


def _health(watch: Watch, scale: float) -> list[Trouble]:
    return [
        Trouble(
            episode.kind,
            episode.first.name,
            episode.last.name,
            episode.frames,
            episode.message,
            None if episode.shift_px is None else episode.shift_px * scale,
        )
        for episode in watch.health.episodes
    ]


def _not_compared(watch: Watch) -> list[Trouble]:
    """Lights of which nothing was compared: silence about them means nothing."""
    troubles = []
    least = watch.site.settings.rhythm.least_frames
    for mode, frames in sorted(watch.used.items()):
        if mode not in watch.latest:
            words = f"{len(frames)} {mode} frames are too few for a composite of {least}"
            troubles.append(_of_frames("few_frames", frames, words))
    known = " and ".join(sorted(watch.site.baselines))
    if len(watch.unlit) >= least:
        words = (
            f"{len(watch.unlit)} frames are in a light that the baseline ({known}) does not show"
        )
        troubles.append(_of_frames("no_baseline", watch.unlit, words))
    return troubles


def _annotate(watch: Watch, folder: Path) -> None:
    """Write before, after and changes: for each event, and for the last composite of each light."""
    folder.mkdir(parents=True, exist_ok=True)
    standing = [event for event in watch.state.events if event.gone is None]
    pictures = [(f"latest-{mode}", one, standing) for mode, one in watch.latest.items()]
    for event in watch.state.events:
        name = f"{event.number:03d}-{event.kind}-{Path(event.first_seen.name).stem}"
        pictures.append((name, watch.shown[event.number], [event]))
    for name, composite, tracks in pictures:
        before = watch.site.baselines[composite.mode].image
        caption = f"{composite.last.at:%Y-%m-%d %H:%M}"
        drawn = side_by_side(before, composite.image, tracks, caption)
        (folder / f"{name}.jpg").write_bytes(encode_jpeg(drawn))
