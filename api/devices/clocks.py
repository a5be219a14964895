"""Times as devices write them."""

import re
from datetime import UTC, datetime, tzinfo

_DIGITS = re.compile(r"(\d{14})(\d{3})?")


def moment_of(text: str, zone: tzinfo) -> datetime | None:
    """Return the moment that a device means, None where it is no time.

    Args:
        text: ISO 8601 with or without an offset, or digits: year to second, milliseconds or not.
        zone: where the device is, for times without an offset.

    Example:
        >>> from datetime import UTC
        >>> moment_of("2026-11-22T08:00:00+08:00", UTC) == moment_of("20261122000000000", UTC)
        True
    """
    text = text.strip()
    digits = _DIGITS.fullmatch(text)
    try:
        if digits:
            day, time = digits[1][:8], digits[1][8:]
            moment = datetime.fromisoformat(f"{day}T{time}.{digits[2] or '000'}")
        else:
            moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        moment.astimezone(UTC)  # has the calendar's first and last day overflow
    except (ValueError, OverflowError):
        return None
    return moment
