"""Zones as they go over the wire."""

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.zones.models import ZoneKind

Point = tuple[float, float]
_LEAST_AREA = 1e-4  # of the picture: 100 x 50 pixels of a 4K camera

Permit = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00]*\S[^\x00]*$",
        description="number of the permit, of works",
        examples=["建字第330106202600123号"],
    ),
]
Reason = Annotated[
    str,
    Field(
        min_length=1, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$", examples=["沿街外立面改造"]
    ),
]


class ZoneView(BaseModel):
    """A part of a camera's picture in which changes are not alarmed, or weigh more."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    camera_id: str
    kind: ZoneKind
    polygon: list[Point] = Field(description="corners as shares of width and height, 0 to 1")
    since: datetime
    until: datetime | None
    permit: str | None
    reason: str
    created_by: str
    created_at: datetime


class PictureSize(BaseModel):
    """The size of the picture that corners were measured in."""

    model_config = ConfigDict(extra="forbid")

    width: int = Field(ge=1, le=65_535)
    height: int = Field(ge=1, le=65_535)


class ZoneCreate(BaseModel):
    """A new zone. Works need the number of their permit and a last day."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "works",
                    "polygon": [[480, 200], [900, 200], [900, 520], [480, 520]],
                    "picture_size": {"width": 960, "height": 540},
                    "until": "2027-03-31T16:00:00Z",
                    "permit": "建字第330106202600123号",
                    "reason": "沿街外立面改造",
                },
                {
                    "kind": "excluded",
                    "polygon": [[0, 0.8], [1, 0.8], [1, 1], [0, 1]],
                    "reason": "market stalls, put up and taken down every day",
                },
            ]
        },
    )

    kind: ZoneKind
    polygon: list[Point] = Field(
        min_length=3,
        max_length=100,
        description="corners in order, as shares of width and height (0 to 1) or, with "
        "`picture_size`, in pixels",
    )
    picture_size: PictureSize | None = None
    since: AwareDatetime | None = Field(None, description="now, if absent")
    until: AwareDatetime | None = Field(None, description="for good, if absent")
    permit: Permit = None
    reason: Reason

    @property
    def corners(self) -> list[Point]:
        """Return the corners as shares of width and height."""
        size = self.picture_size
        width, height = (size.width, size.height) if size else (1, 1)
        return [(x / width, y / height) for x, y in self.polygon]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        corners = self.corners
        if not all(0 <= share <= 1 for corner in corners for share in corner):
            raise ValueError(
                "the polygon reaches beyond the picture: give shares of 0 to 1, or pixels together "
                "with picture_size"
            )
        if _crosses_itself(corners):
            raise ValueError("the polygon crosses itself: give its corners in order")
        if _area(corners) < _LEAST_AREA:
            raise ValueError("the polygon has no area to speak of")
        if self.kind is ZoneKind.WORKS and (self.permit is None or self.until is None):
            raise ValueError("works need the number of their permit and an `until`")
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise ValueError("until must lie after since")
        return self


class ZoneUpdate(BaseModel):
    """What of a zone is to change; what is absent stays. An `until` of now ends it."""

    model_config = ConfigDict(extra="forbid")

    until: AwareDatetime | None = None
    permit: Permit = None
    reason: Reason | None = None


def _area(corners: Sequence[Point]) -> float:
    """Return the area of a polygon by the shoelace formula (A. L. F. Meister, 1769)."""
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def _crosses_itself(corners: Sequence[Point]) -> bool:
    sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    return any(
        _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0
        for (a, b), (c, d) in combinations(sides, 2)
    )


def _side(a: Point, b: Point, p: Point) -> float:
    """Return on which side of the line through a and b a point lies, by its sign."""
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
