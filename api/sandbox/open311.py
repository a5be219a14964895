"""The department's Open311 GeoReport v2 server, in XML and JSON, with updates of requests.

Sources: https://wiki.open311.org/GeoReport_v2, and FixMyStreet's `servicerequestupdates`
(https://github.com/mysociety/fixmystreet/wiki/Open311-FMS---Proposed-differences-to-Open311).
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.dispatch.statuses import Status
from api.open311.answers import answer
from api.open311.spark import Format
from api.sandbox.behaviour import TAKES, Behaviour, answer_badly
from api.sandbox.department import CANCELLED, Channel, Department, Offer, Work
from api.sandbox.progress import Progress

_CLOSED = frozenset({Status.DONE, CANCELLED, Status.RETURNED})
# FixMyStreet's extended statuses; what is not here leaves a request open.
_EXTENDED: dict[str, str] = {
    Status.ACCEPTED: "action_scheduled",
    Status.IN_PROGRESS: "in_progress",
    Status.RESUMED: "in_progress",
    Status.DONE: "fixed",
    Status.RETURNED: "not_councils_responsibility",
    CANCELLED: "closed",
}


class GeoReport:
    """The routes of a GeoReport v2 endpoint.

    Args:
        department: where requests go.
        progress: does what the script says of them.
        api_key: what a POST must carry; None wants none.
        services: the service codes.
        gives_tokens: answer with a token first and the number later, as `batch` services do.
    """

    def __init__(
        self,
        department: Department,
        progress: Progress,
        *,
        api_key: str | None,
        services: tuple[str, ...],
        gives_tokens: bool,
    ) -> None:
        self._department = department
        self._progress = progress
        self._api_key = api_key
        self._services = services
        self._gives_tokens = gives_tokens
        resources = (
            ("/services", self._list_services, "GET"),
            ("/requests", self._list_requests, "GET"),
            ("/requests", self._create_request, "POST"),
            ("/requests/{number}", self._show_request, "GET"),
            ("/tokens/{token}", self._show_token, "GET"),
            ("/servicerequestupdates", self._list_updates, "GET"),
            ("/servicerequestupdates", self._take_update, "POST"),
        )
        self.routes = [
            Route(f"{path}.{ending}", endpoint, methods=[method])
            for path, endpoint, method in resources
            for ending in Format
        ]

    async def _list_services(self, request: Request) -> Response:
        kind = "batch" if self._gives_tokens else "realtime"
        services = [
            {
                "service_code": code,
                "service_name": code,
                "description": f"Reports of {code}",
                "metadata": False,
                "type": kind,
                "keywords": "",
                "group": "roads",
            }
            for code in self._services
        ]
        return _answer(request, "services", services)

    async def _create_request(self, request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        if refusal := self._wrong_key(request, form) or self._refusal(request, form):
            return refusal
        offer = _offer(form)
        behaviour = self._department.answer(offer)
        work = None
        if behaviour in TAKES:
            work = self._department.take(offer)
            self._progress.begin(work)
        if work is None or behaviour != Behaviour.TAKE:
            return await answer_badly(behaviour, request)
        if self._gives_tokens:
            return _answer(request, "service_requests", [{"token": f"token-{work.number}"}])
        created = {"service_request_id": work.number, "service_notice": None, "account_id": None}
        return _answer(request, "service_requests", [created], 201)

    async def _list_requests(self, request: Request) -> Response:
        query = request.query_params
        works = self._works()
        if numbers := query.get("service_request_id"):
            works = [work for work in works if work.number in numbers.split(",")]
        if code := query.get("service_code"):
            works = [work for work in works if work.offer.what in code.split(",")]
        if status := query.get("status"):
            works = [work for work in works if _status(work) in status.split(",")]
        try:
            works = [work for work in works if _within(query, work.received_at)]
        except (TypeError, ValueError):
            return _bad_dates(request)
        return _answer(request, "service_requests", [_request(work) for work in works])

    async def _show_request(self, request: Request) -> Response:
        number = request.path_params["number"]
        found = [_request(work) for work in self._works() if work.number == number]
        if not found:
            return _error(request, 404, "service_request_id not found")
        return _answer(request, "service_requests", found)

    async def _show_token(self, request: Request) -> Response:
        token = request.path_params["token"]
        number = token.removeprefix("token-")
        if not any(work.number == number for work in self._works()):
            return _error(request, 404, "token not found")
        found = [{"service_request_id": number, "token": token}]
        return _answer(request, "service_requests", found)

    async def _list_updates(self, request: Request) -> Response:
        try:
            updates = [
                update
                for work in self._works()
                for update in _updates(work)
                if _within(request.query_params, datetime.fromisoformat(update["updated_datetime"]))
            ]
        except (TypeError, ValueError):
            return _bad_dates(request)
        return _answer(request, "service_request_updates", updates)

    async def _take_update(self, request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        if refusal := self._wrong_key(request, form):
            return refusal
        work = next((w for w in self._works() if w.number == form.get("service_request_id")), None)
        if work is None:
            return _error(request, 404, "service_request_id not found")
        behaviour = self._department.answer(None)
        if behaviour in TAKES:
            self._note(work, form)
        if behaviour != Behaviour.TAKE:
            return await answer_badly(behaviour, request)
        taken = [{"update_id": form["update_id"]}]
        return _answer(request, "service_request_updates", taken, 201)

    def _note(self, work: Work, form: Mapping[str, str]) -> None:
        update = Offer(
            channel=Channel.OPEN311,
            key=form["update_id"],
            case_id=work.offer.case_id,
            what=work.offer.what,
            content=_without_key(form),
        )
        if form["status"].lower() == "closed":
            self._department.cancel(update)
        else:
            self._department.note(update, form["description"])

    def _works(self) -> list[Work]:
        """Return the requests; a cancellation is none of them."""
        return [
            work
            for work in self._department.works()
            if work.offer.channel == Channel.OPEN311 and work.offer.what in self._services
        ]

    def _wrong_key(self, request: Request, form: Mapping[str, str]) -> Response | None:
        if self._api_key is None or form.get("api_key") == self._api_key:
            return None
        self._department.refuse()
        return _error(request, 403, "api_key is missing or wrong")

    def _refusal(self, request: Request, form: Mapping[str, str]) -> Response | None:
        if "service_code" not in form:
            return _error(request, 400, "service_code was not provided")
        if form["service_code"] not in self._services:
            return _error(request, 404, "service_code was not found")
        if not (form.get("lat") and form.get("long")) and not form.get("address_string"):
            return _error(request, 400, "lat and long, or address_string, were not provided")
        return None


def _offer(form: Mapping[str, str]) -> Offer:
    try:
        place = float(form["lat"]), float(form["long"])
    except (KeyError, ValueError):
        place = None
    return Offer(
        channel=Channel.OPEN311,
        key=form.get("attribute[idempotency_key]") or secrets.token_hex(8),
        case_id=form.get("attribute[case_id]", ""),
        what=form["service_code"],
        content=_without_key(form),
        place=place,
    )


def _without_key(form: Mapping[str, str]) -> dict[str, Any]:
    return {key: value for key, value in form.items() if key != "api_key"}


def _request(work: Work) -> dict[str, Any]:
    changed = work.said_at
    return {
        "service_request_id": work.number,
        "status": _status(work),
        "status_notes": work.comment or work.status,
        "extended_status": work.status,
        "service_name": work.offer.what,
        "service_code": work.offer.what,
        "description": work.offer.content.get("description"),
        "requested_datetime": work.received_at.isoformat(),
        "updated_datetime": changed.isoformat(),
        "lat": work.offer.content.get("lat"),
        "long": work.offer.content.get("long"),
        "media_url": work.offer.content.get("media_url"),
    }


def _updates(work: Work) -> list[dict[str, Any]]:
    """Return what the department has said of a request, oldest first; it never edits any of it."""
    return [
        {
            "update_id": f"{work.number}-{number}",
            "service_request_id": work.number,
            "status": _EXTENDED.get(word.status, "open"),
            "updated_datetime": word.at.isoformat(),
            "description": word.comment or word.status,
            "media_url": None,
        }
        for number, word in enumerate(work.history)
    ]


def _status(work: Work) -> str:
    return "closed" if work.status in _CLOSED else "open"


def _within(query: Mapping[str, str], at: datetime) -> bool:
    """Say whether a time lies in the span that is asked for.

    Raises:
        TypeError: an end of the span has no time zone.
        ValueError: it is no time.
    """
    start, end = query.get("start_date"), query.get("end_date")
    return (not start or at >= datetime.fromisoformat(start)) and (
        not end or at <= datetime.fromisoformat(end)
    )


def _answer(request: Request, root: str, value: Any, status: int = 200) -> Response:
    """Return a value in the format that the resource's name asks for."""
    answer_format = Format(request.url.path.rpartition(".")[2])
    return answer(answer_format, root, value, status=status)


def _bad_dates(request: Request) -> Response:
    return _error(request, 400, "start_date and end_date are W3C date and time with a time zone")


def _error(request: Request, status: int, description: str) -> Response:
    return _answer(request, "errors", [{"code": status, "description": description}], status)
