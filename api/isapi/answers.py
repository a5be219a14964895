"""Answers as ISAPI words them: `ResponseStatus`, in XML or JSON as the device spoke."""

import json
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.responses import Response

from api.errors import ProblemError, TooBusy, TooLarge, TooSlow, Unauthenticated, Unavailable

_NAMESPACE = "http://www.isapi.org/ver20/XMLSchema"
_CHALLENGE = 'Basic realm="Xunjian", charset="UTF-8"'

Status = tuple[int, str, str]
"""statusCode, statusString, subStatusCode."""

_OK: Status = (1, "OK", "ok")
_BUSY: Status = (2, "Device Busy", "deviceBusy")
_REFUSED: Status = (4, "Invalid Operation", "lowPrivilege")
_INVALID: Status = (6, "Invalid Content", "badParameters")


def taken(*, as_json: bool) -> Response:
    """Return that an alarm was taken."""
    return _answer(200, _OK, as_json=as_json)


def refused(problem: ProblemError, *, as_json: bool) -> Response:
    """Return why an alarm is not taken.

    Whatever passes by itself is 503, after which devices send again what they have kept.
    """
    if isinstance(problem, TooBusy | Unavailable | TooSlow):
        answer = _answer(503, _BUSY, as_json=as_json)
        answer.headers["Retry-After"] = str(problem.retry_after_s or 1)
        return answer
    if isinstance(problem, Unauthenticated):
        answer = _answer(401, _REFUSED, as_json=as_json)
        answer.headers["WWW-Authenticate"] = _CHALLENGE
        return answer
    if problem.status == 403:
        return _answer(403, _REFUSED, as_json=as_json)
    return _answer(413 if isinstance(problem, TooLarge) else 400, _INVALID, as_json=as_json)


def _answer(http_status: int, status: Status, *, as_json: bool) -> Response:
    names = ("statusCode", "statusString", "subStatusCode")
    if as_json:
        body = json.dumps(dict(zip(names, status, strict=True))).encode()
        return Response(body, http_status, media_type="application/json")
    root = Element("ResponseStatus", version="2.0", xmlns=_NAMESPACE)
    for name, value in zip(names, status, strict=True):
        SubElement(root, name).text = str(value)
    body = tostring(root, encoding="UTF-8", xml_declaration=True)
    return Response(body, http_status, media_type="application/xml")
