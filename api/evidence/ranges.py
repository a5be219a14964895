"""Byte ranges (RFC 9110, section 14), which players need to seek in a video."""

import re

from starlette.requests import Request
from starlette.responses import Response

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def ranged(request: Request, data: bytes, *, media_type: str, headers: dict[str, str]) -> Response:
    """Answer with what of some bytes was asked for.

    A range that is none, several of them, and a range of another version (`If-Range`) are answered
    with everything, as the standard allows.

    Args:
        request: with `Range` and `If-Range`, or without.
        data: everything.
        media_type: of the data.
        headers: further ones; an `ETag` among them is what `If-Range` is held against.

    Returns:
        200 with everything, 206 with a part, or 416 where the part lies behind the end.
    """
    headers = {**headers, "Accept-Ranges": "bytes"}
    span = _span(request, len(data), headers.get("ETag"))
    if span is None:
        return Response(data, headers=headers, media_type=media_type)
    start, end = span
    if start >= end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
    return Response(data[start:end], status_code=206, headers=headers, media_type=media_type)


def _span(request: Request, size: int, etag: str | None) -> tuple[int, int] | None:
    """Return the first byte asked for and the one after the last, None for all of them."""
    asked = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if asked is None or request.headers.get("if-range", etag) != etag:
        return None
    first, last = asked.groups()
    if first:
        if last and int(last) < int(first):
            return None
        return int(first), min(size, int(last) + 1) if last else size
    if last:
        return max(0, size - int(last)), size if int(last) else 0
    return None
