"""Multipart bodies as devices write them: parts may lack names, and are more than form data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.errors import BadRequest

_MOST_PARTS = 32
_LONGEST_BOUNDARY = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body.

    Attributes:
        name: what the form calls it; empty without.
        filename: empty without.
        content_type: lower case, without parameters; empty without.
        content_id: without its angle brackets; empty without.
        data: its bytes.
    """

    name: str
    filename: str
    content_type: str
    content_id: str
    data: bytes


def read_parts(body: bytes, content_type: str) -> list[Part]:
    """Read a multipart body (RFC 2046): form data, mixed, or related.

    Args:
        body: all of it.
        content_type: the header that says how its parts are told apart.

    Raises:
        BadRequest: it is not well-formed, ends early, or has more than 32 parts.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise _unreadable("its Content-Type names no boundary")
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise _unreadable(str(error)) from None
    if not reader.ended:
        raise _unreadable("it ends before its last boundary")
    return reader.parts


def _unreadable(why: str) -> BadRequest:
    return BadRequest(f"The multipart body cannot be read: {why}.", code="multipart-invalid")


@dataclass
class _Reader:
    """Gathers what the parser calls out."""

    parts: list[Part] = field(default_factory=list)
    ended: bool = False
    _headers: dict[str, bytes] = field(default_factory=dict)
    _name: bytes = b""
    _value: bytes = b""
    _data: list[bytes] = field(default_factory=list)

    def callbacks(self) -> Any:
        """Return what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._gather("_name"),
            "on_header_value": self._gather("_value"),
            "on_header_end": self._header,
            "on_part_data": lambda data, start, end: self._data.append(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _gather(self, into: str) -> Callable[[bytes, int, int], None]:
        def gather(data: bytes, start: int, end: int) -> None:
            setattr(self, into, getattr(self, into) + data[start:end])

        return gather

    def _begin(self) -> None:
        if len(self.parts) == _MOST_PARTS:
            raise _unreadable(f"it has more than {_MOST_PARTS} parts")
        self._headers, self._data = {}, []

    def _header(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value
        self._name = self._value = b""

    def _end(self) -> None:
        _, disposition = parse_options_header(self._headers.get("content-disposition"))
        kind, _ = parse_options_header(self._headers.get("content-type"))
        self.parts.append(
            Part(
                name=_text(disposition.get(b"name")),
                filename=_text(disposition.get(b"filename")),
                content_type=_text(kind).lower(),
                content_id=_text(self._headers.get("content-id")).strip().strip("<>"),
                data=b"".join(self._data),
            )
        )

    def _finish(self) -> None:
        self.ended = True


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
