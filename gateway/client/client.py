"""The client that waits for each answer."""

from collections.abc import Iterator, Sequence
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


class Client(Connection):
    """A connection to one service with one gateway's token; see `Connection` for its settings.

    Safe for several threads. Every method raises the `ServiceError`s of `gateway.errors`.

    Example:
        >>> with Client("https://xunjian.example.org", token) as client:
        ...     receipt = client.post_frame(frame)
    """

    _http: httpx.Client

    def _connect(self, options: dict[str, Any]) -> None:
        self._http = httpx.Client(**options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def post_frame(self, frame: CapturedFrame, *, alert: bool = False) -> Receipt:
        """Post a frame; when this returns, the service has it for good.

        Args:
            frame: what was captured.
            alert: whether somebody should know now, however old it is. Without, the service puts
                what is fresh before what can wait.

        Raises:
            Unreachable: no answer; the frame may or may not have been taken, post it again.
            Busy: the service asks to wait.
            Failed: the service could not take it now.
            Unauthorised: the token is not good; keep the frame.
            Refused: the service will never take this frame.
        """
        return self._run(exchanges.post_frame(frame, alert=alert))

    def post_frames(
        self, frames: Sequence[CapturedFrame], *, alert: bool = False
    ) -> list[Receipt | ServiceError]:
        """Post 1 to 32 frames in one request; `alert` as of `post_frame`.

        Returns:
            In the same order, for each its receipt, or the error that `post_frame` would raise.

        Raises:
            ServiceError: none of them was taken, or nobody knows; as `post_frame`.
        """
        return self._run(exchanges.post_frames(frames, alert=alert))

    def post_clip(self, clip: PostableClip) -> ClipReceipt:
        """Post a clip, from where an earlier attempt broke off; see `post_frame`.

        Nothing is remembered between attempts: the clip's key finds its upload again.
        """
        return self._run(exchanges.post_clip(clip))

    def clip(self, clip_id: str) -> ClipStatus:
        """Ask where a clip stands and what was seen in it."""
        return self._run(exchanges.read_clip(clip_id))

    def cameras(self) -> list[Camera]:
        """Ask for the gateway's cameras."""
        return self._run(exchanges.read_cameras())

    def time(self) -> datetime:
        """Ask for the service's clock; timezone-aware."""
        return self._run(exchanges.read_time())

    def report(self, report: GatewayReport) -> None:
        """Tell how the gateway and its cameras stand."""
        self._run(exchanges.post_report(report))

    def _run(self, exchange: Exchange[T]) -> T:
        try:
            request = next(exchange)
            while True:
                request = exchange.send(self._send(request))
        except StopIteration as end:
            result: T = end.value
            return result

    def _send(self, request: Request) -> Answer:
        try:
            with self._http.stream(
                **self._options(request), content=self._counted(request)
            ) as response:
                arriving = Arriving(response)
                for data in response.iter_raw():
                    arriving.add(data)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None
        return arriving.whole()

    def _counted(self, request: Request) -> Iterator[bytes]:
        for data in request.read():
            self._sent(len(data))
            yield data
