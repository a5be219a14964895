"""Connections that say nothing, or say it a byte at a time, are closed."""

import asyncio
from asyncio.events import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_S = 20.0
"""How long a request line and its headers may take to come."""

HEAD_BYTES = 64 * 1024
"""How long they may be."""


class GuardedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, which alone waits for ever for the head of a request.

    A connection is closed when a head has not come after 20 seconds or is longer than 64 KiB, and
    when what was left of a body that was refused still comes so long after the answer.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._head_bytes = 0
        self._patience: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(HEAD_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._be_patient()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and see whether a request has begun."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.transport.close()
                return
        answered = self.cycle is None or self.cycle.response_complete
        if self._in_head or (answered and self.timeout_keep_alive_task is None):
            if self._patience is None:
                self._patience = self.loop.call_later(HEAD_S, self.transport.close)
        else:
            self._be_patient()

    def on_message_begin(self) -> None:
        """Begin the head of a request."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End the head of a request."""
        self._in_head = False
        super().on_headers_complete()

    def _be_patient(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
