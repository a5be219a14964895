"""Answers as GA/T 1400.4 has them: a status for the request, or one for each of its items.

Status codes and the members of a status: GA/T 1400.4-2017, ConfirmStatusType and ResponseStatus;
checked against the public implementations nanguantong/gat-1400 (`gat1400_status_code.h`, its
examples of answers) and 648540858/wvp-GB28181-pro.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from starlette.responses import Response

from api.errors import ProblemError
from models.errors import XunjianError

MEDIA_TYPE = "application/VIID+JSON;charset=UTF-8"
TIME_FORMAT = "%Y%m%d%H%M%S"

_AGAIN_LATER = frozenset({408, 429, 503})
_NOT_ALLOWED = frozenset({401, 403, 404, 409})


class StatusCode(IntEnum):
    """What became of a request or an item."""

    OK = 0
    OTHER_ERROR = 1
    DEVICE_BUSY = 2
    DEVICE_ERROR = 3
    INVALID_OPERATION = 4
    INVALID_XML_FORMAT = 5
    INVALID_XML_CONTENT = 6
    INVALID_JSON_FORMAT = 7
    INVALID_JSON_CONTENT = 8
    REBOOT = 9

    @classmethod
    def of(cls, problem: ProblemError) -> "StatusCode":
        """Return the code that tells a device of a problem."""
        if problem.status in _AGAIN_LATER:
            return cls.DEVICE_BUSY
        return cls.INVALID_OPERATION if problem.status in _NOT_ALLOWED else cls.INVALID_JSON_CONTENT


class ItemRefused(XunjianError):
    """An item is not taken.

    Args:
        code: what the device is told.
        text: why, for whoever reads the device's log.
    """

    def __init__(self, code: StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class RequestRefused(ItemRefused):
    """A whole request is not taken.

    Args:
        code: what the device is told.
        text: why.
        http_status: of the answer.
        challenges: values of `WWW-Authenticate`.
    """

    def __init__(
        self, code: StatusCode, text: str, *, http_status: int, challenges: Sequence[str] = ()
    ) -> None:
        super().__init__(code, text)
        self.http_status = http_status
        self.challenges = challenges


@dataclass(frozen=True, slots=True)
class Status:
    """What became of a request or an item.

    Attributes:
        code: as a number.
        text: in words.
        item_id: the device's name of the item, or the device's own identifier; empty if unknown.
        retry_after_s: seconds after which to try again, None where that helps nothing.
    """

    code: StatusCode = StatusCode.OK
    text: str = "OK"
    item_id: str = ""
    retry_after_s: int | None = None

    def body(self, path: str, at: datetime) -> dict[str, Any]:
        """Return the members of a ResponseStatusObject.

        Args:
            path: of the request.
            at: the time now, in the installation's time zone.
        """
        return {
            "RequestURL": path,
            "StatusCode": int(self.code),
            "StatusString": self.text,
            "Id": self.item_id,
            "LocalTime": at.strftime(TIME_FORMAT),
        }


def answer(
    content: Mapping[str, Any], http_status: int = 200, *, retry_after_s: int | None = None
) -> Response:
    """Return an answer in the standard's media type."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    text = json.dumps(content, ensure_ascii=False)
    return Response(text, http_status, headers, media_type=MEDIA_TYPE)


def answer_items(statuses: Sequence[Status], path: str, at: datetime) -> Response:
    """Return the answer to a list; 503 when any of its items should come again.

    The device may send the whole list again: what was taken is recognised.
    """
    waits = [one.retry_after_s for one in statuses if one.retry_after_s is not None]
    bodies = [one.body(path, at) for one in statuses]
    return answer(
        {"ResponseStatusListObject": {"ResponseStatusObject": bodies}},
        503 if waits else 200,
        retry_after_s=max(waits, default=None),
    )
