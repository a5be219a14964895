"""Open311 GeoReport v2, the server's side, read-only: any 311 client can follow our cases.

Sources: https://wiki.open311.org/GeoReport_v2, https://wiki.open311.org/Service_Discovery, and
FixMyStreet's `servicerequestupdates`
(https://github.com/mysociety/fixmystreet/wiki/Open311-FMS---Proposed-differences-to-Open311).

It is described by those pages and by service discovery, not by our OpenAPI document: its formats
and its errors are its own.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.dependencies import BearerDep, CookieDep, Services, ServicesDep, allow, current_credential
from api.errors import Unauthenticated
from api.open311 import service
from api.open311.answers import GeoReportRoute, answer
from api.open311.asking import MOST, names, span, standings
from api.open311.service import Asked, Reader
from api.open311.spark import MEDIA_TYPES, Format
from api.permissions import Action

router = APIRouter(route_class=GeoReportRoute, include_in_schema=False)

_ROOT = "/open311/v2"
_CHANGESET = "2026-11-22T00:00:00Z"  # when service discovery was changed last
_allowed = allow(Action.CASES_READ)
_Listed = Annotated[str | None, Query(max_length=20_000, description="comma-delimited")]
_Moment = Annotated[str | None, Query(max_length=40, description="W3C date and time")]


async def reader(
    request: Request, services: ServicesDep, bearer: BearerDep, cookie: CookieDep
) -> Reader:
    """Return who asks: a person or a token that may read cases, or the public.

    Raises:
        Unauthenticated: nobody is named, and no class is public.
        Forbidden: the role may not read cases.
    """
    if bearer is None and cookie is None:
        public = services.settings.open311_classes
        if not public:
            raise Unauthenticated(
                "No class is public here: send a token as `Authorization: Bearer xj_…`.",
                code="not-signed-in",
            )
        return Reader(classes=frozenset(public), camera_ids=None)
    principal = await _allowed(await current_credential(request, bearer, cookie))
    return Reader(classes=None, camera_ids=principal.camera_ids)


ReaderDep = Annotated[Reader, Depends(reader)]


@router.get("/open311/discovery.{answer_format}")
def show_open311_discovery(answer_format: Format, services: ServicesDep) -> Response:
    """Return where the interface is and what it speaks (Open311 service discovery)."""
    url = services.settings.public_url.rstrip("/")
    discovery = {
        "changeset": _CHANGESET,
        "contact": f"Whoever runs {url}",
        "key_service": "Public classes need no key; for all others ask the administrator for a "
        "token and send it as Authorization: Bearer",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": url + _ROOT,
                "changeset": _CHANGESET,
                "type": "production",
                "formats": [kind.partition(";")[0] for kind in MEDIA_TYPES.values()],
            }
        ],
    }
    return answer(answer_format, "discovery", discovery)


@router.get(_ROOT + "/services.{answer_format}")
def list_open311_services(
    answer_format: Format, reader: ReaderDep, services: ServicesDep
) -> Response:
    """Return the classes of cases as services."""
    with services.database.read() as session:
        found = service.services(session, reader, _labels(services))
    return answer(answer_format, "services", found)


@router.get(_ROOT + "/services/{code}.{answer_format}")
def show_open311_service(
    code: str, answer_format: Format, reader: ReaderDep, services: ServicesDep
) -> Response:
    """Return a service's definition, which asks for no attributes."""
    with services.database.read() as session:
        found = service.service_definition(session, reader, _labels(services), code)
    return answer(answer_format, "service_definition", found)


@router.get(_ROOT + "/requests.{answer_format}")
def list_open311_requests(
    answer_format: Format,
    reader: ReaderDep,
    services: ServicesDep,
    service_request_id: _Listed = None,
    service_code: _Listed = None,
    start_date: _Moment = None,
    end_date: _Moment = None,
    status: _Listed = None,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=MOST)] = MOST,
) -> Response:
    """Return cases as service requests, newest first, by default those of the last 90 days."""
    asked = Asked(
        numbers=names(service_request_id),
        codes=names(service_code),
        standings=standings(status),
        span=span(start_date, end_date),
        page=page,
        page_size=page_size,
    )
    with services.database.read() as session:
        found = service.requests(session, reader, asked, _labels(services), services.links)
    return answer(answer_format, "service_requests", found)


@router.get(_ROOT + "/requests/{number}.{answer_format}")
def show_open311_request(
    number: str, answer_format: Format, reader: ReaderDep, services: ServicesDep
) -> Response:
    """Return one case as a service request."""
    with services.database.read() as session:
        found = service.request(session, reader, number, _labels(services), services.links)
    return answer(answer_format, "service_requests", found)


@router.get(_ROOT + "/servicerequestupdates.{answer_format}")
def list_open311_updates(
    answer_format: Format,
    reader: ReaderDep,
    services: ServicesDep,
    start_date: _Moment = None,
    end_date: _Moment = None,
) -> Response:
    """Return the changes of state in a time span, oldest first (FixMyStreet's extension)."""
    with services.database.read() as session:
        found = service.updates(session, reader, span(start_date, end_date))
    return answer(answer_format, "service_request_updates", found)


def _labels(services: Services) -> dict[str, str]:
    """Return what the classes of the models in use are called, in both languages."""
    return {
        kind.name: f"{kind.label_zh} {kind.label_en}"
        for inspection in services.inspector.inspections.values()
        for model in inspection.models
        for kind in model.classes
    }
