"""Clips: uploaded by gateways, whole or resumably, and what was seen in them.

The upload follows "Resumable Uploads for HTTP" (draft-ietf-httpbis-resumable-upload): a clip is
its own upload resource.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from api.clips import service
from api.clips.headers import read_headers
from api.clips.models import Clip, ClipState
from api.clips.schemas import ClipReceipt, ClipView, receipt
from api.dependencies import ServicesDep, allow
from api.errors import Conflict, Forbidden, Unsupported
from api.frames.metadata import metadata_of_request
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_response, problem_responses

router = APIRouter(tags=["clips"])

Poster = Annotated[Principal, Depends(allow(Action.CLIPS_POST))]
Reader = Annotated[Principal, Depends(allow(Action.CLIPS_READ))]

_PARTIAL = "application/partial-upload"
_VIDEO = ("video/mp4", "video/quicktime", "video/x-msvideo", "application/octet-stream")


def _header(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": False,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


def _body(*content_types: str) -> dict[str, Any]:
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {"required": True, "content": dict.fromkeys(content_types, schema)}


_COMPLETE = _header("Upload-Complete", "?1 when the clip ends with this request, else ?0", "?1")
_LENGTH = _header("Upload-Length", "bytes of the whole clip", "8388608")
_DIGEST = _header(
    "Content-Digest", "SHA-256 of this request's bytes (RFC 9530): sha-256=:BASE64:", "sha-256=:…:"
)
_POST: dict[str, Any] = {
    "parameters": [
        _header("Idempotency-Key", "required: the gateway's name for this clip", "yard/000123"),
        _header("Xunjian-Camera", "required: id or name of the camera", "yard-3"),
        _header(
            "Xunjian-Captured-At",
            "required: RFC 3339 with offset, of the first frame",
            "2026-11-21T08:00:00.123Z",
        ),
        _header("Xunjian-Clock-Offset-Ms", "gateway's clock minus the service's", "-40"),
        _COMPLETE,
        _LENGTH,
        _DIGEST,
        _header("Repr-Digest", "SHA-256 of the whole clip (RFC 9530)", "sha-256=:…:"),
    ],
    "requestBody": _body(*_VIDEO),
}
_PATCH: dict[str, Any] = {
    "parameters": [
        _header("Upload-Offset", "required: where these bytes begin in the clip", "4194304"),
        _COMPLETE,
        _LENGTH,
        _DIGEST,
    ],
    "requestBody": _body(_PARTIAL),
}


@router.post(
    "/v1/clips",
    summary="Post a clip, whole or its beginning",
    status_code=202,
    response_model=ClipReceipt,
    responses={
        201: {"model": ClipReceipt, "description": "The upload has begun; go on at Location"},
        **problem_responses(400, 404, 408, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=_POST,
)
async def post_clip(request: Request, services: ServicesDep, principal: Poster) -> Response:
    """Take a clip in; 202 says that it is durable and will be inspected.

    A key that was used before finds its upload again: without content it tells how far that has
    come, with content it begins anew.
    """
    content_type = request.headers.get("content-type", _VIDEO[-1]).partition(";")[0].strip()
    if not (content_type.startswith("video/") or content_type == _VIDEO[-1]):
        raise Unsupported(
            "The body is the clip itself: send it as video/mp4, video/quicktime, video/x-msvideo "
            "or application/octet-stream.",
            code="clip-unsupported",
        )
    metadata = metadata_of_request(request.scope["headers"], request.scope["query_string"])
    service.check_metadata(metadata)
    said = read_headers(request.headers)
    gateway_id = _gateway(principal)
    with services.uploads.receiving(gateway_id):
        uploaded = await services.uploads.post(
            request,
            gateway_id=gateway_id,
            metadata=metadata,
            content_type=content_type[:60],
            said=said,
        )
    return _answer(services, uploaded.clip, 201, duplicate=uploaded.known)


@router.patch(
    "/v1/clips/{clip_id}",
    summary="Go on with the upload of a clip",
    status_code=202,
    response_model=ClipReceipt,
    responses={
        204: {"description": "The bytes are durable; the clip is not complete"},
        **problem_responses(400, 404, 408, 409, 413, 415, 503),
    },
    openapi_extra=_PATCH,
)
async def append_to_clip(
    clip_id: str, request: Request, services: ServicesDep, principal: Poster
) -> Response:
    """Append bytes where the upload has come to; the last ones complete the clip."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != _PARTIAL:
        raise Unsupported(f"Send what is appended as {_PARTIAL}.", code="not-a-partial-upload")
    said = read_headers(request.headers)
    gateway_id = _gateway(principal)
    with services.uploads.receiving(gateway_id):
        try:
            clip = await services.uploads.append(
                request, clip_id=clip_id, gateway_id=gateway_id, said=said
            )
        except Conflict as conflict:
            offset = conflict.extra.get("expected-offset")
            headers = {} if offset is None else {"Upload-Offset": str(offset)}
            return problem_response(request, conflict, headers)
    return _answer(services, clip, 204, duplicate=False)


