"""A clip that shows what fell and nobody else: homes and passers-by are left out of it.

Only the way of what fell is shown as it was filmed. The rest is one still picture of coarse plain
squares, the same through the whole clip: each square is the median over time of its mean colour.
Squares of every frame would not do: what moves behind a fixed grid can be put together again from
many frames. With one value for each square nothing that moves is left in it at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.clips import Clip, ClipFrame
from inference.falling.events import FallEvent
from inference.falling.origin import Grid

_SQUARES = 24
"""Squares from the top to the bottom of the picture. A face as high as an eighth of the picture,
larger than any at a camera that looks up at a building, is three squares high; see
`docs/privacy.md`."""
_EVERY = 5
_REACH, _LEAST_REACH_PX = 0.02, 12
_LINE, _OUTLINE = (225, 225, 225), (40, 40, 40)


class RedactedClip:
    """A clip of which everything but the ways of falls is one still picture of coarse squares.

    It is a clip itself (see `inference.clips.Clip`) with the same frames and times.

    Args:
        clip: As it was filmed.
        events: What fell in it.
        grid: The facade, if it is known; the lines between its floors are drawn in, so that floors
            can be counted.

    Raises:
        ClipError: The clip cannot be decoded.
    """

    def __init__(self, clip: Clip, events: Sequence[FallEvent], grid: Grid | None = None) -> None:
        self._clip = clip
        self._shown = corridor(clip.width, clip.height, events)
        self._still = still(clip)
        if grid is not None:
            _draw_floors(self._still, grid)

    @property
    def width(self) -> int:
        """Width of its frames in pixels."""
        return self._clip.width

    @property
    def height(self) -> int:
        """Height of its frames in pixels."""
        return self._clip.height

    def frames(self) -> Iterator[ClipFrame]:
        """Decode the frames; see `inference.clips.Clip`."""
        for frame in self._clip.frames():
            yield _RedactedFrame(frame, self._shown, self._still)


def corridor(width: int, height: int, events: Sequence[FallEvent]) -> NDArray[np.uint8]:
    """Return what is shown as it was filmed: from each fall's origin along its track to its end.

    Args:
        width: Of the picture in pixels.
        height: Of the picture in pixels.
        events: What fell.

    Returns:
        uint8 (H, W), 255 within the larger of 12 pixels and a fiftieth of the height of a track,
        0 elsewhere.
    """
    mask = np.zeros((height, width), np.uint8)
    reach = max(_LEAST_REACH_PX, round(_REACH * height))
    for event in events:
        way = [(event.origin.x, event.origin.y), *((x, y) for _, x, y in event.track)]
        points = np.rint(np.array(way)).astype(np.int32)
        cv2.polylines(mask, [points], False, 255, 2 * reach)
    return mask


@dataclass(frozen=True, slots=True)
class _RedactedFrame:
    _frame: ClipFrame
    _shown: NDArray[np.uint8]
    _still: NDArray[np.uint8]

    @property
    def index(self) -> int:
        return self._frame.index

    @property
    def time_s(self) -> float:
        return self._frame.time_s

    def bgr(self) -> NDArray[np.uint8]:
        return np.asarray(cv2.copyTo(self._frame.bgr(), self._shown, self._still.copy()), np.uint8)

    def luma(self) -> NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(self.bgr(), cv2.COLOR_BGR2GRAY), np.uint8)


def still(clip: Clip) -> NDArray[np.uint8]:
    """Return the one still picture of coarse squares, uint8 (H, W, 3), BGR, of the clip's size.

    Raises:
        ClipError: The clip cannot be decoded.
    """
    columns = max(1, round(_SQUARES * clip.width / clip.height))
    seen = [
        cv2.resize(frame.bgr(), (columns, _SQUARES), interpolation=cv2.INTER_AREA)
        for number, frame in enumerate(clip.frames())
        if number % _EVERY == 0
    ]
    squares = np.median(np.stack(seen), axis=0).astype(np.uint8)
    size = clip.width, clip.height
    return np.asarray(cv2.resize(squares, size, interpolation=cv2.INTER_NEAREST), np.uint8)


def _draw_floors(still: NDArray[np.uint8], grid: Grid) -> None:
    """Draw the lines between floors, and the outline of the facade."""
    top_left, top_right, bottom_right, bottom_left = grid.corners
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    corners = np.array([top_left, top_right, bottom_right, bottom_left], np.float32)
    matrix = cv2.getPerspectiveTransform(square, corners)
    ends = np.array([[x, n / grid.floors] for n in range(grid.floors + 1) for x in (0, 1)])
    points = cv2.perspectiveTransform(ends[None].astype(np.float32), matrix)[0].reshape(-1, 2, 2)
    lines = [np.rint(line).astype(np.int32) for line in (*points, corners)]
    width = max(1, round(still.shape[0] / 700))
    for colour, thick in ((_OUTLINE, width + 2), (_LINE, width)):
        cv2.polylines(still, lines[:-1], False, colour, thick)
        cv2.polylines(still, lines[-1:], True, colour, thick)
