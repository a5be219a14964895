"""The pictures of findings, for people who may see the camera and for holders of a signed link."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.dependencies import BearerDep, CookieDep, ServicesDep, allow, current_credential
from api.errors import NotFound, Unavailable
from api.evidence import service
from api.evidence.errors import ObjectCorrupt, ObjectMissing, ObjectStoreError
from api.evidence.objects import ObjectStore
from api.evidence.redaction import bystanders
from api.evidence.signing import Rendition
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from inference.decode import DecodeLimits

router = APIRouter(tags=["evidence"])

_log = structlog.get_logger()
_allowed = allow(Action.EVIDENCE_READ)
_CACHE = {"Cache-Control": "private, max-age=3600"}

EvidenceId = Annotated[str, Path(examples=["0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10"])]
RenditionQuery = Annotated[
    Rendition, Query(description="as it came, or with the finding's boxes drawn in, as JPEG")
]


async def picture_reader(
    request: Request,
    services: ServicesDep,
    bearer: BearerDep,
    cookie: CookieDep,
    evidence_id: EvidenceId,
    rendition: RenditionQuery = Rendition.PLAIN,
    expires: Annotated[
        int | None, Query(description="of a signed link: seconds since 1970", ge=0)
    ] = None,
    signature: Annotated[str | None, Query(description="of a signed link", max_length=64)] = None,
) -> Principal | None:
    """Return who asks for a picture, or None for the holder of a signed link to it.

    Raises:
        Unauthenticated: there is neither a signature nor anyone valid.
        Forbidden: the signature is wrong or too old, or the role may not see evidence.
    """
    if signature is not None:
        services.links.check(evidence_id, rendition, expires or 0, signature)
        return None
    return await _allowed(await current_credential(request, bearer, cookie))


_PICTURES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp")
        },
    },
    304: {"description": "The picture is the one that If-None-Match names"},
}


@router.get(
    "/v1/evidence/{evidence_id}/picture",
    summary="A picture of a finding",
    response_class=Response,
    responses={**_PICTURES, **problem_responses(401, 403, 404, 503)},
)
def read_picture(
    request: Request,
    services: ServicesDep,
    reader: Annotated[Principal | None, Depends(picture_reader)],
    evidence_id: EvidenceId,
    rendition: RenditionQuery = Rendition.PLAIN,
) -> Response:
    """Return a picture, plain or with boxes. Every look at one is logged, with who looked.

    Bystanders' plates and heads are made unrecognisable for everybody.
    """
    drawn = rendition is Rendition.ANNOTATED
    with services.database.read() as session:
        evidence = service.get_evidence(session, evidence_id=evidence_id, principal=reader)
        detections = service.detections_shown(session, evidence) if drawn else []
        hidden = bystanders(session, evidence)
    headers = {"ETag": service.etag(evidence, detections, hidden), **_CACHE}
    _log.info(
        "evidence shown",
        evidence_id=evidence_id,
        rendition=rendition.value,
        reader=reader.actor if reader else "signed link",
    )
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    data = _read(services.objects, evidence.object_key)
    rendered = drawn or bool(hidden)
    if rendered:
        settings = services.settings
        limits = DecodeLimits(settings.max_picture_bytes, settings.max_picture_pixels)
        data = service.render(data, detections, hidden, limits)
    kind = service.content_type(evidence, rendered=rendered)
    return Response(data, headers=headers, media_type=kind)


def _read(objects: ObjectStore, key: str) -> bytes:
    try:
        return objects.get(key)
    except (ObjectMissing, ObjectCorrupt) as error:
        _log.error("evidence is lost", key=key, error=str(error))
        raise NotFound(
            "The picture is no longer whole in the object store; an administrator can restore it.",
            code="picture-lost",
        ) from error
    except ObjectStoreError as error:
        _log.error("the object store does not answer", error=str(error))
        raise Unavailable(
            "The object store does not answer; try again.",
            code="object-store-unavailable",
            retry_after_s=5,
        ) from error
