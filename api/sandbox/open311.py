"""The department's Open311 GeoReport v2 server, JSON only.

Source: https://wiki.open311.org/GeoReport_v2.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.sandbox.behaviour import TAKES, Behaviour, answer_badly
from api.sandbox.department import Channel, Department, Offer, Work
from api.sandbox.progress import Progress

_CLOSED = frozenset({"done", "cancelled", "returned"})


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
        self.routes = [
            Route("/services.json", self._list_services),
            Route("/requests.json", self._list_requests),
            Route("/requests.json", self._create_request, methods=["POST"]),
            Route("/requests/{number}.json", self._show_request),
            Route("/tokens/{token}.json", self._show_token),
        ]

    async def _list_services(self, request: Request) -> Response:
        kind = "batch" if self._gives_tokens else "realtime"
        return JSONResponse(
            [
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
        )

    async def _create_request(self, request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        if refusal := self._refusal(form):
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
            return JSONResponse([{"token": f"token-{work.number}"}], 200)
        return JSONResponse(
            [{"service_request_id": work.number, "service_notice": None, "account_id": None}], 201
        )

    async def _list_requests(self, request: Request) -> Response:
        query = request.query_params
        works = [work for work in self._department.works() if work.offer.channel == Channel.OPEN311]
        if numbers := query.get("service_request_id"):
            works = [work for work in works if work.number in numbers.split(",")]
        if code := query.get("service_code"):
            works = [work for work in works if work.offer.what in code.split(",")]
        if status := query.get("status"):
            works = [work for work in works if _status(work) in status.split(",")]
        try:
            if start := query.get("start_date"):
                works = [w for w in works if w.received_at >= datetime.fromisoformat(start)]
            if end := query.get("end_date"):
                works = [w for w in works if w.received_at <= datetime.fromisoformat(end)]
        except (TypeError, ValueError):
            return _error(400, "start_date and end_date are W3C date and time with a time zone")
        return JSONResponse([_request(work) for work in works])

    async def _show_request(self, request: Request) -> Response:
        number = request.path_params["number"]
        found = [_request(work) for work in self._department.works() if work.number == number]
        return JSONResponse(found) if found else _error(404, "service_request_id not found")

    async def _show_token(self, request: Request) -> Response:
        token = request.path_params["token"]
        number = token.removeprefix("token-")
        if not any(work.number == number for work in self._department.works()):
            return _error(404, "token not found")
        return JSONResponse([{"service_request_id": number, "token": token}])

    def _refusal(self, form: Mapping[str, str]) -> Response | None:
        if self._api_key is not None and form.get("api_key") != self._api_key:
            self._department.refuse()
            return _error(403, "api_key is missing or wrong")
        if "service_code" not in form:
            return _error(400, "service_code was not provided")
        if form["service_code"] not in self._services:
            return _error(404, "service_code was not found")
        if not (form.get("lat") and form.get("long")) and not form.get("address_string"):
            return _error(400, "lat and long, or address_string, were not provided")
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
        content={key: value for key, value in form.items() if key != "api_key"},
        place=place,
    )


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


def _status(work: Work) -> str:
    return "closed" if work.status in _CLOSED else "open"


def _error(status: int, description: str) -> JSONResponse:
    return JSONResponse([{"code": status, "description": description}], status)
