"""What stays: regions that come back in composite after composite are structures.

The state is plain data: it goes to JSON and back between composites, and what it becomes depends
only on the composites taken in, not on when or how often the program ran.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from inference.sites.frame import FrameRef
from inference.sites.light import LightMode
from inference.sites.regions import Box, ChangeKind, Region, overlap
from inference.sites.zones import Zone, severity, zones_over

Stage = Literal["construction_activity", "new_structure", "structure_removed"]

_BOXES = 3


class Persistence(BaseModel):
    """When a region is believed; data, per camera.

    Attributes:
        hits: Composites that must show it ...
        of: ... out of the last so many, in each light that is among them, and by day ...
        alone: ... or so many in a row of one light: of days, where the nights are too dark to show
            it; of nights, where there was no composite by day since.
        least_hours: Time from the first frame that shows it to the last: two days' light at least,
            so that a lorry parked overnight is none.
        same_iou: Least overlap (intersection over union) with its last box of the same thing ...
        same_inside: ... or least share of the smaller box inside the larger: it may grow.
        least_share: A region that shrinks below this share of its largest area is not believed.
        settled: Growth of its area, from one composite to the next of its light, below which it is
            complete.
        gone: Composites in a row without it after which it is gone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hits: int = Field(3, ge=1)
    of: int = Field(4, ge=1)
    alone: int = Field(5, ge=1)
    least_hours: float = Field(30.0, ge=0)
    same_iou: float = Field(0.3, gt=0, le=1)
    same_inside: float = Field(0.7, gt=0, le=1)
    least_share: float = Field(0.4, ge=0, le=1)
    settled: float = Field(1.25, ge=1)
    gone: int = Field(3, ge=1)


class Look(BaseModel):
    """One composite's answer about a place: seen with this area (share of the picture), or not."""

    model_config = ConfigDict(frozen=True)

    mode: LightMode
    end: AwareDatetime
    area: float | None


