"""Requests and answers as values, so that only two small drivers do input and output."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias, TypeVar

T = TypeVar("T")

_SLICE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    Args:
        method: its method.
        path: under the service's address, with its query; begins with a slash.
        headers: its headers but those of the connection.
        size: the bytes of its body.
        read: reads the body from its beginning.
    """

    method: str
    path: str
    headers: Mapping[str, bytes] = field(default_factory=dict)
    size: int = 0
    read: Callable[[], Iterator[bytes]] = lambda: iter(())

    @classmethod
    def of(cls, method: str, path: str, headers: Mapping[str, bytes], body: bytes) -> "Request":
        """Make a request whose body is in memory."""

        def read() -> Iterator[bytes]:
            for start in range(0, len(body), _SLICE):
                yield body[start : start + _SLICE]

        return cls(method, path, headers, len(body), read)


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole HTTP answer.

    Args:
        status: its status.
        headers: by their names in lower case.
        body: its content, decoded.
        received_at: when it came, by the gateway's clock; timezone-aware.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


Exchange: TypeAlias = Generator[Request, Answer, T]
"""Requests that are sent one after the other, each when the last one was answered."""
