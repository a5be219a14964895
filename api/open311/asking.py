"""What is asked for over Open311: the arguments of GeoReport v2, read and checked.

Source: https://wiki.open311.org/GeoReport_v2 (GET Service Requests); `page` and `page_size` as in
https://wiki.open311.org/GeoReport_v2/Extensions. An empty argument is one that was not given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from api.database import now
from api.errors import BadRequest
from api.open311.words import Standing

LONGEST = timedelta(days=90)
MOST = 1000


@dataclass(frozen=True, slots=True)
class Span:
    """A time span; both ends belong to it."""

    start: datetime
    end: datetime


def names(text: str | None) -> list[str]:
    """Return the names in a comma-delimited argument.

    Raises:
        BadRequest: there are more than can be answered at once.
    """
    found = [name for part in (text or "").split(",") if (name := part.strip())]
    if len(found) > MOST:
        raise BadRequest(f"At most {MOST} at once.", code="too-many")
    return found


def standings(text: str | None) -> Sequence[Standing]:
    """Return the statuses in a comma-delimited argument; none means both.

    Raises:
        BadRequest: GeoReport has no such status.
    """
    try:
        return [Standing(name.lower()) for name in names(text)] or list(Standing)
    except ValueError:
        raise BadRequest("status is open, closed, or both.", code="status-invalid") from None


def span(start_date: str | None, end_date: str | None) -> Span:
    """Return the time span that is asked for: 90 days at most, and the last 90 by default.

    Raises:
        BadRequest: it is no time span, or too long.
    """
    try:
        start, end = _moment(start_date), _moment(end_date)
        if start is None:
            end = end or now()
            return Span(end - LONGEST, end)
        end = end or min(start + LONGEST, now())
    except (ValueError, OverflowError):
        raise BadRequest(
            "start_date and end_date are W3C date and time with a time zone, such as "
            "2026-11-21T08:00:00Z.",
            code="date-invalid",
        ) from None
    if end - start > LONGEST:
        raise BadRequest("start_date and end_date may span 90 days at most.", code="span-too-long")
    return Span(start, end)


def _moment(text: str | None) -> datetime | None:
    if not (text or "").strip():
        return None
    # A `+` that was not encoded has become a space.
    moment = datetime.fromisoformat(str(text).strip().replace(" ", "+"))
    if moment.tzinfo is None:
        raise ValueError("without a time zone")
    return moment.astimezone(UTC)
