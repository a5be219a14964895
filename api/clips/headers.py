"""What an upload says in its headers.

Resumable Uploads for HTTP (draft-ietf-httpbis-resumable-upload), Digest Fields (RFC 9530),
Structured Field Values (RFC 9651).
"""

import base64
import binascii
import re
from dataclasses import dataclass

from starlette.datastructures import Headers

from api.errors import BadRequest

_INTEGER = re.compile(r"\d{1,15}")
_SHA256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]*):")
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class UploadHeaders:
    """What the headers of a request say of an upload.

    Attributes:
        complete: whether the clip ends with this request; a client that knows nothing of
            resumable uploads sends the whole clip at once.
        offset: where the request's content begins in the clip, if it says so.
        length: bytes of the whole clip, if it says so.
        content_length: bytes of the request's content, if it says so.
        empty: whether the request has no content.
        content_digest: SHA-256 of the request's content, if it says so, hexadecimal.
        repr_digest: SHA-256 of the whole clip, if it says so, hexadecimal.
    """

    complete: bool
    offset: int | None
    length: int | None
    content_length: int | None
    empty: bool
    content_digest: str | None
    repr_digest: str | None


def read_headers(headers: Headers) -> UploadHeaders:
    """Read the headers of a request that brings bytes of a clip.

    Raises:
        BadRequest: one of them cannot be understood, or they contradict each other.
    """
    complete = headers.get("upload-complete", "?1")
    if complete not in ("?0", "?1"):
        raise BadRequest("Upload-Complete is ?0 or ?1.", code="upload-headers")
    content_length = _integer(headers, "content-length")
    offset = _integer(headers, "upload-offset")
    length = _integer(headers, "upload-length")
    if complete == "?1" and content_length is not None:
        ends_at = (offset or 0) + content_length
        if length is not None and length != ends_at:
            raise BadRequest(
                f"Upload-Length says {length} bytes, but the clip ends with this request at "
                f"{ends_at}.",
                code="inconsistent-upload-length",
            )
        length = ends_at
    return UploadHeaders(
        complete=complete == "?1",
        offset=offset,
        length=length,
        content_length=content_length,
        empty=not content_length and "transfer-encoding" not in headers,
        content_digest=_digest(headers, "content-digest"),
        repr_digest=_digest(headers, "repr-digest"),
    )


def _integer(headers: Headers, name: str) -> int | None:
    text = headers.get(name)
    if text is None:
        return None
    if not _INTEGER.fullmatch(text):
        raise BadRequest(f"{name.title()} is a whole number of bytes.", code="upload-headers")
    return int(text)


def _digest(headers: Headers, name: str) -> str | None:
    text = headers.get(name)
    if text is None:
        return None
    match = _SHA256.search(text)
    if match is None:
        return None  # of an algorithm that we do not compute: RFC 9530 lets us pass over it
    try:
        digest = base64.b64decode(match[1], validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != _DIGEST_BYTES:
        raise BadRequest(
            f"{name.title()} holds no SHA-256: write sha-256=:BASE64:.", code="upload-headers"
        )
    return digest.hex()
