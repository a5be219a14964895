"""Names of snapshots.

Source: GB/T 28181-2022, 9.14.1 and table 4: 20 digits of the device, 2 of the kind of picture, 17
of the time (year to millisecond, local) and 2 of the sequence.
"""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

from api.devices.clocks import moment_of

_NAME = re.compile(r"(\d{20})(\d{2})(\d{17})(\d{2})(?:\.[A-Za-z]{3,4})?")


@dataclass(frozen=True, slots=True)
class SnapshotName:
    """What a snapshot's name says.

    Attributes:
        channel: the device or the channel that took it, 20 digits.
        at: when, by the device's clock.
    """

    channel: str
    at: datetime


def read_name(filename: str, zone: tzinfo) -> SnapshotName | None:
    """Return what a name says, None where it does not follow the standard's table.

    Args:
        filename: with or without folders and suffix.
        zone: where the device is: its times are local.

    Example:
        >>> from datetime import UTC
        >>> read_name("34020000001310000001022025081609220800000.jpg", UTC).at.isoformat()
        '2025-08-16T09:22:08+00:00'
    """
    matched = _NAME.fullmatch(filename.replace("\\", "/").rpartition("/")[2])
    at = moment_of(matched[3], zone) if matched else None
    return SnapshotName(matched[1], at) if matched and at else None
