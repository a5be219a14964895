"""How the service is reached: what both clients are made with, and why it was not reached."""

import re
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from gateway.client.wire import Answer, Request
from gateway.errors import NotTheService, SettingInvalid, Unreachable

_TOKEN = re.compile(r"[\x21-\x7e]+")
_MOST_ANSWER_BYTES = 8 * 1024**2
_CONNECT_S = 10.0


class Connection:
    """What `Client` and `AsyncClient` share; see there.

    Args:
        url: the service, for example `https://xunjian.example.org`.
        token: the gateway's token, `xj_…`. No error and no log holds it.
        timeout_s: how long to wait for the next bytes of an answer; at most 10 s of it for the
            connection.
        connections: the most connections at once, 1 or more.
        ca_file: certificates (PEM) of the authorities to be believed instead of the public ones.
        pinned_certificate: the service's own certificate (PEM): no other is believed, and the name
            in it does not matter.
        proxy: the address of an HTTP proxy. Without one the environment decides (`HTTPS_PROXY`,
            `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), as with curl.
        on_sent: called with the bytes of a body as they go out, from the posting threads.

    Raises:
        SettingInvalid: one of these makes no sense; the message names it.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout_s: float = 30.0,
        connections: int = 32,
        ca_file: Path | None = None,
        pinned_certificate: Path | None = None,
        proxy: str | None = None,
        on_sent: Callable[[int], None] | None = None,
    ) -> None:
        self.url = _checked_url(url)
        if not _TOKEN.fullmatch(token):
            raise SettingInvalid(
                "the token is empty, or has spaces, line breaks or other signs in it",
                hint="give the token alone, as `xunjian token create` printed it: xj_…",
            )
        self._on_sent = on_sent
        options: dict[str, Any] = {
            "base_url": self.url,
            "headers": {
                "Authorization": f"Bearer {token}",
                "Accept-Encoding": "identity",
                "Prefer": f"wait={max(int(timeout_s), 1)}",  # RFC 7240, section 4.3
            },
            "timeout": httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_S)),
            "limits": httpx.Limits(max_connections=connections),
        }
        if ca_file is not None or pinned_certificate is not None:
            options["verify"] = tls_context(ca_file=ca_file, pinned_certificate=pinned_certificate)
        try:
            self._connect(options | {"proxy": proxy})
        except (ValueError, ImportError, httpx.InvalidURL):
            raise SettingInvalid(
                "the proxy cannot be used",
                hint="write it like http://proxy.example.org:3128, no SOCKS; it may also come "
                "from HTTPS_PROXY, HTTP_PROXY or ALL_PROXY",
            ) from None
        except OSError as error:
            raise SettingInvalid(
                f"the certificates cannot be read: {error.strerror or error}",
                hint="mend SSL_CERT_FILE and SSL_CERT_DIR of the environment, or unset them",
            ) from None

    def _connect(self, options: dict[str, Any]) -> None:
        raise NotImplementedError

    def _options(self, request: Request) -> dict[str, Any]:
        headers = dict(request.headers)
        if request.size or request.method not in ("GET", "HEAD"):
            headers["Content-Length"] = b"%d" % request.size
        return {"method": request.method, "url": request.path, "headers": headers}

    def _sent(self, count: int) -> None:
        if self._on_sent is not None:
            self._on_sent(count)

    def _unreachable(self, error: httpx.HTTPError) -> Unreachable:
        return Unreachable(f"{self.url}: {error or type(error).__name__}", hint=_hint(error))


class Arriving:
    """An answer's body as it comes, and no more of it than an answer can have.

    Args:
        response: its beginning.
    """

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._body = bytearray()

    def add(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            NotTheService: there are too many.
        """
        self._body += data
        if len(self._body) > _MOST_ANSWER_BYTES:
            raise NotTheService(
                f"an answer of more than {_MOST_ANSWER_BYTES} bytes, which the service never gives",
                hint="check the service's address",
            )

    def whole(self) -> Answer:
        """Return the answer, when all of it has come."""
        headers = {name.lower(): value for name, value in self._response.headers.items()}
        return Answer(self._response.status_code, headers, bytes(self._body), datetime.now(UTC))


def tls_context(*, ca_file: Path | None, pinned_certificate: Path | None) -> ssl.SSLContext:
    """Make what decides which service is believed.

    Args:
        ca_file: authorities' certificates; names and dates are checked as ever.
        pinned_certificate: the one certificate that is believed, until it ends; a service in a
            closed network may have made it itself, and may be reached under any name or address.

    Raises:
        SettingInvalid: both are given, or a file holds no certificate.
    """
    if ca_file is not None and pinned_certificate is not None:
        raise SettingInvalid(
            "a CA file and a pinned certificate were both given",
            hint="give the CA file to believe what it has signed, or the certificate to believe "
            "nothing else",
        )
    path = ca_file or pinned_certificate
    try:
        context = ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror if isinstance(error, FileNotFoundError) else "holds no certificate"
        raise SettingInvalid(
            f"{path}: {reason}",
            hint="give a PEM file, which begins with -----BEGIN CERTIFICATE-----",
        ) from None
    if pinned_certificate is not None:
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is trusted
    return context


def _checked_url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError):
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise SettingInvalid(
            "the service's address makes no sense",
            hint="write it like https://xunjian.example.org",
        )
    if url.userinfo:
        raise SettingInvalid(
            "the service's address holds a user or password",
            hint="leave it out; the token says who posts",
        )
    return str(url).rstrip("/")


def _hint(error: httpx.HTTPError) -> str:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            "the service's certificate is not believed: give its authority's file as the CA file, "
            "or the certificate itself as the pinned one; see that the clock is right"
        )
    if "SSL" in text:
        return "no TLS is spoken there: check https:// and the port"
    if isinstance(error, httpx.ProxyError):
        return "the proxy refuses: check its address, user and password"
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "check the service's address and port, that it runs, and this machine's network"
    if isinstance(error, httpx.TimeoutException):
        return "the link or the service is slow; it is tried again by itself"
    return "the connection broke off; it is tried again by itself"
