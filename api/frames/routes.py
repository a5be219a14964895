"""Frames: posted by gateways, one or several at once, and read again."""

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import JSONResponse

from api.database import now
from api.dependencies import Services, ServicesDep, allow
from api.errors import Forbidden, ProblemError
from api.external_detections import service as external_detections
from api.frames import service
from api.frames.bodies import PostedPart, read_batch, read_body
from api.frames.intake import Posted
from api.frames.metadata import metadata_of_request, parse_metadata
from api.frames.schemas import BatchReply, FrameDetection, FrameReply, FrameView
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["frames"])

Poster = Annotated[Principal, Depends(allow(Action.FRAMES_POST))]
Reader = Annotated[Principal, Depends(allow(Action.FRAMES_READ))]

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])")
_LONGEST_WAIT_S = 300.0
_PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")


def _parameter(place: str, name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "in": place,
        "name": name,
        "required": False,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


_REQUEST: dict[str, Any] = {
    "parameters": [
        _parameter("header", name, description, example)
        for name, description, example in (
            ("Idempotency-Key", "required: the gateway's name for this frame", "bus-17/000123"),
            ("Xunjian-Camera", "required: id or name of the camera", "bus-17-front"),
            ("Xunjian-Captured-At", "required: RFC 3339 with offset", "2026-11-21T08:00:00.123Z"),
            ("Xunjian-Latitude", "WGS-84, degrees", "30.2741"),
            ("Xunjian-Longitude", "WGS-84, degrees", "120.1551"),
            ("Xunjian-Gps-Accuracy", "1-sigma radius in metres", "4.5"),
            ("Xunjian-Heading", "degrees clockwise from true north", "271.5"),
            ("Xunjian-Speed", "metres per second", "8.3"),
            ("Xunjian-Clock-Offset-Ms", "gateway's clock minus the service's", "-40"),
            ("Xunjian-Flags", "what other devices say: name=value, …", "emission=exceeded"),
            ("Xunjian-Priority", "alert or backfill; by its age where absent", "alert"),
            ("Prefer", "how many seconds you wait for the answer (RFC 7240)", "wait=20"),
        )
    ],
    "requestBody": {
        "required": True,
        "content": {
            **{
                content_type: {"schema": {"type": "string", "format": "binary"}}
                for content_type in _PICTURE_TYPES
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["metadata", "picture"],
                    "properties": {
                        "metadata": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "description": 'JSON: {"frames": [{"camera", "captured_at", '
                            '"idempotency_key", "latitude", "longitude", "gps_accuracy_m", '
                            '"heading_deg", "speed_mps", "clock_offset_ms", "priority", '
                            '"flags": {"emission": "exceeded"}}]}',
                        },
                        "picture": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "one file part per frame, in the same order",
                        },
                    },
                },
                "encoding": {"metadata": {"contentType": "application/json"}},
            },
        },
    },
}


@router.post(
    "/v1/frames",
    summary="Post one frame, or up to 32",
    response_model=FrameReply | BatchReply,
    responses={
        207: {"model": BatchReply, "description": "Some frames were not taken"},
        **problem_responses(400, 404, 408, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=_REQUEST,
)
async def post_frames(request: Request, services: ServicesDep, principal: Poster) -> Response:
    """Inspect frames and answer what was found, after the durable commit.

    Metadata of a single frame is given in headers, or as query parameters named like the fields
    of the multipart metadata.
    """
    gateway_id = principal.gateway_id
    if gateway_id is None:
        raise Forbidden("Frames are posted with the token of a gateway.", code="not-a-gateway")
    content_type = request.headers.get("content-type", "")
    patience_s = _patience_s(request)
    if content_type.startswith("multipart/form-data"):
        return await _post_batch(request, services, gateway_id, patience_s)
    intake = services.intake
    metadata = metadata_of_request(request.scope["headers"], request.scope["query_string"])
    with intake.receiving(gateway_id, live=metadata.is_live(now()), patience_s=patience_s) as body:
        with intake.counts.refusals(gateway_id):
            data = await read_body(request, services.settings.max_picture_bytes, body.reserve)
        answer = await intake.take_in(
            Posted(gateway_id, metadata, data, content_type or None),
            until=intake.gives_up_at(patience_s),
        )
    return JSONResponse(answer.body())


async def _post_batch(
    request: Request, services: Services, gateway_id: str, patience_s: float | None
) -> Response:
    intake, settings = services.intake, services.settings
    at_once = asyncio.Semaphore(intake.workers)

    async def take(part: PostedPart, until: float) -> tuple[dict[str, Any], ProblemError | None]:
        try:
            metadata = parse_metadata(part.metadata)
            async with at_once:
                answer = await intake.take_in(
                    Posted(gateway_id, metadata, part.data, part.declared_type),
                    until=until,
                    waits=True,
                )
        except ProblemError as problem:
            return {"problem": problem.body(request.url.path)}, problem
        return answer.body(), None

    live = request.headers.get("xunjian-priority") == "alert"
    with intake.receiving(gateway_id, live=live, patience_s=patience_s) as body:
        with intake.counts.refusals(gateway_id):
            parts = await read_batch(
                request, settings.max_batch_bytes, settings.max_batch, body.reserve
            )
        until = intake.gives_up_at(patience_s)
        taken = await asyncio.gather(*(take(part, until) for part in parts))
    problems = [problem for _, problem in taken if problem is not None]
    waits = [problem.retry_after_s for problem in problems if problem.retry_after_s is not None]
    return JSONResponse(
        {"frames": [body for body, _ in taken]},
        207 if problems else 200,
        {"Retry-After": str(max(waits))} if waits else None,
    )


def _patience_s(request: Request) -> float | None:
    """Return how long the client says that it waits for the answer (RFC 7240, section 4.3)."""
    waits = _WAIT.search(request.headers.get("prefer", ""))
    return min(max(1.0, float(waits[1])), _LONGEST_WAIT_S) if waits else None


@router.get(
    "/v1/frames/{frame_id}",
    summary="One frame and its detections",
    response_model=FrameView,
    responses=problem_responses(404),
)
def read_frame(frame_id: str, services: ServicesDep, principal: Reader) -> FrameView:
    """Return what is kept of a frame; a gateway sees its own."""
    with services.database.read() as session:
        frame = service.get_frame(session, frame_id=frame_id, principal=principal)
        detections = service.detections_of(session, frame_id=frame.id)
        external = external_detections.of_frames(session, [frame.id])
    return FrameView(
        **{
            name: getattr(frame, name)
            for name in FrameView.model_fields
            if name not in ("detections", "external")
        },
        external=external,
        detections=[
            FrameDetection(
                box=[one.x1, one.y1, one.x2, one.y2],
                **{
                    name: getattr(one, name)
                    for name in FrameDetection.model_fields
                    if name != "box"
                },
            )
            for one in detections
        ],
    )
