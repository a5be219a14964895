"""The errors the service answers with, as problem details (RFC 9457).

XunjianError
└── ProblemError            any answer that is not a success
    ├── BadRequest          400
    ├── Unauthenticated     401
    ├── Forbidden           403
    ├── NotFound            404
    ├── TooSlow             408
    ├── Conflict            409
    ├── TooLarge            413
    ├── Unsupported         415
    │   └── UnsupportedPicture
    ├── Unprocessable       422
    ├── TooBusy             429, with Retry-After
    └── Unavailable         503, with Retry-After
"""

from typing import Any

from models.errors import XunjianError


class ProblemError(XunjianError):
    """An error with an HTTP status and a stable code that clients can act on.

    Args:
        detail: what is wrong and how to mend it, in one or two sentences.
        code: a stable kebab-case name of the problem, the last part of its `type`.
        retry_after_s: whole seconds after which to try again, sent as `Retry-After`.
        extra: further members of the problem object (for example `errors`).
    """

    status = 500
    title = "Internal error"

    def __init__(
        self,
        detail: str,
        *,
        code: str,
        retry_after_s: int | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.retry_after_s = retry_after_s
        self.extra = extra or {}

    def body(self, instance: str) -> dict[str, Any]:
        """Return the members of the problem object."""
        return {
            "type": f"urn:xunjian:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            **self.extra,
        }


class BadRequest(ProblemError):
    """The request cannot be understood."""

    status, title = 400, "Bad request"


class Unauthenticated(ProblemError):
    """Nobody, or nobody valid, is named by the request."""

    status, title = 401, "Not signed in"


class Forbidden(ProblemError):
    """The caller is known and may not do this."""

    status, title = 403, "Not allowed"


class NotFound(ProblemError):
    """The object does not exist, or the caller may not know that it does."""

    status, title = 404, "Not found"


class TooSlow(ProblemError):
    """The request did not arrive in time."""

    status, title = 408, "Too slow"


class Conflict(ProblemError):
    """The object is in a state that does not allow this."""

    status, title = 409, "Conflict"


class TooLarge(ProblemError):
    """More bytes or pixels than allowed."""

    status, title = 413, "Too large"


class Unsupported(ProblemError):
    """Not a kind of content that is taken."""

    status, title = 415, "Unsupported content"


class UnsupportedPicture(Unsupported):
    """Not a picture that is taken, or not the kind it says it is."""

    title = "Unsupported picture"


class Unprocessable(ProblemError):
    """Well-formed, but with values that make no sense."""

    status, title = 422, "Unprocessable"


class TooBusy(ProblemError):
    """The queue is full; the caller keeps the frame and tries later."""

    status, title = 429, "Too busy"


class Unavailable(ProblemError):
    """A store that must be written to is down."""

    status, title = 503, "Unavailable"
