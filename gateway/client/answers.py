"""Reading answers: any bytes become a result or one of our errors, nothing else."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import ValidationError

from gateway.client.results import Result
from gateway.client.wire import Answer
from gateway.errors import (
    Busy,
    Failed,
    FieldError,
    NotTheService,
    Refused,
    ServiceError,
    Unauthorised,
)

R = TypeVar("R", bound=Result)

LONGEST_WAIT_S = 3600.0
"""The longest `Retry-After` that is believed: a wrong one may not silence a gateway for days."""

_OURS = "urn:xunjian:problem:"
_LATER = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_CUT_ON_THE_WAY = frozenset({"body-incomplete", "digest-mismatch"})
_LONGEST_DETAIL = 500
_MOST_ERRORS = 20


def read_result(answer: Answer, kind: type[R], *statuses: int) -> R:
    """Read what the service said.

    Args:
        answer: what came.
        kind: what is expected.
        statuses: with which of them.

    Raises:
        ServiceError: it is something else.
    """
    if answer.status not in statuses:
        raise error_of(answer)
    try:
        return kind.model_validate_json(answer.body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        wrong = " ".join([".".join(map(str, first["loc"])), first["msg"]])
        raise NotTheService(
            f"{answer.status}, but not what the service answers: {_plain(wrong.strip())}",
            hint=_SOMETHING_ELSE,
        ) from None


def expect(answer: Answer, *statuses: int) -> None:
    """See that an answer without content has one of these statuses.

    Raises:
        ServiceError: it has another.
    """
    if answer.status not in statuses:
        raise error_of(answer)


def error_of(answer: Answer) -> ServiceError:
    """Return what an answer that is no success means."""
    problem = _problem(answer.body)
    told = None if problem is None else problem_error(problem, answer)
    if told is not None:
        return told
    status = f"{answer.status} {_phrase(answer.status)}".strip()
    if answer.status in _LATER:
        return Busy(status, _wait_of(answer))
    if answer.status >= 500:
        return Failed(status, hint="the service's log says why; what waits is kept")
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Refused(
            f"{status}, told by something before the service",
            answer.status,
            "about:blank",
            hint="let the proxy before the service take larger bodies (nginx: "
            "client_max_body_size)",
        )
    if 300 <= answer.status < 400 and (location := answer.headers.get("location")):
        return NotTheService(
            f"{status}: sent on to {_plain(location.partition('?')[0], 200)}",
            hint="give that address if it is the service's; if it is a Wi-Fi's sign-in page, "
            "sign in first",
        )
    if answer.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return NotTheService(status, hint="give the proxy with its user and password")
    return NotTheService(f"{status}, but not from the service", hint=_SOMETHING_ELSE)


def problem_error(problem: dict[str, Any], answer: Answer) -> ServiceError | None:
    """Return what a problem (RFC 9457) means.

    Args:
        problem: its members.
        answer: the answer that it came in; of several in one answer each has a status of its own.

    Returns:
        None when it is none of the service's.
    """
    kind, status = problem.get("type"), problem.get("status", answer.status)
    if not isinstance(kind, str) or not kind.startswith(_OURS) or type(status) is not int:
        return None
    detail = problem.get("detail")
    text = _plain(detail) if isinstance(detail, str) and detail.strip() else _phrase(status)
    code = kind.removeprefix(_OURS)
    if status in _LATER:
        return Busy(text, _wait_of(answer))
    if status >= 500 or code in _CUT_ON_THE_WAY:
        return Failed(f"{status} {text}", hint="it is tried again by itself")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Unauthorised(
            text,
            status,
            _plain(kind),
            hint="make a token of this gateway with `xunjian token create` and give the gateway "
            "that one",
        )
    if 400 <= status < 500:
        return Refused(text, status, _plain(kind), _field_errors(problem.get("errors")))
    return None


def retry_after_s(value: str, *, date: str | None, received_at: datetime) -> float | None:
    """Read a `Retry-After` (RFC 9110, section 10.2.3): seconds, or an HTTP date.

    Args:
        value: the header.
        date: the answer's own `Date`, by the same clock as an HTTP date: the gateway's may be
            wrong by years.
        received_at: when the answer came, for want of a `date`.

    Returns:
        Seconds, 0 to `LONGEST_WAIT_S`; None when it is neither.
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT_S)
    until = _http_date(text)
    if until is None:
        return None
    seconds = (until - (_http_date(date or "") or received_at)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT_S)


_SOMETHING_ELSE = (
    "check the service's address; behind a Wi-Fi's sign-in page or a proxy, sign in or mend that "
    "first"
)


def _problem(body: bytes) -> dict[str, Any] | None:
    try:
        problem = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return problem if isinstance(problem, dict) else None


def _wait_of(answer: Answer) -> float | None:
    value = answer.headers.get("retry-after")
    if value is None:
        return None
    return retry_after_s(value, date=answer.headers.get("date"), received_at=answer.received_at)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _field_errors(errors: Any) -> list[FieldError]:
    if not isinstance(errors, list):
        return []
    return [
        FieldError(_plain(str(one.get("location", ""))), _plain(str(one.get("message", ""))))
        for one in errors[:_MOST_ERRORS]
        if isinstance(one, dict)
    ]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _plain(text: str, longest: int = _LONGEST_DETAIL) -> str:
    """Return what may stand in a log: one line, nothing that a terminal would obey."""
    line = "".join(c if c.isprintable() else " " for c in text[:longest])
    return line if len(text) <= longest else f"{line}…"