class Track(BaseModel):
    """A region through time: at most one event.

    Attributes:
        number: Identifies it for the camera.
        kind: `appeared` or `removed`.
        region: As it was seen last.
        boxes: Its last boxes, the newest last.
        looks: The last composites since it was first seen, in the order taken in.
        first_seen: First frame that shows it.
        confirmed: Frame with which it was believed; None until then.
        stage: `construction_activity` until it is believed and has ceased to grow; then
            `new_structure`, or `structure_removed` for what was taken away.
        score: Mean of its scores, 0 to 1.
        hits: How often it was seen.
        hints: Score added up for each type of structure.
        zones: Names of the zones over it when it was seen last.
        suppressed_by: The zone of permitted works or without concern among them.
        severity: 1 (slight) to 4 (dangerous).
        gone: Frame with which it was held to be gone; None while it stands.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    kind: ChangeKind
    region: Region
    boxes: tuple[Box, ...]
    looks: tuple[Look, ...]
    first_seen: FrameRef
    confirmed: FrameRef | None = None
    stage: Stage = "construction_activity"
    score: float
    hits: int = 1
    hints: dict[str, float] = Field(default_factory=dict)
    zones: tuple[str, ...] = ()
    suppressed_by: str | None = None
    severity: int = 1
    gone: FrameRef | None = None

    @property
    def box(self) -> Box:
        """Median of its last boxes, pixels of the baseline."""
        sides = [sorted(side)[len(self.boxes) // 2] for side in zip(*self.boxes, strict=True)]
        return sides[0], sides[1], sides[2], sides[3]

    @property
    def structure(self) -> str | None:
        """The type that most of its composites hint at."""
        return max(self.hints, key=lambda name: self.hints[name], default=None)

    @property
    def absent(self) -> int:
        """Composites in a row without it, of lights in which it was ever seen."""
        seen_in = {look.mode for look in self.looks if look.area is not None}
        told = [look for look in self.looks if look.mode in seen_in]
        return next((n for n, look in enumerate(reversed(told)) if look.area is not None), 0)


class Sighted(BaseModel):
    """A region of a composite, and the first frame that shows it."""

    model_config = ConfigDict(frozen=True)

    region: Region
    since: FrameRef


class SiteState(BaseModel):
    """All that is remembered of a camera between composites.

    Attributes:
        tracks: What was seen and not forgotten, by number.
        next_number: Number of the next track.
        taken: End of the last composite taken in, of each light.
    """

    model_config = ConfigDict(frozen=True)

    tracks: tuple[Track, ...] = ()
    next_number: int = 1
    taken: dict[LightMode, AwareDatetime] = Field(default_factory=dict)

    @property
    def events(self) -> tuple[Track, ...]:
        """What an operator should see: seen at least twice, and not suppressed."""
        return tuple(one for one in self.tracks if one.suppressed_by is None and _told(one))

    @property
    def suppressed(self) -> tuple[Track, ...]:
        """What permitted works and exclusion zones keep from the operators; kept as a record."""
        return tuple(one for one in self.tracks if one.suppressed_by is not None and _told(one))


def observe(
    state: SiteState,
    sighted: Sequence[Sighted],
    *,
    mode: LightMode,
    end: datetime,
    last: FrameRef,
    size_wh: tuple[int, int],
    settings: Persistence,
    zones: Sequence[Zone] = (),
) -> SiteState:
    """Take in one composite.

    Args:
        state: What is remembered.
        sighted: The composite's regions; none is an answer too.
        mode: Its light.
        end: End of its slot. One that was taken in, or is older, changes nothing.
        last: The frame that completed it.
        size_wh: Width and height of the baseline in pixels.
        settings: When a region is believed.
        zones: The camera's zones.

    Returns:
        What is to be remembered.
    """
    if mode in state.taken and end <= state.taken[mode]:
        return state
    pairs = _match(state.tracks, sighted, settings)
    look = Look(mode=mode, end=end, area=None)
    tracks = []
    for index, track in enumerate(state.tracks):
        if track.gone is not None:
            tracks.append(track)
        elif index in pairs:
            seen = _seen(track, sighted[pairs[index]], look, last, settings)
            tracks.append(_weigh(seen, zones, last.at, size_wh))
        else:
            tracks.append(_missed(track, look, last, settings))
    number = state.next_number
    for index, one in enumerate(sighted):
        if index not in pairs.values():
            fresh = _begin(number, one, look.model_copy(update={"area": one.region.area}))
            tracks.append(_weigh(fresh, zones, last.at, size_wh))
            number += 1
    return SiteState(
        tracks=tuple(one for one in _absorb(tracks, settings) if not _forgotten(one, settings)),
        next_number=number,
        taken={**state.taken, mode: end},
    )


def _told(track: Track) -> bool:
    return track.hits > 1 or track.confirmed is not None


def _match(
    tracks: Sequence[Track], sighted: Sequence[Sighted], settings: Persistence
) -> dict[int, int]:
    """Which region (by index) continues which track (by index), the best overlap first."""
    likely: list[tuple[float, int, int]] = []
    for t, track in enumerate(tracks):
        for s, one in enumerate(sighted):
            if track.gone is None and track.kind == one.region.kind:
                likeness = _likeness(track, one.region, settings)
                if likeness > 0:
                    likely.append((-likeness, t, s))
    pairs: dict[int, int] = {}
    for _, t, s in sorted(likely):
        if t not in pairs and s not in pairs.values():
            pairs[t] = s
    return pairs


def _likeness(track: Track, region: Region, settings: Persistence) -> float:
    iou, inside = max(overlap(box, region.box) for box in (track.region.box, track.box))
    if iou >= settings.same_iou:
        return iou
    return iou if inside >= settings.same_inside else 0.0


def _begin(number: int, one: Sighted, look: Look) -> Track:
    region = one.region
    return Track(
        number=number,
        kind=region.kind,
        region=region,
        boxes=(region.box,),
        looks=(look,),
        first_seen=one.since,
        score=region.score,
        hints={region.structure: region.score} if region.structure else {},
    )


def _seen(track: Track, one: Sighted, look: Look, last: FrameRef, settings: Persistence) -> Track:
    region = one.region
    looks = _recent((*track.looks, look.model_copy(update={"area": region.area})), settings)
    hints = dict(track.hints)
    if region.structure:
        hints[region.structure] = hints.get(region.structure, 0.0) + region.score
    longer = track.model_copy(
        update={
            "region": region,
            "boxes": (*track.boxes, region.box)[-_BOXES:],
            "looks": looks,
            "score": (track.score * track.hits + region.score) / (track.hits + 1),
            "hits": track.hits + 1,
            "hints": hints,
        }
    )
    confirmed = track.confirmed
    if confirmed is None and _believed(longer, last, settings):
        confirmed = last
    return longer.model_copy(
        update={"confirmed": confirmed, "stage": _stage(longer, confirmed, settings)}
    )


def _believed(track: Track, last: FrameRef, settings: Persistence) -> bool:
    if last.at - track.first_seen.at < timedelta(hours=settings.least_hours):
        return False
    newest = track.looks[-1]
    same_light = [look for look in track.looks if look.mode == newest.mode]
    largest = max(look.area for look in same_light if look.area is not None)
    if newest.area is None or newest.area < settings.least_share * largest:
        return False
    newest_few = track.looks[-settings.of :]
    shown = [look.mode for look in newest_few if look.area is not None]
    agreed = "day" in shown and {look.mode for look in newest_few} == set(shown)
    if agreed and len(shown) >= settings.hits:
        return True
    by_day = [look for look in track.looks if look.mode == "day"]
    in_a_row = (by_day or list(track.looks))[-settings.alone :]
    return len(in_a_row) == settings.alone and all(look.area is not None for look in in_a_row)


def _stage(track: Track, confirmed: FrameRef | None, settings: Persistence) -> Stage:
    if track.stage != "construction_activity" or confirmed is None:
        return track.stage
    if track.kind == "removed":
        return "structure_removed"
    mode = track.looks[-1].mode
    areas = [look.area for look in track.looks if look.mode == mode and look.area is not None]
    grown = [after / before for before, after in pairwise(areas)]
    return "new_structure" if grown and grown[-1] <= settings.settled else track.stage


def _missed(track: Track, look: Look, last: FrameRef, settings: Persistence) -> Track:
    missed = track.model_copy(update={"looks": _recent((*track.looks, look), settings)})
    if track.confirmed is not None and missed.absent >= settings.gone:
        return missed.model_copy(update={"gone": last})
    return missed


def _recent(looks: tuple[Look, ...], settings: Persistence) -> tuple[Look, ...]:
    """The last looks of each light: as many as are asked for, and the one before them."""
    keep = max(settings.of, settings.gone, settings.alone) + 1
    kept = [
        look
        for number, look in enumerate(looks)
        if sum(later.mode == look.mode for later in looks[number + 1 :]) < keep
    ]
    return tuple(kept)


def _forgotten(track: Track, settings: Persistence) -> bool:
    return track.confirmed is None and track.absent >= settings.of


def _weigh(track: Track, zones: Sequence[Zone], at: datetime, size_wh: tuple[int, int]) -> Track:
    over = zones_over(track.region, zones, at, size_wh)
    quiet = next((zone.name for zone in over if zone.kind != "watched"), None)
    return track.model_copy(
        update={
            "zones": tuple(zone.name for zone in over),
            "suppressed_by": quiet,
            "severity": severity(track.region.area, over),
        }
    )


def _absorb(tracks: Sequence[Track], settings: Persistence) -> list[Track]:
    """Let a region that has grown over another unbelieved one take its place and its first day."""
    kept: list[Track] = []
    for track in sorted(tracks, key=lambda one: (one.confirmed is None, -one.hits, one.number)):
        home = next((n for n, one in enumerate(kept) if _within(track, one, settings)), None)
        if home is None:
            kept.append(track)
            continue
        first = min(kept[home].first_seen, track.first_seen, key=lambda ref: ref.order)
        kept[home] = kept[home].model_copy(update={"first_seen": first})
    return sorted(kept, key=lambda one: one.number)


def _within(track: Track, home: Track, settings: Persistence) -> bool:
    if track.confirmed is not None or track.gone is not None or home.gone is not None:
        return False
    if track.kind != home.kind:
        return False
    return overlap(track.region.box, home.region.box)[1] >= settings.same_inside
