"""Inspects clips on disk: in processes of their own, on all cores, in the order of the inputs."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import cv2

from inference.annotate import encode_jpeg
from inference.choices import VariantChoice
from inference.clips import ASSUMED_FPS, Clip, ClipLimits, open_clip
from inference.clips.worker import MAX_MEMORY_BYTES, ClipWorker
from inference.errors import ClipError, ClipTooLarge, PictureError
from inference.falling.clip_events import ClipEvents
from inference.falling.events import FallEvent
from inference.falling.evidence import strobe, write_overlay
from inference.falling.view import View
from inference.inspections import get_inspection
from inference.inspections.base import ClipInspection
from inference.offline import Source
from inference.policy import ExecutionPolicy

_LIMITS = ClipLimits()
_PASSES = 4
"""Decoding once to inspect, and again for each picture: at most so many times the limit."""


@dataclass(frozen=True, slots=True)
class ClipWork:
    """How clips are inspected; the same in every process.

    Attributes:
        inspection: Name of the inspection.
        policy: How its models run.
        variant: Which variant of its models.
        threshold: Lowest score of an event; None for the operating point.
        view: What the camera sees of the building, if that is known.
        fps: Frames per second of folders whose pictures are only numbered.
        annotations: Folder for overlay clips and strobe pictures, if wanted.
        threads: Threads that decode one clip.
    """

    inspection: str
    policy: ExecutionPolicy
    variant: VariantChoice = "auto"
    threshold: float | None = None
    view: View | None = None
    fps: float = ASSUMED_FPS
    annotations: Path | None = None
    threads: int = 1


@dataclass(frozen=True, slots=True)
class ClipOutcome:
    """What became of one clip: events, or an error."""

    source: Source
    found: ClipEvents | None = None
    error: Exception | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the public record of one clip, as `docs/inference.md` describes it."""
        if self.found is None:
            error = {"type": type(self.error).__name__, "message": str(self.error)}
            return {"source": str(self.source.path), "error": error}
        return {
            "source": str(self.source.path),
            "fps": round(self.found.fps, 3),
            "events": [_to_json(event) for event in self.found.events],
        }

    def to_row(self) -> tuple[str, str]:
        """Size and length, and what fell when and from where, for people."""
        if self.found is None:
            return "", ""
        found = self.found
        told = f"{found.width}x{found.height}, {found.seconds:.1f} s at {found.fps:.4g} fps"
        return told, "\n".join(_told(found, event) for event in found.events)


def inspect_clips(sources: Sequence[Source], work: ClipWork) -> Iterator[ClipOutcome]:
    """Inspect clips side by side, each in a process that it may kill; order is the inputs'.

    Args:
        sources: The clips.
        work: How they are inspected.

    Yields:
        One outcome per source. A clip that cannot be inspected gives an outcome with an error,
        also one that kills its process, and the work goes on.
    """
    count = min(work.policy.workers, len(sources))
    work = replace(work, threads=max(1, work.policy.workers // count))
    workers: SimpleQueue[ClipWorker[Source, ClipOutcome]] = SimpleQueue()
    started = [ClipWorker(_make, (work,), _PASSES * _LIMITS.max_decode_s) for _ in range(count)]
    for worker in started:
        workers.put(worker)
    executor = ThreadPoolExecutor(count, thread_name_prefix="clips")
    try:
        pending: deque[Future[ClipOutcome]] = deque(
            executor.submit(_hand_over, source, workers) for source in sources
        )
        while pending:
            yield pending.popleft().result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        for worker in started:
            worker.stop()


def _hand_over(
    source: Source, workers: "SimpleQueue[ClipWorker[Source, ClipOutcome]]"
) -> ClipOutcome:
    worker = workers.get()
    try:
        return worker(source)
    except ClipError as error:
        return ClipOutcome(source, error=error)
    finally:
        workers.put(worker)


def _make(work: ClipWork) -> Callable[[Source], ClipOutcome]:
    cv2.setNumThreads(1)
    inspection = get_inspection(
        work.inspection, work.policy, variant=work.variant, threshold=work.threshold
    )
    if not isinstance(inspection, ClipInspection):
        raise TypeError(f"{work.inspection} does not inspect clips")
    return partial(_inspect, work=work, inspection=inspection)


def _inspect(source: Source, *, work: ClipWork, inspection: ClipInspection) -> ClipOutcome:
    try:
        clip = open_clip(source.path, _LIMITS, threads=work.threads, fps=work.fps)
        found = inspection.inspect(clip, work.view)
        if work.annotations is not None:
            _annotate(clip, found, work.annotations / source.annotated_name)
    except (ClipError, PictureError, OSError) as error:
        return ClipOutcome(source, error=error)
    except (MemoryError, cv2.error) as error:
        limit = f"{MAX_MEMORY_BYTES // 1024**3} GiB"
        if isinstance(error, cv2.error) and error.code != cv2.Error.StsNoMem:
            raise
        return ClipOutcome(source, error=ClipTooLarge(f"inspecting it takes more than {limit}"))
    return ClipOutcome(source, found)


def _annotate(clip: Clip, found: ClipEvents, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    write_overlay(clip, found.events, part)
    part.replace(target)
    for number, event in enumerate(found.events, start=1):
        picture = target.with_name(f"{target.stem}.strobe{number}.jpg")
        picture.write_bytes(encode_jpeg(strobe(clip, event)))


def _to_json(event: FallEvent) -> dict[str, Any]:
    origin: dict[str, Any] = {
        "x": round(event.origin.x, 2),
        "y": round(event.origin.y, 2),
        "uncertainty_px": round(event.origin.uncertainty_px, 2),
    }
    for name, span in (("floor", event.origin.floors), ("column", event.origin.columns)):
        if span is not None:
            origin[name] = dict(zip(("low", "likely", "high"), span, strict=True))
    return {
        "start_frame": event.start_frame,
        "end_frame": event.end_frame,
        "score": round(event.score, 4),
        "status": event.status,
        "track": [[frame, round(x, 2), round(y, 2)] for frame, x, y in event.track],
        "origin": origin,
    }


def _told(found: ClipEvents, event: FallEvent) -> str:
    first, last = found.span_s(event)
    told = f"{event.status} {event.score:.2f}, {first:.2f} to {last:.2f} s, "
    floors, columns = event.origin.floors, event.origin.columns
    if floors is None or columns is None:
        return f"{told}from x {event.origin.x:.0f}, y {event.origin.y:.0f}"
    return (
        f"{told}floor {floors[1]} ({floors[0]}-{floors[2]}),"
        f" column {columns[1]} ({columns[0]}-{columns[2]})"
    )
