"""Moves the department's work along by itself, and tells the sender of it."""

import asyncio
from datetime import timedelta

import httpx
import structlog
from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from api.database import new_id, now
from api.dispatch.signatures import Keys
from api.sandbox.department import Channel, Department, Work

_LOOK_S = 0.2
_ATTEMPTS = 5
_log = structlog.get_logger()


class Progress:
    """Accepts, starts and finishes work, one step after each delay.

    Args:
        department: whose work.
        keys: sign what is told.
        delay: between two steps; None moves nothing by itself.
        callback_url: where everything is told; by default where each message asks for it.
    """

    def __init__(
        self,
        department: Department,
        *,
        keys: Keys,
        delay: timedelta | None,
        callback_url: str | None,
    ) -> None:
        self._department = department
        self._keys = keys
        self._delay = delay
        self._callback_url = callback_url

    async def run(self) -> None:
        """Move work along until cancelled."""
        if self._delay is None:
            return
        while True:
            for number, status in self._department.ready_to_advance(self._delay):
                await self.advance(number, status)
            await asyncio.sleep(_LOOK_S)

    async def advance(self, number: str, status: str) -> Work:
        """Move work to a status, and tell the sender where it was asked to.

        Raises:
            UnknownWork: there is no work of this number.
            ValueError: there is no such status.
        """
        work = self._department.say(number, status)
        url = self._callback_url or work.callback_url
        if work.channel == Channel.WEBHOOK and url and status != "cancelled":
            await self._tell(url, work, status)
        return work

    async def _tell(self, url: str, work: Work, status: str) -> None:
        event = CloudEvent(
            {
                "id": new_id(),
                "type": "dev.xunjian.case.status",
                "source": "urn:xunjian:sandbox",
                "subject": work.case_id,
                "datacontenttype": "application/json",
            },
            {
                "case_id": work.case_id,
                "external_id": work.number,
                "status": status,
                "comment": f"sandbox: {status}",
                "occurred_at": work.history[-1][1].isoformat(),
            },
        )
        message = to_structured(event, JSONFormat())
        message_id = str(event.get_id())
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            for attempt in range(_ATTEMPTS):
                headers = self._keys.sign(message_id, now(), message.body)
                try:
                    answer = await client.post(
                        url, content=message.body, headers={**message.headers, **headers}
                    )
                    if answer.is_success:
                        return
                    said: object = answer.status_code
                except httpx.HTTPError as error:
                    said = error
                _log.warning("callback not taken", url=url, attempt=attempt + 1, said=str(said))
                await asyncio.sleep(2.0**attempt)
