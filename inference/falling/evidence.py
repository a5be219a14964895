"""What people see of a fall: the clip with the trajectory drawn in, and one strobe picture."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from inference.clips import Clip
from inference.falling.events import FallEvent

# Okabe and Ito's vermillion and sky blue, told apart with any colour vision
# (jfly.uni-koeln.de/color), as BGR.
_COLOURS = {"confirmed": (0, 94, 213), "suspected": (233, 180, 86)}
_WHITE = (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_TIME_BASE = Fraction(1, 90_000)
_CRF = 18  # at 23 a thing of 3 pixels loses half of its contrast
_LINGER_S = 1.0
_SPACING, _LEAST_REACH_PX = 0.035, 6

_Image = NDArray[np.uint8]


def write_overlay(
    clip: Clip,
    events: Sequence[FallEvent],
    path: Path,
    span_s: tuple[float, float] | None = None,
) -> None:
    """Write a clip with each event's trajectory drawn in as far as it has come.

    Args:
        clip: The clip.
        events: What fell in it.
        path: The MP4 file (H.264) to write; frames keep their times.
        span_s: First and last second to write; None for the whole clip.

    Raises:
        ClipError: The clip cannot be decoded.
        OSError: The file cannot be written.
    """
    size = clip.width // 2 * 2, clip.height // 2 * 2  # H.264 with 4:2:0 has even sides
    start_s = 0.0 if span_s is None else span_s[0]
    ended: dict[int, float] = {}
    with path.open("wb") as file, av.open(file, "w", format="mp4") as output:
        options = {"crf": str(_CRF), "preset": "veryfast", "threads": "1"}
        stream: Any = output.add_stream("libx264", options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.time_base = stream.time_base = _TIME_BASE
        for frame in clip.frames():
            if span_s is not None and not span_s[0] <= frame.time_s <= span_s[1]:
                continue
            picture = frame.bgr().copy()
            for number, event in enumerate(events):
                if event.start_frame <= frame.index:
                    if event.end_frame <= frame.index:
                        ended.setdefault(number, frame.time_s)
                    if frame.time_s - ended.get(number, frame.time_s) <= _LINGER_S:
                        _draw(picture, event, frame.index)
            picture = np.ascontiguousarray(picture[: size[1], : size[0]])
            encoded = av.VideoFrame.from_ndarray(picture, format="bgr24")
            encoded.pts = round((frame.time_s - start_s) / _TIME_BASE)
            encoded.time_base = _TIME_BASE
            output.mux(stream.encode(encoded))
        output.mux(stream.encode(None))


def strobe(clip: Clip, event: FallEvent) -> _Image:
    """Lay what fell, as it was at several moments, over the picture before it fell.

    Args:
        clip: The clip.
        event: The fall.

    Returns:
        uint8 (H, W, 3), BGR.

    Raises:
        ClipError: The clip cannot be decoded.
    """
    shown = _spread(event, _SPACING * clip.height)
    reach = max(_LEAST_REACH_PX, round(_SPACING * clip.height / 2))
    base: _Image | None = None
    cuts: list[tuple[_Image, int, int]] = []
    for frame in clip.frames():
        if frame.index > event.end_frame:
            break
        if base is None or frame.index < event.start_frame:
            base = frame.bgr()
        if frame.index in shown:
            x, y = shown[frame.index]
            left, top = max(0, round(x) - reach), max(0, round(y) - reach)
            cut = frame.bgr()[top : round(y) + reach, left : round(x) + reach]
            cuts.append((cut.copy(), left, top))
    if base is None:
        return np.zeros((clip.height, clip.width, 3), np.uint8)
    canvas = base.copy()
    for cut, left, top in cuts:
        region = canvas[top : top + cut.shape[0], left : left + cut.shape[1]]
        region[:] = cut
    _draw(canvas, event, event.end_frame)
    return canvas


def _spread(event: FallEvent, spacing_px: float) -> dict[int, tuple[float, float]]:
    """Points of the track that lie apart, by frame."""
    chosen: dict[int, tuple[float, float]] = {}
    last: tuple[float, float] | None = None
    for frame, x, y in event.track:
        if last is None or np.hypot(x - last[0], y - last[1]) >= spacing_px:
            chosen[frame] = last = (x, y)
    return chosen


def _draw(picture: _Image, event: FallEvent, until: int) -> None:
    """Draw the trajectory up to a frame, where it began, and what it is."""
    height = picture.shape[0]
    line = max(1, round(height / 500))
    colour = _COLOURS[event.status]
    points = [(event.origin.x, event.origin.y)]
    points += [(x, y) for frame, x, y in event.track if frame <= until]
    # The thing itself stays visible: the line runs beside it.
    beside = np.array(points) + np.array([2.0 * _LEAST_REACH_PX * line, 0.0])
    cv2.polylines(
        picture, [np.rint(beside * 8).astype(np.int32)], False, colour, line, cv2.LINE_AA, 3
    )
    x, y = round(event.origin.x), round(event.origin.y)
    radius = max(4 * line, min(round(event.origin.uncertainty_px), height // 10))
    cv2.circle(picture, (x, y), radius, colour, line, cv2.LINE_AA)
    label = f"{event.status} {event.score:.2f}"
    if event.origin.floors is not None:
        low, likely, high = event.origin.floors
        label += f", floor {likely} ({low}-{high})"
    scale = height / 1600 + 0.15
    (wide, tall), descent = cv2.getTextSize(label, _FONT, scale, line)
    left = max(0, min(x + 2 * radius, picture.shape[1] - wide))
    base = max(y, tall + descent)
    corners = (left, base - tall - descent), (left + wide, base)
    cv2.rectangle(picture, *corners, colour, cv2.FILLED)
    cv2.putText(picture, label, (left, base - descent), _FONT, scale, _WHITE, line, cv2.LINE_AA)
