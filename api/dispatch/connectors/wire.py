"""HTTP to one department: pinned to its address, short, capped, never redirected, logged masked.

Only 2xx is success. What failed is told apart by whether the department may have taken it: a
request that never left, or that was refused, can be repeated without care; one that was cut off,
timed out or answered 5xx may have been taken.
"""

import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote_plus, urlsplit

import httpx

from api.database import now
from models.errors import XunjianError

T = TypeVar("T")
_BODY_CAP = 4 * 1024 * 1024
_EXCERPT = 2000
_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
WEB_SCHEMES = ("https", "http")
_MASK = "***"
_SIGNATURE = re.compile(r"(signature(?:=|%3D))[0-9A-Za-z%+/=_-]+?(?=&|%26|\"|\s|$)", re.IGNORECASE)
# E-mail addresses, Chinese mobile numbers and identity numbers.
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+|(?<!\w)1[3-9]\d{9}(?!\w)|(?<!\w)\d{17}[\dXx](?!\w)", re.ASCII
)


class DeliveryFailed(XunjianError):
    """The department has not said that it took the message.

    Args:
        message: what happened, for people.
        uncertain: whether the department may have taken it all the same.
        final: whether trying again by itself is of no use, or not allowed.
        gone: whether the department wants no more messages (410).
        retry_after_s: how long it asks to be left alone.
    """

    def __init__(
        self,
        message: str,
        *,
        uncertain: bool = False,
        final: bool = False,
        gone: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.uncertain = uncertain
        self.final = final
        self.gone = gone
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Reply:
    """A department's answer with status 2xx."""

    status_code: int
    body: bytes


def open_client(timeout_s: float) -> httpx.Client:
    """Return the HTTP client of a sender; threads may share it.

    It opens a connection for each request, since a kept one that the other side has just closed
    looks like a request that was taken and not answered. It believes no proxy variables and
    follows no redirects. `SSL_CERT_FILE` names certificates of an authority of one's own.
    """
    return httpx.Client(
        verify=httpx.create_ssl_context(),
        timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 5.0)),
        limits=httpx.Limits(max_keepalive_connections=0),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "Xunjian/1", "Accept-Encoding": "identity"},
    )


class Wire:
    """The line to one destination for one attempt; keeps what the delivery log needs.

    Args:
        client: of `open_client`.
        url: the destination's, as the administrator wrote it.
        timeout_s: how long one request may take in all.
        secrets: texts that must not appear in the log.
        drop_dir: where the folders of departments that get files are.
    """

    def __init__(
        self,
        client: httpx.Client,
        *,
        url: str,
        timeout_s: float,
        secrets: tuple[str, ...] = (),
        drop_dir: Path | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.timeout_s = timeout_s
        self.drop_dir = drop_dir
        self.status_code: int | None = None
        self.request_excerpt: str | None = None
        self.response_excerpt: str | None = None
        self._client = client
        self._secrets = {form for secret in secrets for form in (secret, quote_plus(secret))}

    def request(
        self,
        method: str,
        path: str = "",
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str | list[str]] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask something of the department.

        Args:
            method: `GET` or `POST`.
            path: below the destination's URL, beginning with a slash.
            params: the query.
            form: a form-encoded body; a field with several values stands there several times.
            content: any other body.
            headers: further headers.

        Raises:
            DeliveryFailed: anything but a complete answer with status 2xx.
        """
        request = self._client.build_request(
            method, self.url + path, params=params, data=form, content=content, headers=headers
        )
        self._pinned(request.url)
        self.status_code = self.response_excerpt = None
        body = request.content.decode("utf-8", "replace")
        self.request_excerpt = self._masked(f"{method} {request.url}\n{body}")
        try:
            response, answer = self._exchange(request)
        except httpx.InvalidURL as error:
            raise DeliveryFailed(f"not a usable address: {error}", final=True) from error
        except _NEVER_LEFT as error:
            raise DeliveryFailed(self._masked(f"not reached: {_words(error)}")) from error
        except httpx.HTTPError as error:
            raise DeliveryFailed(
                self._masked(f"no complete answer: {_words(error)}"), uncertain=True
            ) from error
        self.status_code = response.status_code
        self.response_excerpt = self._masked(answer.decode("utf-8", "replace"))
        if not response.is_success:
            raise _refusal(response)
        return Reply(response.status_code, answer)

    def note(self, request: str, response: str | None = None) -> None:
        """Keep for the log what a connector that does not speak HTTP says and hears."""
        self.request_excerpt = self._masked(request)
        self.response_excerpt = None if response is None else self._masked(response)

    def _exchange(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        """Send, and read the answer up to the cap, within the time for the whole of it."""
        deadline = time.monotonic() + self.timeout_s
        response = self._client.send(request, stream=True)
        try:
            answer = bytearray()
            for chunk in response.iter_raw():
                answer += chunk
                if len(answer) > _BODY_CAP:
                    break
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout(f"still answering after {self.timeout_s:g} s")
        finally:
            response.close()
        return response, bytes(answer)

    def _pinned(self, url: httpx.URL) -> None:
        """Refuse every address but the one that the administrator wrote."""
        pinned = httpx.URL(self.url)
        if (url.scheme, url.host, url.port) != (pinned.scheme, pinned.host, pinned.port):
            raise DeliveryFailed(f"{url.host} is not this destination's address", final=True)

    def _masked(self, text: str) -> str:
        text = text.replace("\x00", "�")  # which PostgreSQL cannot store
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return _PERSONAL.sub(_MASK, _SIGNATURE.sub(rf"\1{_MASK}", text))[:_EXCERPT]


def address_problem(url: str, schemes: Collection[str] = WEB_SCHEMES) -> str | None:
    """Return what makes a URL of a host unusable as a destination's address, or None."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return f"the address cannot be read: {error}"
    if parts.scheme not in schemes:
        return f"the address must begin with {' or '.join(f'{name}://' for name in schemes)}"
    if not parts.hostname:
        return "the address names no host"
    if parts.username or parts.password:
        return "the address must hold no user and password; use the secret"
    if parts.query or parts.fragment:
        return "the address must have no query and no fragment"
    return None


def retry_after_s(value: str | None, at: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3), or None."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - at).total_seconds())


def _refusal(response: httpx.Response) -> DeliveryFailed:
    status = response.status_code
    said = f"{status} {response.reason_phrase}".strip()
    if status == httpx.codes.GONE:
        return DeliveryFailed(f"answered {said}: wants no more messages", gone=True, final=True)
    if response.is_redirect or 300 <= status < 400:
        return DeliveryFailed(f"answered {said}; redirects are not followed")
    return DeliveryFailed(
        f"answered {said}",
        uncertain=status >= 500 or status == httpx.codes.REQUEST_TIMEOUT,
        retry_after_s=retry_after_s(response.headers.get("Retry-After"), now()),
    )


def _words(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()


def parsed(reply: Reply, parse: Callable[[bytes], T]) -> T:
    """Return what `parse` makes of a reply's bytes.

    Raises:
        DeliveryFailed: it cannot be read, so that nobody knows whether the request was taken.
    """
    try:
        return parse(reply.body)
    except ValueError as error:
        raise DeliveryFailed(
            f"answered {reply.status_code} with something that cannot be read", uncertain=True
        ) from error
