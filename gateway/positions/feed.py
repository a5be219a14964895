"""The configured source of positions."""

from gateway.positions.config import GpsdPositions, NmeaPositions, Positions, ReplayedPositions
from gateway.positions.fix import PositionFeed


def open_positions(config: Positions) -> PositionFeed:
    """Make the feed that is configured; its `run` receives.

    Raises:
        SourceRefused: a recorded drive cannot be read.
    """
    match config.source:
        case GpsdPositions():
            from gateway.positions.live import GpsdFeed

            return GpsdFeed(config.source, config.max_age)
        case NmeaPositions():
            from gateway.positions.live import SerialFeed

            return SerialFeed(config.source, config.max_age)
        case ReplayedPositions():
            from gateway.positions.replay import ReplayFeed

            return ReplayFeed(config.source, config.max_age)
