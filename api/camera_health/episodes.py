"""When a trouble begins, goes on, returns and is over: the one place that decides it.

A trouble ends by health alone: by pictures that were captured after it was last seen and that are
well, never because nothing comes. One that returns within the hour is the same trouble, so that a
camera that flickers is told of once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from api.camera_health.models import AnyTrouble

RETURNS_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """A trouble as it is seen now.

    Attributes:
        first_at: since when.
        last_at: until when so far.
        frames: that show it.
        shift_px: by how much a moved camera moved, where that is known.
        detail: what the gateway says of it.
    """

    first_at: datetime
    last_at: datetime
    frames: int = 0
    shift_px: float | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What can be said of a camera or a gateway at a moment.

    Attributes:
        found: the troubles that it has.
        well_since: since when it has shown, without a break, that it does not have these.
    """

    found: Mapping[AnyTrouble, Seen] = field(default_factory=dict)
    well_since: Mapping[AnyTrouble, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Episode:
    """A trouble from its beginning to its end, or so far.

    Attributes:
        trouble: what.
        first_at: since when.
        last_at: when it was last seen.
        lasting: whether it is not over.
    """

    trouble: AnyTrouble
    first_at: datetime
    last_at: datetime
    lasting: bool = True


def follow(episodes: Sequence[Episode], observed: Observation) -> list[Episode]:
    """Return the episodes after an observation, in their order, new ones last.

    Args:
        episodes: of one camera or gateway so far; of each trouble at most one lasts.
        observed: what is seen now.
    """
    after = list(episodes)
    for trouble, seen in observed.found.items():
        newest = max(
            (place for place, one in enumerate(after) if one.trouble == trouble),
            key=lambda place: (after[place].lasting, after[place].last_at),
            default=None,
        )
        known = None if newest is None else after[newest]
        if newest is None or known is None or not _goes_on(known, seen):
            after.append(Episode(trouble, seen.first_at, seen.last_at))
        else:
            after[newest] = replace(known, last_at=max(known.last_at, seen.last_at), lasting=True)
    return [
        replace(one, lasting=False) if one.lasting and _is_over(one, observed) else one
        for one in after
    ]


def _goes_on(known: Episode, seen: Seen) -> bool:
    return known.lasting or seen.first_at - known.last_at <= RETURNS_WITHIN


def _is_over(one: Episode, observed: Observation) -> bool:
    well_since = observed.well_since.get(one.trouble)
    return one.trouble not in observed.found and well_since is not None and well_since > one.last_at
