"""Why a frame is not taken: every error on its way as a problem that says what to do."""

import math

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.errors import (
    ProblemError,
    TooBusy,
    TooLarge,
    Unavailable,
    Unprocessable,
    UnsupportedPicture,
)
from api.evidence.errors import ObjectStoreError, StoreMisconfigured
from inference.errors import (
    PictureCorrupt,
    PictureError,
    PictureMislabelled,
    PictureTooLarge,
    PictureTruncated,
    PictureUnsupported,
    PoolClosed,
    PoolFull,
)

_PICTURES: dict[type[PictureError], tuple[type[ProblemError], str]] = {
    PictureTooLarge: (TooLarge, "picture-too-large"),
    PictureUnsupported: (UnsupportedPicture, "picture-unsupported"),
    PictureMislabelled: (UnsupportedPicture, "picture-mislabelled"),
    PictureTruncated: (Unprocessable, "picture-truncated"),
    PictureCorrupt: (Unprocessable, "picture-corrupt"),
}
_AGAIN_S, _AFTER_REPAIR_S = 5, 30


def as_problem(error: Exception) -> ProblemError | None:
    """Return the problem that a gateway is told of, or None for an error nobody expected."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, PictureError):
        problem, code = _PICTURES[type(error)]
        return problem(_sentence(error), code=code)
    if isinstance(error, PoolFull):
        return queue_full(error.retry_after_s)
    if isinstance(error, PoolClosed):
        return Unavailable(
            "The service is stopping; post the frame again.",
            code="stopping",
            retry_after_s=_AGAIN_S,
        )
    if isinstance(error, ObjectStoreError):
        permanent = isinstance(error, StoreMisconfigured)
        return Unavailable(
            "The picture cannot be stored; nothing was kept. Post the frame again.",
            code="object-store-unavailable",
            retry_after_s=_AFTER_REPAIR_S if permanent else _AGAIN_S,
        )
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return Unavailable(
            "The database does not answer; nothing was kept. Post the frame again.",
            code="database-unavailable",
            retry_after_s=_AGAIN_S,
        )
    return None


def queue_full(expected_wait_s: float) -> TooBusy:
    """Return the answer to a frame that would wait where its gateway may let no more wait."""
    return _again(
        "All workers are busy and as many frames wait as may, of all gateways or of yours",
        "queue-full",
        expected_wait_s,
    )


def memory_full(expected_wait_s: float) -> TooBusy:
    """Return the answer to a body that there is no memory for now."""
    return _again(
        "The bodies of other requests, or of your others, take the memory that bodies may",
        "memory-full",
        expected_wait_s,
    )


def wait_too_long(expected_wait_s: float) -> TooBusy:
    """Return the answer to a frame that nobody would wait for until its turn came."""
    return _again(
        "Its turn would come later than you wait for the answer (`Prefer: wait=SECONDS`)",
        "wait-too-long",
        expected_wait_s,
    )


def _again(why: str, code: str, expected_wait_s: float) -> TooBusy:
    return TooBusy(
        f"{why}; keep the frame and post it again.",
        code=code,
        retry_after_s=max(1, math.ceil(expected_wait_s)),
    )


def _sentence(error: PictureError) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}." + (f" {error.hint}" if error.hint else "")
