"""The client for programs that run on asyncio."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from gateway.client import exchanges
from gateway.client.connection import Arriving, Connection
from gateway.client.exchanges import PostableClip
from gateway.client.reports import GatewayReport
from gateway.client.results import Camera, ClipReceipt, ClipStatus, Receipt
from gateway.client.wire import Answer, Exchange, Request
from gateway.errors import ServiceError
from gateway.frame import CapturedFrame

T = TypeVar("T")


class AsyncClient(Connection):
    """`Client` for asyncio: the same settings, methods and errors.

    Example:
        >>> async with AsyncClient("https://xunjian.example.org", token) as client:
        ...     receipt = await client.post_frame(frame)
    """

    _http: httpx.AsyncClient

    def _connect(self, options: dict[str, Any]) -> None:
        self._http = httpx.AsyncClient(**options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def post_frame(self, frame: CapturedFrame, *, alert: bool = False) -> Receipt:
        """Post a frame; see `Client.post_frame`."""
        return await self._run(exchanges.post_frame(frame, alert=alert))

    async def post_frames(
        self, frames: Sequence[CapturedFrame], *, alert: bool = False
    ) -> list[Receipt | ServiceError]:
        """Post 1 to 32 frames in one request; see `Client.post_frames`."""
        return await self._run(exchanges.post_frames(frames, alert=alert))

    async def post_clip(self, clip: PostableClip) -> ClipReceipt:
        """Post a clip, from where an earlier attempt broke off; see `Client.post_clip`."""
        return await self._run(exchanges.post_clip(clip))

    async def clip(self, clip_id: str) -> ClipStatus:
        """Ask where a clip stands and what was seen in it."""
        return await self._run(exchanges.read_clip(clip_id))

    async def cameras(self) -> list[Camera]:
        """Ask for the gateway's cameras."""
        return await self._run(exchanges.read_cameras())

    async def time(self) -> datetime:
        """Ask for the service's clock; timezone-aware."""
        return await self._run(exchanges.read_time())

    async def report(self, report: GatewayReport) -> None:
        """Tell how the gateway and its cameras stand."""
        await self._run(exchanges.post_report(report))

    async def _run(self, exchange: Exchange[T]) -> T:
        try:
            request = next(exchange)
            while True:
                request = exchange.send(await self._send(request))
        except StopIteration as end:
            result: T = end.value
            return result

    async def _send(self, request: Request) -> Answer:
        try:
            async with self._http.stream(
                **self._options(request), content=self._counted(request)
            ) as response:
                arriving = Arriving(response)
                async for data in response.aiter_raw():
                    arriving.add(data)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None
        return arriving.whole()

    async def _counted(self, request: Request) -> AsyncIterator[bytes]:
        parts = request.read()
        while data := await asyncio.to_thread(next, parts, b""):
            self._sent(len(data))
            yield data
