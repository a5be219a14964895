"""The golden clip of a model: one whose falls are known, asked before anything is believed."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from inference.clips import Clip, ClipLimits, open_clip
from inference.errors import ClipError, GoldenMismatch
from inference.falling.clip_events import ClipEvents
from inference.falling.events import FallEvent
from models.errors import ModelInvalid
from models.registry import ModelFile

_CLIP, _ANSWER = "golden.mp4", "golden.json"
_SCORE_TOLERANCE, _LEAST_OVERLAP, _APART = 0.15, 0.7, 0.05
_HINT = "The model file or this machine's arithmetic is damaged; reinstall the model."

Inspect = Callable[[Clip], ClipEvents]


class _Expected(BaseModel):
    start_frame: int = Field(ge=0)
    end_frame: int = Field(ge=0)
    score: float = Field(ge=0, le=1)
    last: tuple[float, float]


class _Golden(BaseModel):
    events: tuple[_Expected, ...] = Field(min_length=1)


def check_golden(inspect: Inspect, model: ModelFile, threshold: float) -> None:
    """Ask for the falls of the golden clip and compare.

    Every fall must be found: frames that overlap by 70 % of what both span, the end of the track
    within 5 % of the picture's height, the score within 0.15. A fall that scores less than 0.15
    above the threshold may be missed, and nothing else may score more than that above it.

    Args:
        inspect: The inspection as it serves.
        model: The model it runs.
        threshold: Lowest score of an event.

    Raises:
        GoldenMismatch: The answer is another one; the message says where.
        ModelInvalid: `golden.mp4` or `golden.json` is missing or damaged.
    """
    try:
        golden = _Golden.model_validate_json((model.folder / _ANSWER).read_bytes())
        found = inspect(open_clip(model.folder / _CLIP, ClipLimits()))
    except (OSError, ValidationError, ClipError) as error:
        raise ModelInvalid(f"the golden clip of {model.name} is unusable: {error}") from error
    unexplained = list(found.events)
    for expected in golden.events:
        match = next(
            (one for one in unexplained if _fits(one, expected, _APART * found.height)), None
        )
        if match is not None:
            unexplained.remove(match)
        elif expected.score - _SCORE_TOLERANCE > threshold:
            raise GoldenMismatch(
                f"{model.name} did not find the fall of frames {expected.start_frame} to"
                f" {expected.end_frame} in its golden clip; it found {_told(found.events)}",
                hint=_HINT,
            )
    surplus = [one for one in unexplained if one.score - _SCORE_TOLERANCE > threshold]
    if surplus:
        raise GoldenMismatch(
            f"{model.name} found {_told(surplus)} in its golden clip, where nothing falls",
            hint=_HINT,
        )


def record_golden(inspect: Inspect, clip: bytes, folder: Path) -> int:
    """Write a model's golden clip and the present answer to it.

    Args:
        inspect: The inspection to believe.
        clip: A rendered MP4, never one of a data set.
        folder: The model's folder.

    Returns:
        How many falls were recorded, at least one.

    Raises:
        GoldenMismatch: Nothing is found in the clip, so it proves nothing.
        ClipError: It cannot be decoded.
    """
    part = folder / f"{_CLIP}.part"
    part.write_bytes(clip)
    try:
        found = inspect(open_clip(part, ClipLimits()))
        if not found.events:
            raise GoldenMismatch("nothing is found in the clip that should become golden")
    except (ClipError, GoldenMismatch):
        part.unlink()
        raise
    golden = _Golden(
        events=tuple(
            _Expected(
                start_frame=one.start_frame,
                end_frame=one.end_frame,
                score=one.score,
                last=one.track[-1][1:],
            )
            for one in found.events
        )
    )
    part.replace(folder / _CLIP)
    (folder / _ANSWER).write_text(golden.model_dump_json(indent=2) + "\n")
    return len(found.events)


def _fits(event: FallEvent, expected: _Expected, apart_px: float) -> bool:
    shared = min(event.end_frame, expected.end_frame) - max(event.start_frame, expected.start_frame)
    span = max(event.end_frame, expected.end_frame) - min(event.start_frame, expected.start_frame)
    _, x, y = event.track[-1]
    away = max(abs(x - expected.last[0]), abs(y - expected.last[1]))
    return (
        shared + 1 >= _LEAST_OVERLAP * (span + 1)
        and away <= apart_px
        and abs(event.score - expected.score) <= _SCORE_TOLERANCE
    )


def _told(events: Sequence[FallEvent]) -> str:
    told = (
        f"a fall of frames {one.start_frame} to {one.end_frame} ({one.score:.2f})" for one in events
    )
    return ", ".join(told) or "nothing"
