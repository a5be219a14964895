"""From the disk queue to the service: how fast, how much and when."""

from gateway.uplink.clock_offset import ClockOffset
from gateway.uplink.pace import Pace
from gateway.uplink.quota import Quota
from gateway.uplink.schedule import Hours, Schedule
from gateway.uplink.uploader import Posted, UplinkState, Uploader, WaitsFor

__all__ = [
    "ClockOffset",
    "Hours",
    "Pace",
    "Posted",
    "Quota",
    "Schedule",
    "UplinkState",
    "Uploader",
    "WaitsFor",
]
