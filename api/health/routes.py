"""Health, measurements, the clock, the counters of the page, and the models in use."""

from typing import Annotated

from fastapi import APIRouter, Depends
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse, Response

from api.database import now
from api.dependencies import ServicesDep, allow
from api.dispatch.models import OutboxState
from api.errors import Unavailable
from api.health import service
from api.health.schemas import (
    Alive,
    Deliveries,
    LoadedModel,
    LoadedModels,
    Queue,
    Ready,
    Summary,
    Time,
)
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Does the process live?", response_model=Alive)
async def read_health() -> Alive:
    """Answer as long as the process lives; a supervisor restarts it when this does not answer."""
    return Alive(status="ok")


@router.get(
    "/readyz",
    summary="Can frames be posted?",
    response_model=Ready,
    responses=problem_responses(503),
)
def read_readiness(services: ServicesDep) -> Ready:
    """Check the database, the object store and the models' golden pictures.

    That no worker is alive is told, but it does not keep frames and clips from being taken.
    """
    problems = service.check(
        database=services.database, objects=services.objects, inspector=services.inspector
    )
    checks = {part: problem or "ok" for part, problem in problems.items()}
    checks["workers"] = service.check_workers(services.database) or "ok"
    if any(problems.values()):
        raise Unavailable(
            "; ".join(f"{part}: {problem}" for part, problem in problems.items() if problem),
            code="not-ready",
            retry_after_s=5,
            extra={"checks": checks},
        )
    return Ready(status="ready", checks=checks)


@router.get("/metrics", summary="Measurements", response_class=PlainTextResponse)
def read_metrics(services: ServicesDep) -> Response:
    """Return the measurements in Prometheus' text format; they tell of no person and no place."""
    return Response(generate_latest(services.metrics.registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/v1/time", summary="The service's clock", response_model=Time)
async def read_time() -> Time:
    """Return the present time, by which a gateway measures the offset of its own clock."""
    return Time(now=now())


@router.get("/v1/models", summary="The models in use", response_model=LoadedModels)
def list_models(
    _: Annotated[Principal, Depends(allow(Action.MODELS_READ))], services: ServicesDep
) -> LoadedModels:
    """Return the models that inspect frames now, with their classes and operating points."""
    return LoadedModels(
        items=[
            LoadedModel.of(name, model, services.inspector.policy.device)
            for name, inspection in services.inspector.inspections.items()
            for model in inspection.models
        ]
    )


@router.get("/v1/summary", summary="Counters", response_model=Summary)
def read_summary(
    principal: Annotated[Principal, Depends(allow(Action.FINDINGS_READ))], services: ServicesDep
) -> Summary:
    """Count what came in and what became of it, for the cameras that the caller may see."""
    with services.database.read() as session:
        counts = service.count(session, visible=principal.camera_ids)
    inspector = services.inspector
    return Summary(
        frames=counts.frames,
        detections=counts.detections,
        findings=counts.findings,
        cases=counts.cases,
        deliveries=Deliveries(
            delivered=counts.messages.get(OutboxState.DELIVERED, 0),
            pending=counts.messages.get(OutboxState.PENDING, 0)
            + counts.messages.get(OutboxState.LEASED, 0),
            dead=counts.messages.get(OutboxState.DEAD, 0),
        ),
        queue=Queue(
            waiting=max(0, inspector.pool.pending - inspector.workers), workers=inspector.workers
        ),
    )
