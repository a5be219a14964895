"""What a department keeps: the work it was given, how often it was told, how far it has come."""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from api.database import now
from api.dispatch.statuses import Status
from api.sandbox.behaviour import Behaviour
from api.sandbox.script import TAKEN, Act, Arrival, Rule, Script

CANCELLED = "cancelled"
_SAYABLE = frozenset({*Status, CANCELLED})
_ENDED = frozenset({Status.DONE, CANCELLED})


class Channel(StrEnum):
    """How the department was told."""

    OPEN311 = "open311"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Offer:
    """A message that gives the department work.

    Attributes:
        channel: how it comes.
        key: the idempotency key it comes with.
        case_id: the sender's case.
        what: the class or service code.
        content: the message, as it comes.
        place: latitude and longitude, degrees, as the message says them.
        callback_url: where the sender wants to hear of it.
    """

    channel: Channel
    key: str
    case_id: str
    what: str
    content: dict[str, Any]
    place: tuple[float, float] | None = None
    callback_url: str | None = None


class Word(NamedTuple):
    """Something that was said of a work, when, and with what comment."""

    status: str
    at: datetime
    comment: str | None = None


@dataclass
class Work:
    """One piece of work, as the department sees it.

    Attributes:
        number: the department's own.
        offer: the message that it first came with.
        rule: what the script says of it.
        received_at: when it came first.
        status: how far it is.
        comment: what was said with the status.
        said_at: when that was.
        repaired: whether what was to be repaired really is; None while nobody has said.
        times_told: how often it came.
        history: every status and what else was said of it, with its time.
    """

    number: str
    offer: Offer
    rule: Rule
    received_at: datetime
    said_at: datetime
    status: str = "received"
    comment: str | None = None
    repaired: bool | None = None
    times_told: int = 1
    history: list[Word] = field(default_factory=list)

    def say(self, status: str, comment: str | None = None) -> None:
        """Note a new status."""
        self.status, self.comment, self.said_at = status, comment, now()
        self.history.append(Word(status, self.said_at, comment))

    def as_json(self) -> dict[str, Any]:
        """Return it for `GET /received`."""
        return {
            "number": self.number,
            "key": self.offer.key,
            "channel": self.offer.channel,
            "case_id": self.offer.case_id,
            "what": self.offer.what,
            "status": self.status,
            "comment": self.comment,
            "repaired": self.repaired,
            "times_told": self.times_told,
            "received_at": self.received_at.isoformat(),
            "history": [
                {"status": word.status, "at": word.at.isoformat(), "comment": word.comment}
                for word in self.history
            ],
            "content": self.offer.content,
        }


class UnknownWork(LookupError):
    """The department has no such work."""


@dataclass
class _Known:
    """A key that has come: what the script says of it, and how often it came."""

    rule: Rule
    deliveries: int = 0


class Department:
    """The department's book. Threads may share it.

    Args:
        script: what is done with work.
        knows_keys: whether it recognises an idempotency key, so that a message told twice is one
            piece of work; most departments do not.
    """

    def __init__(self, script: Script, *, knows_keys: bool = True) -> None:
        self._script = script
        self._knows_keys = knows_keys
        self._lock = threading.Lock()
        self._works: dict[str, Work] = {}
        self._by_key: dict[str, Work] = {}
        self._known: dict[str, _Known] = {}
        self._noted: set[str] = set()
        self._next: deque[Behaviour] = deque()
        self._told = 0
        self._refused = 0

    def follow(self, script: Script) -> None:
        """Do with work that comes from now on what another script says."""
        with self._lock:
            self._script = script

    def behave(self, behaviours: Iterable[Behaviour]) -> None:
        """Set how the next deliveries are treated, one each, whatever the script says of them."""
        with self._lock:
            self._next = deque(behaviours)

    def answer(self, offer: Offer | None) -> Behaviour:
        """Return how a delivery that has just come is treated; None: one that gives no work."""
        with self._lock:
            known = self._know(offer) if offer else _Known(TAKEN)
            known.deliveries += 1
            if self._next:
                return self._next.popleft()
            answers = known.rule.answers[known.deliveries - 1 :]
            return answers[0] if answers else Behaviour.TAKE

    def take(self, offer: Offer) -> Work:
        """Take work, or recognise it by its key."""
        with self._lock:
            return self._take(offer, self._know(offer).rule)

    def cancel(self, offer: Offer) -> None:
        """Take a cancellation, once; unfinished work of the case ends."""
        with self._lock:
            for work in self._works.values():
                if work.offer.case_id == offer.case_id and work.status not in _ENDED:
                    work.say(CANCELLED)
            self._take(replace(offer, what="cancellation"), TAKEN, status=CANCELLED)

    def note(self, message: Offer, word: str) -> None:
        """Note, once, what else the sender says of a case; its work stays as it is."""
        with self._lock:
            self._told += 1
            if message.key in self._noted:
                return
            self._noted.add(message.key)
            for work in self._works.values():
                if work.offer.case_id == message.case_id:
                    work.history.append(Word(word, now()))

    def refuse(self) -> None:
        """Count a message whose signature or api_key was wrong."""
        with self._lock:
            self._refused += 1

    def say(self, number: str, status: str, comment: str | None = None) -> Work:
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
            work.say(status, comment)
            return work

    def act(self, work: Work, act: Act) -> None:
        """Do with work what its script says."""
        with self._lock:
            work.say(act.status, act.comment)
            if act.repaired is not None:
                work.repaired = act.repaired

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

    def _know(self, offer: Offer) -> _Known:
        if offer.key not in self._known:
            arrival = Arrival(
                order=len(self._known) + 1,
                what=offer.what,
                place=offer.place,
                again=any(work.offer.case_id == offer.case_id for work in self._works.values()),
            )
            self._known[offer.key] = _Known(self._script.rule_for(arrival))
        return self._known[offer.key]

    def _take(self, offer: Offer, rule: Rule, *, status: str = "received") -> Work:
        self._told += 1
        work = self._by_key.get(offer.key) if self._knows_keys else None
        if work is not None:
            work.times_told += 1
            return work
        at = now()
        work = Work(
            number=f"D-{len(self._works) + 1:05d}",
            offer=offer,
            rule=rule,
            received_at=at,
            said_at=at,
            status=status,
            history=[Word(status, at)],
        )
        self._works[work.number] = self._by_key[offer.key] = work
        return work
