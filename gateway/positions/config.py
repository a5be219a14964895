"""What a configuration says of where positions come from. All of them are WGS-84."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.config_parts import LocalPath, Part, Seconds


class GpsdPositions(Part):
    """A running gpsd.

    Attributes:
        host: where it runs.
        port: its port.
    """

    kind: Literal["gpsd"]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(gt=0, lt=65536)] = 2947


class NmeaPositions(Part):
    """A receiver at a serial port that speaks NMEA 0183.

    Attributes:
        device: for example `/dev/ttyUSB0`.
        baud: its speed.
    """

    kind: Literal["nmea"]
    device: str
    baud: int = 9600


class ReplayedPositions(Part):
    """A recorded drive: a GPX track or NMEA sentences.

    Attributes:
        path: the file; `.gpx` is GPX, all else NMEA.
        starts_now: whether the drive begins when the gateway starts; otherwise the positions are
            of the times that the file names, for video files of the same drive.
    """

    kind: Literal["replay"]
    path: LocalPath
    starts_now: bool = False


class Positions(Part):
    """Where positions come from.

    Attributes:
        source: what tells them.
        max_age: how old a position may be to be that of a picture.
    """

    source: Annotated[
        GpsdPositions | NmeaPositions | ReplayedPositions, Field(discriminator="kind")
    ]
    max_age: Annotated[Seconds, Field(le=30)] = 3.0
