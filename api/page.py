"""Serves the operators' page, built by `make web` into `api/web/dist`."""

import secrets
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

DIST = Path(__file__).parent / "web" / "dist"
_NONCE = "__CSP_NONCE__"
_NOT_BUILT = (
    "<!doctype html><title>Xunjian</title><p>The page is not built yet: run <code>make web</code> "
    "and reload. The service itself works; see <a href=/openapi.json>its description</a>."
)


class Page:
    """The ASGI application behind every path that is not the API's.

    Files of `dist` are served as they are; any other path without a suffix is a place inside the
    page and gets `index.html`. Scripts come from this host only, styles too or with the nonce
    that is new in each answer; nothing at all comes from other hosts.

    Args:
        dist: the folder of built files.
    """

    def __init__(self, dist: Path = DIST) -> None:
        self._dist = dist.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for the page or one of its files."""
        if scope["type"] != "http":
            raise RuntimeError("the page is served over HTTP only")
        request = Request(scope, receive)
        await self._answer(request)(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path = request.url.path
        if request.method not in ("GET", "HEAD") or path == "/v1" or path.startswith("/v1/"):
            raise HTTPException(404)
        file = self._file(path)
        if file is not None:
            hashed = path.startswith("/assets/")
            cache = "public, max-age=31536000, immutable" if hashed else "no-cache"
            return FileResponse(file, headers={"Cache-Control": cache})
        if Path(path).suffix:
            raise HTTPException(404)
        return self._index()

    def _file(self, path: str) -> Path | None:
        try:
            file = (self._dist / path.lstrip("/")).resolve()
            found = file.is_file()
        except (OSError, ValueError):  # too long, or with a NUL
            return None
        within = file.is_relative_to(self._dist)
        return file if found and within and file.suffix != ".html" else None

    def _index(self) -> Response:
        nonce = secrets.token_urlsafe(16)
        index = self._dist / "index.html"
        html = index.read_text(encoding="utf-8") if index.is_file() else _NOT_BUILT
        policy = (
            "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
            f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
            "media-src 'self' blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )
        return HTMLResponse(
            html.replace(_NONCE, nonce),
            headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"},
        )
