"""From a map of change to regions: where something was built or taken away."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from inference.sites.change_map import ChangeMap

ChangeKind = Literal["appeared", "removed"]
Box = tuple[float, float, float, float]

_FULL, _EXTENT = 90, 0.5
_ONE_PLACE = 0.6
_OUTLINE_PX = 2.0


class RegionSettings(BaseModel):
    """What counts as a region.

    Attributes:
        appeared: Probability that a place of a new structure must reach somewhere.
        removed: The same for a structure that is gone.
        edge: Share of it that suffices round such a place (hysteresis thresholding: Canny, "A
            computational approach to edge detection", PAMI 8, 1986).
        join: Gaps up to this share of the picture's long side are closed: poles, branches.
        least_area: Smallest region, share of the picture.
        largest_area: Largest region; what is larger is the light or the camera.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    appeared: float = Field(0.5, ge=0, le=1)
    removed: float = Field(0.5, ge=0, le=1)
    edge: float = Field(0.6, gt=0, le=1)
    join: float = Field(0.015, ge=0, lt=0.2)
    least_area: float = Field(0.0006, ge=0, lt=1)
    largest_area: float = Field(0.5, gt=0, le=1)


class Region(BaseModel):
    """Where something was built or taken away, in one composite.

    Attributes:
        kind: `appeared` or `removed`.
        box: x1, y1, x2, y2 in pixels of the baseline, round what reaches half of the score.
        outline: Corners (x, y) of its largest part, pixels of the baseline.
        area: Share of the picture, 0 to 1.
        score: Probability that its surest tenth reaches, 0 to 1.
        structure: Likeliest type; None where the network knows none.
    """

    model_config = ConfigDict(frozen=True)

    kind: ChangeKind
    box: Box
    outline: tuple[tuple[float, float], ...]
    area: float
    score: float
    structure: str | None


def find_regions(
    change: ChangeMap,
    structures: tuple[str, ...],
    settings: RegionSettings,
    size_wh: tuple[int, int],
) -> list[Region]:
    """Cut a map of change into regions.

    Args:
        change: What the network says.
        structures: Types of structure in the map's order.
        settings: What counts.
        size_wh: Width and height of the baseline in pixels.

    Returns:
        The regions, the surest first. What seems to have appeared and been removed in one place is
        the surer of the two.
    """
    regions = _of_kind("appeared", change.appeared, change.structure, structures, settings, size_wh)
    regions += _of_kind("removed", change.removed, change.structure, structures, settings, size_wh)
    kept: list[Region] = []
    for region in sorted(regions, key=lambda region: -region.score):
        if all(overlap(region.box, surer.box)[1] < _ONE_PLACE for surer in kept):
            kept.append(region)
    return kept


def overlap(a: Box, b: Box) -> tuple[float, float]:
    """Intersection over union of two boxes, and over the smaller one."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0, 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    both = wide * high
    return both / (sum(areas) - both), both / max(min(areas), 1e-9)


def _of_kind(
    kind: ChangeKind,
    likely: NDArray[np.float32],
    structure: NDArray[np.float32],
    structures: tuple[str, ...],
    settings: RegionSettings,
    size_wh: tuple[int, int],
) -> list[Region]:
    needed = settings.appeared if kind == "appeared" else settings.removed
    height, width = likely.shape
    mask = (likely >= settings.edge * needed).astype(np.uint8)
    reach = round(settings.join * max(height, width) / 2)
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, ball) if reach else mask
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    scale = np.array([size_wh[0] / width, size_wh[1] / height])
    found = []
    for label in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[label])
        share = area / (height * width)
        if not settings.least_area <= share <= settings.largest_area:
            continue
        spot = np.s_[top : top + high, left : left + wide]
        inside = labels[spot] == label
        score = float(np.percentile(likely[spot][inside & (mask[spot] > 0)], _FULL))
        if score < needed:
            continue
        sure = (inside & (likely[spot] >= _EXTENT * score)).astype(np.uint8)
        x, y, wide, high = cv2.boundingRect(sure)
        left, top = left + x, top + y
        hints = structure[(slice(None), *spot)][:, inside].mean(axis=1)
        corners = np.array([[left, top], [left + wide, top + high]]) * scale
        found.append(
            Region(
                kind=kind,
                box=tuple(corners.ravel().round(1).tolist()),
                outline=_outline(sure[y : y + high, x : x + wide], np.array([left, top]), scale),
                area=share,
                score=score,
                structure=structures[int(hints.argmax())] if len(hints) else None,
            )
        )
    return found


def _outline(
    inside: NDArray[np.uint8], offset: NDArray[np.int_], scale: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(contours, key=cv2.contourArea)
    simple = cv2.approxPolyDP(largest, _OUTLINE_PX, closed=True).reshape(-1, 2)
    points = ((simple + offset + 0.5) * scale).round(1).tolist()
    return tuple((x, y) for x, y in points)
