"""What is kept of findings, for people who may see the camera and for holders of a signed link."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.audit import service as audit
from api.dependencies import BearerDep, CookieDep, ServicesDep, allow, current_credential
from api.evidence import service
from api.evidence.objects import verified_digest
from api.evidence.ranges import ranged
from api.evidence.reading import read_object
from api.evidence.redaction import bystanders
from api.evidence.schemas import OriginalRequest
from api.evidence.signing import Medium, Rendition
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


def reader_of(medium: Medium) -> Callable[..., Awaitable[Principal | None]]:
    """Return a dependency that gives who asks for a picture or a video."""

    async def reader(
        request: Request,
        services: ServicesDep,
        bearer: BearerDep,
        cookie: CookieDep,
        evidence_id: EvidenceId,
        rendition: RenditionQuery = Rendition.PLAIN,
        expires: Annotated[
            int | None, Query(description="of a signed link: seconds since 1970", ge=0)
        ] = None,
        signature: Annotated[
            str | None, Query(description="of a signed link", max_length=64)
        ] = None,
    ) -> Principal | None:
        """Return who asks, or None for the holder of a signed link.

        Raises:
            Unauthenticated: there is neither a signature nor anyone valid.
            Forbidden: the signature is wrong or too old, or the role may not see evidence.
        """
        if signature is not None:
            services.links.check(evidence_id, rendition, expires or 0, signature, medium)
            return None
        return await _allowed(await current_credential(request, bearer, cookie))

    return reader


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
    reader: Annotated[Principal | None, Depends(reader_of(Medium.PICTURE))],
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
    _shown(evidence_id, Medium.PICTURE, rendition, reader)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    data = read_object(services.objects, evidence.object_key)
    rendered = evidence.frame_id is not None and (drawn or bool(hidden))
    if rendered:
        settings = services.settings
        limits = DecodeLimits(settings.max_picture_bytes, settings.max_picture_pixels)
        data = service.render(data, detections, hidden, limits)
    kind = service.content_type(evidence, rendered=rendered)
    return Response(data, headers=headers, media_type=kind)


_CLIPS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The whole video",
        "content": {"video/mp4": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {"description": "The part that Range names"},
    304: {"description": "The video is the one that If-None-Match names"},
    416: {"description": "Range names a part behind the end"},
}


@router.get(
    "/v1/evidence/{evidence_id}/clip",
    summary="The video beside a picture",
    response_class=Response,
    responses={**_CLIPS, **problem_responses(401, 403, 404, 416, 503)},
)
def read_clip(
    request: Request,
    services: ServicesDep,
    reader: Annotated[Principal | None, Depends(reader_of(Medium.CLIP))],
    evidence_id: EvidenceId,
    rendition: RenditionQuery = Rendition.PLAIN,
) -> Response:
    """Return a video (MP4), plain or with what was found drawn in; a range of it where asked.

    Only the way of what fell is shown as it was filmed. Every look is logged, with who looked.
    """
    with services.database.read() as session:
        clip = service.get_clip(session, evidence_id=evidence_id, principal=reader)
    key = clip.annotated_key if rendition is Rendition.ANNOTATED else clip.plain_key
    headers = {"ETag": f'"{verified_digest(key)[:32]}"', **_CACHE}
    _shown(evidence_id, Medium.CLIP, rendition, reader)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    data = read_object(services.objects, key)
    return ranged(request, data, media_type=clip.content_type, headers=headers)


@router.post(
    "/v1/evidence/{evidence_id}/original",
    summary="A picture or video as it was filmed",
    response_class=Response,
    responses={
        200: {
            "description": "The whole video where there is one, else the picture",
            "content": {**_PICTURES[200]["content"], **_CLIPS[200]["content"]},
        },
        **problem_responses(404, 503),
    },
)
def read_original(
    evidence_id: EvidenceId,
    body: OriginalRequest,
    services: ServicesDep,
    principal: Annotated[Principal, Depends(allow(Action.ORIGINALS_READ))],
) -> Response:
    """Return a video, or a picture without one, with everything in it: homes, passers-by, plates.

    Who asked, when, and for what purpose is recorded before it is given.
    """
    with services.database.write() as session:
        original = service.get_original(session, evidence_id=evidence_id, principal=principal)
        audit.record(
            session,
            actor=principal.actor,
            action="evidence.original",
            object_type="evidence",
            object_id=evidence_id,
            reason=body.purpose,
        )
    data = read_object(services.objects, original.object_key)
    return Response(data, headers={"Cache-Control": "no-store"}, media_type=original.content_type)


def _shown(
    evidence_id: str, medium: Medium, rendition: Rendition, reader: Principal | None
) -> None:
    _log.info(
        "evidence shown",
        evidence_id=evidence_id,
        medium=medium.value,
        rendition=rendition.value,
        reader=reader.actor if reader else "signed link",
    )
