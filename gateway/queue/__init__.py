"""The disk queue: what a camera saw is here until the service has it."""

from gateway.queue.clips import ClipQueue, QueuedClip
from gateway.queue.frames import DiskQueue
from gateway.queue.order import DropPolicy, Priority
from gateway.queue.sealing import parse_key
from gateway.queue.spool import QueueStats, Spool

__all__ = [
    "ClipQueue",
    "DiskQueue",
    "DropPolicy",
    "Priority",
    "QueueStats",
    "QueuedClip",
    "Spool",
    "parse_key",
]
