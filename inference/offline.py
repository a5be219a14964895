"""Inspects files on disk: finds them, works through them on all cores, keeps their order."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from inference.annotate import annotate, encode_jpeg
from inference.decode import DecodeLimits, Picture, decode
from inference.detections import Detection, Detections
from inference.errors import PictureError, PictureUnsupported
from inference.inspections.base import PictureInspection

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
CLIP_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ts", ".webm"})
# A person names the files, so they are trusted with more than a camera is.
_LIMITS = DecodeLimits(max_bytes=256 * 1024 * 1024, max_pixels=200_000_000)
_FULL_SIZE = 1 << 30


@dataclass(frozen=True, slots=True)
class Source:
    """One input file.

    Attributes:
        path: Where it is, as the user gave it or as it was found in a folder that they gave.
        annotated_name: Where its annotated copy goes, relative to the annotation folder.
    """

    path: Path
    annotated_name: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one input: a picture with its detections, or an error."""

    source: Source
    picture: Picture | None = None
    detections: Detections | None = None
    error: Exception | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the public record of one input, as `docs/inference.md` describes it."""
        if self.picture is None or self.detections is None:
            error = {"type": type(self.error).__name__, "message": str(self.error)}
            return {"source": str(self.source.path), "error": error}
        return {
            "source": str(self.source.path),
            "width": self.picture.width,
            "height": self.picture.height,
            "detections": [_to_json(detection) for detection in self.detections],
        }

    def to_row(self) -> tuple[str, str]:
        """Size, and what was found, for people."""
        if self.picture is None or self.detections is None:
            return "", ""
        size = f"{self.picture.width}x{self.picture.height}"
        return size, ", ".join(f"{d.class_name} {d.score:.2f}" for d in self.detections)


def find_sources(paths: Sequence[Path]) -> list[Source]:
    """List the inputs: files as given, folders searched for pictures, sorted by path.

    Args:
        paths: Files and folders. A file that does not exist is listed too and fails in its turn.

    Returns:
        One source per input, each with an annotation name of its own.
    """
    sources: list[Source] = []
    taken: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found = sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in PICTURE_SUFFIXES and file.is_file()
            )
            named = [(file, file.relative_to(path)) for file in found]
        else:
            named = [(path, Path(path.name))]
        for file, name in named:
            free = free_name(name.with_suffix(".jpg"), taken)
            taken.add(free)
            sources.append(Source(file, free))
    return sources


def inspect_files(
    sources: Sequence[Source],
    inspection: PictureInspection,
    workers: int,
    annotations: Path | None = None,
) -> Iterator[Outcome]:
    """Inspect files on several threads; outcomes come in the order of the inputs.

    Args:
        sources: The inputs.
        inspection: What to look for.
        workers: Threads; take it from the execution policy.
        annotations: Folder for copies with boxes drawn in, if wanted.

    Yields:
        One outcome per source. A file that cannot be read or decoded gives an outcome with an
        error, and the work goes on.
    """
    cv2.setNumThreads(1)
    pending: deque[Future[Outcome]] = deque()
    executor = ThreadPoolExecutor(workers, thread_name_prefix="inspect")
    try:
        for source in sources:
            pending.append(executor.submit(_inspect, source, inspection, annotations))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _inspect(source: Source, inspection: PictureInspection, annotations: Path | None) -> Outcome:
    try:
        if source.path.suffix.lower() in CLIP_SUFFIXES:
            raise PictureUnsupported(f"{inspection.name} inspects pictures, and this is a clip")
        data = source.path.read_bytes()
        picture = decode(data, _LIMITS, inspection.input_size)
        detections = inspection.inspect(picture)
        if annotations is not None:
            target = annotations / source.annotated_name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(encode_jpeg(annotate(decode(data, _LIMITS, _FULL_SIZE), detections)))
    except (OSError, PictureError) as error:
        return Outcome(source, error=error)
    return Outcome(source, picture, detections)


def _to_json(detection: Detection) -> dict[str, Any]:
    record: dict[str, Any] = {
        "class": detection.class_name,
        "score": round(detection.score, 4),
        "box": [round(side, 2) for side in detection.box],
    }
    if (plate := detection.plate) is not None:
        record["text"] = plate.text
        record["text_score"] = round(plate.text_score, 4)
        record["color"] = plate.color
        record["polygon"] = [[round(value, 2) for value in corner] for corner in plate.polygon]
    return record


def free_name(name: Path, taken: set[Path]) -> Path:
    """Return the name, with a number added if it is taken."""
    free, number = name, 2
    while free in taken:
        free = name.with_stem(f"{name.stem}-{number}")
        number += 1
    return free
