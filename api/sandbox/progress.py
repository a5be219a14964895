"""Does with the department's work what the script says, and tells the sender of it."""

import asyncio
from dataclasses import dataclass

import httpx
import structlog
from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from api.database import new_id, now
from api.dispatch.signatures import Keys
from api.sandbox.department import CANCELLED, Channel, Department, Work
from api.sandbox.script import Delay, Habit

_ATTEMPTS = 5
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Word:
    """Something that the sender is told."""

    url: str
    event: CloudEvent


class Progress:
    """Moves work along, each piece by itself, in the event loop that serves.

    Args:
        department: whose work.
        keys: sign what is told.
        callback_url: where everything is told; by default where each message asks for it.
    """

    def __init__(self, department: Department, *, keys: Keys, callback_url: str | None) -> None:
        self._department = department
        self._keys = keys
        self._callback_url = callback_url
        self._running: dict[str, asyncio.Task[None]] = {}

    def begin(self, work: Work) -> None:
        """Begin with a work that has just come; one that is under way goes on as it does."""
        if work.rule.steps and work.number not in self._running:
            self._running[work.number] = asyncio.create_task(self._follow(work))

    async def advance(self, number: str, status: str) -> Work:
        """Move work to a status by hand, and tell the sender where it was asked to.

        What the script says of the work no longer holds.

        Raises:
            UnknownWork: there is no work of this number.
            ValueError: there is no such status.
        """
        work = self._department.say(number, status)
        if number in self._running:
            self._running[number].cancel()
        if word := self._word(work):
            await self._tell(word)
        return work

    async def stop(self) -> None:
        """Leave all work as it stands."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _follow(self, work: Work) -> None:
        held: list[_Word] = []
        for step in work.rule.steps:
            if isinstance(step, Delay):
                await asyncio.sleep(step.seconds)
                continue
            if work.status == CANCELLED:
                break
            self._department.act(work, step)
            if word := self._word(work):
                held.append(word)
            if Habit.REORDER not in work.rule.callbacks:
                await self._tell_all(work, held)
        await self._tell_all(work, held)

    async def _tell_all(self, work: Work, held: list[_Word]) -> None:
        """Tell what is held back, the last first."""
        while held:
            word = held.pop()
            for _ in range(2 if Habit.DOUBLE in work.rule.callbacks else 1):
                await self._tell(word)

    def _word(self, work: Work) -> _Word | None:
        """Return what is told of a work now, None where nobody wants to hear it."""
        url = self._callback_url or work.offer.callback_url
        if work.offer.channel != Channel.WEBHOOK or not url or work.status == CANCELLED:
            return None
        return _Word(
            url,
            CloudEvent(
                {
                    "id": new_id(),
                    "type": "dev.xunjian.case.status",
                    "source": "urn:xunjian:sandbox",
                    "subject": work.offer.case_id,
                    "datacontenttype": "application/json",
                },
                {
                    "case_id": work.offer.case_id,
                    "external_id": work.number,
                    "status": work.status,
                    "comment": work.comment or f"sandbox: {work.status}",
                    "occurred_at": work.said_at.isoformat(),
                },
            ),
        )

    async def _tell(self, word: _Word) -> None:
        message = to_structured(word.event, JSONFormat())
        message_id = str(word.event.get_id())
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            for attempt in range(_ATTEMPTS):
                headers = self._keys.sign(message_id, now(), message.body)
                try:
                    answer = await client.post(
                        word.url, content=message.body, headers={**message.headers, **headers}
                    )
                    if answer.is_success:
                        return
                    said: object = answer.status_code
                except httpx.HTTPError as error:
                    said = error
                _log.warning(
                    "callback not taken", url=word.url, attempt=attempt + 1, said=str(said)
                )
                await asyncio.sleep(2.0**attempt)
