"""Around every request: its id, how long it took, one line of log, and security headers."""

import re
import time
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.database import new_id
from api.metrics import Metrics
from api.problems import unexpected_problem

_REQUEST_ID = re.compile(r"[\w.-]{1,64}")
# Asked so often that only what goes wrong is worth a line; the metrics count the rest.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics", "/v1/frames"})
_ERROR = 400
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_log = structlog.get_logger("xunjian.http")


class RequestMiddleware:
    """Gives a request its id, measures and logs it, and sets the headers a route has not set.

    Pure ASGI: it stands on the hot path and must cost next to nothing. The log has the route's
    template and never the query, which may hold a position or a signature.

    Args:
        app: the application within.
        metrics: where the time is recorded.
        https: people come over HTTPS, and browsers are told to keep to it.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, https: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._headers = dict(_HEADERS)
        if https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            _log.exception("unexpected error")
            if status:  # the answer has begun: nothing better can be said any more
                raise
            answer = unexpected_problem(Request(scope))
            await answer(scope, receive, send_with_headers)
        finally:
            self._tell(scope, status, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        template = getattr(route, "path", "other")
        method = scope["method"]
        self._metrics.request_seconds.labels(method, template, str(status)).observe(seconds)
        if template not in _QUIET or status >= _ERROR:
            _log.info(
                "request",
                method=method,
                route=template,
                status=status,
                duration_ms=round(seconds * 1000, 1),
            )