@router.head(
    "/v1/clips/{clip_id}",
    summary="How far an upload has come",
    status_code=204,
    responses=problem_responses(404),
)
def measure_upload(clip_id: str, services: ServicesDep, principal: Poster) -> Response:
    """Answer with Upload-Offset and Upload-Complete."""
    with services.database.write() as session:
        clip = service.own_upload(session, clip_id=clip_id, gateway_id=_gateway(principal))
    return Response(status_code=204, headers=_upload_headers(services, clip))


@router.delete(
    "/v1/clips/{clip_id}",
    summary="Cancel an upload",
    status_code=204,
    responses=problem_responses(404, 409, 503),
)
async def cancel_upload(clip_id: str, services: ServicesDep, principal: Poster) -> Response:
    """Delete an upload that was not acknowledged; its key may be used again."""
    await services.uploads.cancel(clip_id=clip_id, gateway_id=_gateway(principal))
    return Response(status_code=204)


@router.get("/v1/clips", summary="List clips", response_model=Page[ClipView])
def list_clips(
    services: ServicesDep,
    principal: Reader,
    state: ClipState | None = None,
    camera_id: Annotated[str | None, Query(max_length=36)] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ClipView]:
    """Return clips, newest first; `state` waiting includes those that are being inspected."""
    before_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.clips(
            session,
            principal=principal,
            limit=limit,
            before_id=before_id,
            state=state,
            camera_id=camera_id,
        )
        running = service.being_inspected(session, [clip.id for clip in rows])
    return Page(
        items=[ClipView.of(clip, inspecting=clip.id in running) for clip in rows[:limit]],
        next_cursor=next_cursor(rows, limit, "id"),
    )


@router.get(
    "/v1/clips/{clip_id}",
    summary="One clip and what was seen in it",
    response_model=ClipView,
    responses=problem_responses(404),
)
def read_posted_clip(clip_id: str, services: ServicesDep, principal: Reader) -> ClipView:
    """Return where a clip stands and, once it was inspected, what happened in it."""
    with services.database.read() as session:
        clip = service.get_clip(session, clip_id=clip_id, principal=principal)
        running = service.being_inspected(session, [clip.id])
    return ClipView.of(clip, inspecting=bool(running))


def _gateway(principal: Principal) -> str:
    if principal.gateway_id is None:
        raise Forbidden("Clips are posted with the token of a gateway.", code="not-a-gateway")
    return principal.gateway_id


def _answer(services: ServicesDep, clip: Clip, unfinished: int, *, duplicate: bool) -> Response:
    headers = _upload_headers(services, clip) | {"Location": f"/v1/clips/{clip.id}"}
    if clip.state is not ClipState.RECEIVING:
        status = 202
    elif unfinished == 204:
        return Response(status_code=204, headers=headers)
    else:
        status = unfinished
    return JSONResponse(receipt(clip, duplicate=duplicate).model_dump(mode="json"), status, headers)


def _upload_headers(services: ServicesDep, clip: Clip) -> dict[str, str]:
    limits = services.uploads.limits
    headers = {
        "Upload-Offset": str(clip.size_bytes),
        "Upload-Complete": "?0" if clip.state is ClipState.RECEIVING else "?1",
        "Upload-Limit": f"max-size={limits.max_bytes}, "
        f"max-age={int(limits.keep_for.total_seconds())}",
    }
    if clip.length_bytes is not None:
        headers["Upload-Length"] = str(clip.length_bytes)
    return headers
