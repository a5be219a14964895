"""Whether a camera can see what it shall watch; what hinders it is told, never passed over."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from inference.sites.frame import FrameRef
from inference.sites.registration import Misfit, slopes

HealthKind = Literal["dark", "blocked", "blurred", "moved", "other_view"]

MESSAGES: dict[HealthKind, str] = {
    "dark": "the picture is almost black: the camera or its lamp fails, or nothing lights it",
    "blocked": "something covers much of the view",
    "blurred": "the picture is out of focus, or the lens is dirty or wet",
    "moved": "the camera moved: it shows the place from elsewhere than its baseline;"
    " put it back or approve a new baseline",
    "other_view": "another place than the baseline's: another camera's frames, or the camera was"
    " turned away",
}

_LONG_SIDE = 480
_BLACK, _BRIGHTEST = 48, 99.5
_BLOCKS_WH = (12, 8)
_TEXTURED = 1.0
_AGREES, _SEEN, _REST_SEEN = 0.25, 0.55, 0.3
_EDGES, _SHARP = 90, 0.4
_FLAT, _EVEN = 0.3, 12.0

_Image = NDArray[np.uint8]
_Floats = NDArray[np.float32]


class HealthJudge:
    """Judges frames by what the approved picture shows; may be shared by threads.

    Args:
        reference: The approved picture, uint8 (H, W, 3), BGR.
    """

    def __init__(self, reference: _Image) -> None:
        luma = _reduce(reference)
        self._slopes = slopes(luma)
        self._edges = self._slopes >= np.percentile(self._slopes, _EDGES)
        self._sharpness = _sharpness(luma, self._slopes, self._edges)

    def judge(self, aligned: _Image) -> HealthKind | None:
        """Judge a frame that lies over the approved picture; None if all is well."""
        luma = _reduce(aligned)
        if _is_black(luma):
            return "dark"
        seen = slopes(luma)
        if self.seen_share(seen) < _SEEN:
            return "blocked"
        if _sharpness(luma, seen, self._edges) < _SHARP * self._sharpness:
            return "blurred"
        return None

    def judge_misfit(self, image: _Image, misfit: Misfit) -> HealthKind:
        """Why a frame does not fit the approved picture.

        Args:
            image: The frame as it came, uint8 (h, w, 3), BGR.
            misfit: What registration made of it.

        Returns:
            What hinders the view, or the misfit for a clear picture of something else.
        """
        luma = _reduce(image)
        if _is_black(luma):
            return "dark"
        own = slopes(luma)
        strongest = float(np.percentile(own, _EDGES))
        if strongest < _FLAT * float(np.percentile(self._slopes, _EDGES)):
            return "blocked" if float(luma.std()) < _EVEN else "blurred"
        if misfit == "other_view" and own.shape == self._slopes.shape:
            return "blocked" if self.seen_share(own) >= _REST_SEEN else misfit
        return misfit

    def seen_share(self, seen: _Floats) -> float:
        """Share (0 to 1) of the approved picture's textured blocks whose outlines are still seen.

        Args:
            seen: Slopes of the aligned frame.
        """
        agreeing = textured = 0
        for here, there in zip(_blocks(self._slopes), _blocks(seen), strict=True):
            if float(here.std()) < _TEXTURED:
                continue
            textured += 1
            agreeing += _correlation(here, there) >= _AGREES
        return agreeing / textured if textured else 1.0


class Episode(BaseModel):
    """Frames in a row that could not be used, for one reason.

    Attributes:
        kind: The reason.
        first: First frame.
        last: Last frame so far.
        frames: How many.
        shift_px: Largest shift measured, in pixels of the baseline.
    """

    model_config = ConfigDict(frozen=True)

    kind: HealthKind
    first: FrameRef
    last: FrameRef
    frames: int = 1
    shift_px: float | None = None

    @property
    def message(self) -> str:
        """What it means and how to mend it."""
        return MESSAGES[self.kind]


class HealthLog(BaseModel):
    """What hindered a camera so far; state between frames.

    Attributes:
        episodes: By their start.
        well: Whether the last frame was well.
    """

    model_config = ConfigDict(frozen=True)

    episodes: tuple[Episode, ...] = ()
    well: bool = True

    def observe(
        self, ref: FrameRef, kind: HealthKind | None, shift_px: float | None = None
    ) -> "HealthLog":
        """Take in the next frame, in the order of time; a frame that was seen changes nothing.

        Args:
            ref: The frame.
            kind: What hinders it; None if all is well.
            shift_px: By how much the camera moved, where that is known.
        """
        last = self.episodes[-1] if self.episodes else None
        if last is not None and ref.order <= last.last.order:
            return self
        if kind is None:
            return self if self.well else self.model_copy(update={"well": True})
        if last is None or self.well or last.kind != kind:
            fresh = Episode(kind=kind, first=ref, last=ref, shift_px=shift_px)
            return HealthLog(episodes=(*self.episodes, fresh), well=False)
        shifts = [shift for shift in (last.shift_px, shift_px) if shift is not None]
        longer = last.model_copy(
            update={
                "last": ref,
                "frames": last.frames + 1,
                "shift_px": max(shifts, default=None),
            }
        )
        return HealthLog(episodes=(*self.episodes[:-1], longer), well=False)


def _reduce(image: _Image) -> _Image:
    luma = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    scale = min(1.0, _LONG_SIDE / max(luma.shape))
    return np.asarray(
        cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )


def _is_black(luma: _Image) -> bool:
    return float(np.percentile(luma, _BRIGHTEST)) < _BLACK


def _sharpness(luma: _Image, seen: _Floats, edges: NDArray[np.bool_]) -> float:
    """Slopes where the approved picture has edges, for one grey level of contrast."""
    return float(seen[edges].mean()) / max(float(luma.std()), 1.0)


def _blocks(values: _Floats) -> list[_Floats]:
    columns, rows = _BLOCKS_WH
    return [
        block
        for row in np.array_split(values, rows, axis=0)
        for block in np.array_split(row, columns, axis=1)
    ]


def _correlation(a: _Floats, b: _Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(float(np.sqrt((a * a).sum() * (b * b).sum())), 1e-6))
