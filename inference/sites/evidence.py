"""What people see of a change: before, after, and where, side by side."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.sites.persistence import Track

# Okabe and Ito's vermillion, sky blue and orange, told apart with any colour vision
# (jfly.uni-koeln.de/color), as BGR.
_APPEARED, _REMOVED, _UNSURE = (0, 94, 213), (178, 114, 0), (0, 159, 230)
_WHITE = (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_TINT = 0.25
_GAP = 6

_Image = NDArray[np.uint8]


def draw_overlay(after: _Image, tracks: Sequence[Track]) -> _Image:
    """Draw the outlines of changes, with what and how sure, into a picture.

    Args:
        after: uint8 (H, W, 3), BGR, aligned to the baseline.
        tracks: What has changed.

    Returns:
        uint8 (H, W, 3), BGR.
    """
    canvas = after.copy()
    line = max(1, round(max(canvas.shape[:2]) / 480))
    for track in tracks:
        colour = _colour(track)
        outline = [np.rint(np.array(track.region.outline)).astype(np.int32)]
        tinted = canvas.copy()
        cv2.fillPoly(tinted, outline, colour)
        canvas = np.asarray(cv2.addWeighted(tinted, _TINT, canvas, 1 - _TINT, 0), np.uint8)
        cv2.polylines(canvas, outline, True, colour, line, cv2.LINE_AA)
        x1, y1, x2, y2 = (round(side) for side in track.box)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, line)
        _label(canvas, _words(track), (x1, y1), colour)
    return canvas


def side_by_side(before: _Image, after: _Image, tracks: Sequence[Track], caption: str) -> _Image:
    """Lay before, after and overlay next to each other.

    Args:
        before: The baseline, uint8 (H, W, 3), BGR.
        after: A composite or frame aligned to it, of its size.
        tracks: What has changed.
        caption: Written over the picture after, in ASCII: when it was taken.

    Returns:
        uint8 (H, 3 W + gaps, 3), BGR.
    """
    parts = [before.copy(), after.copy(), draw_overlay(after, tracks)]
    for part, words in zip(parts, ("before", f"after {caption}", "changes"), strict=True):
        _label(part, words, (0, 0), (0, 0, 0))
    gap = np.full((before.shape[0], _GAP, 3), 255, np.uint8)
    return np.hstack([parts[0], gap, parts[1], gap, parts[2]])


def _colour(track: Track) -> tuple[int, int, int]:
    if track.confirmed is None:
        return _UNSURE
    return _APPEARED if track.kind == "appeared" else _REMOVED


def _words(track: Track) -> str:
    what = track.structure.replace("_", " ") if track.structure else track.kind
    return f"{track.stage.replace('_', ' ')}: {what} {track.score:.2f}"


def _label(
    canvas: _Image, words: str, corner: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    scale = max(canvas.shape[:2]) / 2000 + 0.15
    line = max(1, round(scale * 1.5))
    (wide, tall), descent = cv2.getTextSize(words, _FONT, scale, line)
    left = max(0, min(corner[0], canvas.shape[1] - wide))
    base = max(corner[1], tall + descent)
    cv2.rectangle(canvas, (left, base - tall - descent), (left + wide, base), colour, cv2.FILLED)
    cv2.putText(canvas, words, (left, base - descent), _FONT, scale, _WHITE, line, cv2.LINE_AA)
