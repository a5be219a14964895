"""What a department keeps: the work it was given, how often it was told, how far it has come."""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from api.database import now


class Channel(StrEnum):
    """How the department was told."""

    OPEN311 = "open311"
    WEBHOOK = "webhook"


class Behaviour(StrEnum):
    """How the department treats one delivery.

    `TAKE_AND_…` takes the work before it misbehaves: the sender cannot know.
    """

    TAKE = "take"
    HANG = "hang"
    REFUSE = "refuse"  # 400
    FAIL = "fail"  # 500
    MOVED = "moved"  # 301
    GONE = "gone"  # 410
    BUSY = "busy"  # 429, Retry-After: 1
    TAKE_AND_HANG = "take_and_hang"
    TAKE_AND_FAIL = "take_and_fail"
    TAKE_AND_BABBLE = "take_and_babble"  # 200 and garbage


TAKES = frozenset(
    {
        Behaviour.TAKE,
        Behaviour.TAKE_AND_HANG,
        Behaviour.TAKE_AND_FAIL,
        Behaviour.TAKE_AND_BABBLE,
    }
)
STEPS = ("received", "accepted", "in_progress", "done")
_SAYABLE = frozenset({*STEPS[1:], "returned", "suspended", "resumed", "cancelled"})


@dataclass
class Work:
    """One piece of work, as the department sees it.

    Attributes:
        number: the department's own.
        key: the idempotency key it came with.
        channel: how it came.
        case_id: the sender's case.
        what: the class or service code.
        content: the message, as it came.
        callback_url: where the sender wants to hear of it.
        received_at: when it came first.
        status: how far it is.
        times_told: how often it came.
        history: every status, with its time.
    """

    number: str
    key: str
    channel: Channel
    case_id: str
    what: str
    content: dict[str, Any]
    callback_url: str | None
    received_at: datetime
    status: str = "received"
    times_told: int = 1
    history: list[tuple[str, datetime]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it for `GET /received`."""
        return {
            "number": self.number,
            "key": self.key,
            "channel": self.channel,
            "case_id": self.case_id,
            "what": self.what,
            "status": self.status,
            "times_told": self.times_told,
            "received_at": self.received_at.isoformat(),
            "history": [{"status": word, "at": at.isoformat()} for word, at in self.history],
            "content": self.content,
        }


class UnknownWork(LookupError):
    """The department has no such work."""


class Department:
    """The department's book. Threads may share it.

    Args:
        knows_keys: whether it recognises an idempotency key, so that a message told twice is one
            piece of work; most departments do not.
    """

    def __init__(self, *, knows_keys: bool = True) -> None:
        self._knows_keys = knows_keys
        self._lock = threading.Lock()
        self._works: dict[str, Work] = {}
        self._by_key: dict[str, Work] = {}
        self._script: deque[Behaviour] = deque()
        self._told = 0
        self._refused = 0

    def behave(self, script: Iterable[Behaviour]) -> None:
        """Set how the next deliveries are treated, one each; after that all are taken."""
        with self._lock:
            self._script = deque(script)

    def next_behaviour(self) -> Behaviour:
        """Return how the delivery that has just come is treated."""
        with self._lock:
            return self._script.popleft() if self._script else Behaviour.TAKE

    def take(
        self,
        *,
        channel: Channel,
        key: str,
        case_id: str,
        what: str,
        content: dict[str, Any],
        callback_url: str | None = None,
        status: str = "received",
    ) -> Work:
        """Take work, or recognise it by its key."""
        with self._lock:
            self._told += 1
            known = self._by_key.get(key) if self._knows_keys else None
            if known is not None:
                known.times_told += 1
                return known
            at = now()
            work = Work(
                number=f"D-{len(self._works) + 1:05d}",
                key=key,
                channel=channel,
                case_id=case_id,
                what=what,
                content=content,
                callback_url=callback_url,
                received_at=at,
                status=status,
                history=[(status, at)],
            )
            self._works[work.number] = self._by_key[key] = work
            return work

    def cancel(self, *, key: str, case_id: str, content: dict[str, Any]) -> None:
        """Take a cancellation, once; unfinished work of the case ends."""
        with self._lock:
            for work in self._works.values():
                if work.case_id == case_id and work.status not in ("done", "cancelled"):
                    self._say(work, "cancelled")
        self.take(
            channel=Channel.WEBHOOK,
            key=key,
            case_id=case_id,
            what="cancellation",
            content=content,
            status="cancelled",
        )

    def refuse(self) -> None:
        """Count a message whose signature or api_key was wrong."""
        with self._lock:
            self._refused += 1

    def say(self, number: str, status: str) -> Work:
        """Move work to a status.

        Raises:
            UnknownWork: there is no work of this number.
            ValueError: there is no such status.
        """
        if status not in _SAYABLE:
            raise ValueError(f"status is one of {', '.join(sorted(_SAYABLE))}")
        with self._lock:
            work = self._works.get(number)
            if work is None:
                raise UnknownWork(number)
            self._say(work, status)
            return work

    def ready_to_advance(self, after: timedelta) -> list[tuple[str, str]]:
        """Return number and next status of the work that has stood still for so long."""
        before = now() - after
        with self._lock:
            return [
                (work.number, STEPS[STEPS.index(work.status) + 1])
                for work in self._works.values()
                if work.status in STEPS[:-1] and work.history[-1][1] <= before
            ]

    def works(self) -> Sequence[Work]:
        """Return all work, oldest first."""
        with self._lock:
            return list(self._works.values())

    def counts(self) -> dict[str, int]:
        """Return how much work there is, how often it was told, and what was refused."""
        with self._lock:
            return {
                "works": len(self._works),
                "messages": self._told,
                "duplicates": sum(work.times_told - 1 for work in self._works.values()),
                "refused": self._refused,
            }

    def _say(self, work: Work, status: str) -> None:
        work.status = status
        work.history.append((status, now()))
