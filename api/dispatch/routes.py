"""Destinations, class policies, and what departments tell."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, ServicesDep, allow
from api.dispatch import callbacks, destinations, policy, rotation
from api.dispatch.connectors import CONNECTORS
from api.dispatch.connectors.base import Connector
from api.dispatch.connectors.wire import open_client
from api.dispatch.models import ClassPolicy, Destination, DestinationKind, MessageType
from api.dispatch.schemas import (
    ConnectorsView,
    ConnectorView,
    DestinationCreate,
    DestinationUpdate,
    DestinationView,
    NewKey,
    PolicyCreate,
    PolicyView,
    TrialView,
)
from api.dispatch.sealing import SecretUnreadable
from api.errors import NotFound, TooLarge, Unauthenticated, Unavailable
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["dispatch"])

DestinationManager = Annotated[Principal, Depends(allow(Action.DESTINATIONS_MANAGE))]
PolicyManager = Annotated[Principal, Depends(allow(Action.POLICIES_MANAGE))]
_CALLBACK_CAP = 64 * 1024
_TRIAL_TIMEOUT_S = 10.0


@router.get(
    "/v1/connectors",
    summary="List the ways to speak to departments",
    response_model=ConnectorsView,
    dependencies=[Depends(allow(Action.DESTINATIONS_READ))],
)
def list_connectors() -> ConnectorsView:
    """Return what a form for a destination of each kind needs: address, secret, settings, test."""
    return ConnectorsView(
        items=[_connector_view(kind, connector) for kind, connector in CONNECTORS.items()]
    )


@router.get(
    "/v1/destinations",
    summary="List destinations",
    response_model=Page[DestinationView],
    dependencies=[Depends(allow(Action.DESTINATIONS_READ))],
)
def list_destinations(
    services: ServicesDep,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[DestinationView]:
    """Return the departments' addresses, oldest first."""
    with services.database.read() as session:
        rows = destinations.destinations(session, limit=limit, after_id=decode_id_cursor(cursor))
    items = [_view(row, services) for row in rows[:limit]]
    return Page(items=items, next_cursor=next_cursor(rows, limit, "id"))


@router.post(
    "/v1/destinations",
    summary="Make a destination",
    status_code=201,
    response_model=DestinationView,
    responses=problem_responses(409),
)
def create_destination(
    body: DestinationCreate, principal: DestinationManager, services: ServicesDep
) -> DestinationView:
    """Make a destination; cases that waited for one of its classes are sent to it."""
    with services.database.write() as session:
        destination = destinations.create(
            session,
            seal=services.seal,
            name=body.name,
            kind=body.kind,
            url=body.url,
            settings=body.settings,
            secret=body.secret,
            classes=body.classes,
            actor=principal.actor,
        )
    return _view(destination, services)


@router.patch(
    "/v1/destinations/{destination_id}",
    summary="Change a destination",
    response_model=DestinationView,
    responses=problem_responses(404, 409),
)
def update_destination(
    destination_id: str,
    body: DestinationUpdate,
    principal: DestinationManager,
    services: ServicesDep,
) -> DestinationView:
    """Change a destination, disable it, or enable it again; what waits for it is then sent."""
    values = body.model_dump(exclude_unset=True, exclude_none=True)
    with services.database.write() as session:
        destination = destinations.update(
            session,
            seal=services.seal,
            destination_id=destination_id,
            values=values,
            actor=principal.actor,
        )
    return _view(destination, services)


@router.post(
    "/v1/destinations/{destination_id}/test",
    summary="Try a destination",
    response_model=TrialView,
    responses=problem_responses(404),
    dependencies=[Depends(allow(Action.DESTINATIONS_MANAGE))],
)
def try_destination(destination_id: str, services: ServicesDep) -> TrialView:
    """Try the connection without sending a case; `GET /v1/connectors` says what is tried."""
    with services.database.read() as session:
        destination = destinations.get(session, destination_id)
    with open_client(_TRIAL_TIMEOUT_S) as client:
        trial = destinations.trial(
            destination,
            seal=services.seal,
            source=services.settings.public_url,
            client=client,
            timeout_s=_TRIAL_TIMEOUT_S,
            drop_dir=services.settings.resolved_drop_dir,
        )
    return TrialView.model_validate(trial)


@router.post(
    "/v1/destinations/{destination_id}/keys",
    summary="Make a new key that signs",
    status_code=201,
    response_model=NewKey,
    responses=problem_responses(404, 409),
)
def add_signing_key(
    destination_id: str, principal: DestinationManager, services: ServicesDep
) -> NewKey:
    """Make a key of a webhook; it and those before it sign until the old ones are ended."""
    with services.database.write() as session:
        key = rotation.add_key(
            session, seal=services.seal, destination_id=destination_id, actor=principal.actor
        )
        destination = destinations.get(session, destination_id)
    return NewKey(secret=key, signing_keys=rotation.signing_keys(destination, services.seal) or 0)


@router.delete(
    "/v1/destinations/{destination_id}/keys/old",
    summary="End the old keys",
    response_model=DestinationView,
    responses=problem_responses(404, 409),
)
def end_old_signing_keys(
    destination_id: str, principal: DestinationManager, services: ServicesDep
) -> DestinationView:
    """Let the newest key alone sign and check; ending them again changes nothing."""
    with services.database.write() as session:
        destination = rotation.end_old_keys(
            session, seal=services.seal, destination_id=destination_id, actor=principal.actor
        )
    return _view(destination, services)


@router.get(
    "/v1/policies",
    summary="List class policies",
    response_model=Page[PolicyView],
    dependencies=[Depends(allow(Action.POLICIES_READ))],
)
def list_policies(
    services: ServicesDep,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[PolicyView]:
    """Return the policies, revoked ones too, each with the precision that is measured now."""
    with services.database.read() as session:
        rows = policy.policies(session, limit=limit, after_id=decode_id_cursor(cursor))
        items = [_policy_view(session, row) for row in rows[:limit]]
    return Page(items=items, next_cursor=next_cursor(rows, limit, "id"))


@router.post(
    "/v1/policies",
    summary="Write a class policy",
    status_code=201,
    response_model=PolicyView,
    responses=problem_responses(409),
)
def write_policy(body: PolicyCreate, principal: PolicyManager, services: ServicesDep) -> PolicyView:
    """Permit the dispatch of a class without review, if its reviews show the precision for it.

    Otherwise 409 `precision-not-met` with the figures.
    """
    with services.database.write() as session:
        row = policy.write(session, **body.model_dump(), actor=principal.actor)
        return _policy_view(session, row)


@router.delete(
    "/v1/policies/{policy_id}",
    summary="Revoke a class policy",
    status_code=204,
    responses=problem_responses(404),
)
def revoke_policy(policy_id: str, principal: PolicyManager, services: ServicesDep) -> None:
    """End a policy: people review its class again."""
    with services.database.write() as session:
        policy.revoke(session, policy_id=policy_id, actor=principal.actor)


@router.post(
    "/v1/callbacks/{destination_id}",
    summary="Tell what became of a case (departments)",
    status_code=204,
    responses=problem_responses(401, 404, 413),
    openapi_extra={
        "security": [],
        "requestBody": {
            "required": True,
            "content": {
                "application/cloudevents+json": {
                    "schema": callbacks.StatusEvent.model_json_schema(
                        ref_template="#/components/schemas/{model}"
                    ),
                    "example": {
                        "specversion": "1.0",
                        "id": "msg-7f1c",
                        "source": "https://roads.example.gov",
                        "type": "dev.xunjian.case.status",
                        "data": {
                            "case_id": "0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10",
                            "status": "in_progress",
                            "occurred_at": "2026-11-21T08:00:00Z",
                        },
                    },
                }
            },
        },
    },
)
async def take_callback(destination_id: str, request: Request, services: ServicesDep) -> Response:
    """Take a CloudEvent signed by Standard Webhooks with the destination's secret.

    It is stored always and moves the case only forward; a `webhook-id` that was taken before
    changes nothing and is answered the same.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _CALLBACK_CAP:
            raise TooLarge("A callback has at most 64 KiB.", code="callback-too-large")
    headers = dict(request.headers)
    await run_in_threadpool(_take_callback, services, destination_id, headers, bytes(body))
    return Response(status_code=204)


def _take_callback(
    services: ServicesDep, destination_id: str, headers: dict[str, str], body: bytes
) -> None:
    with services.database.read() as session:
        destination = session.get(Destination, destination_id)
    if destination is None or not CONNECTORS[destination.kind].takes_callbacks():
        raise NotFound(
            "There is no destination with this id that takes callbacks.",
            code="destination-not-found",
        )
    try:
        secret = services.seal.open(destination.sealed_secret or "")
    except SecretUnreadable as error:
        raise Unavailable(str(error), code="secret-unreadable", retry_after_s=3600) from error
    callbacks.verify(secret, headers, body)
    message_id = headers["webhook-id"]
    if len(message_id) > 200:
        raise Unauthenticated("webhook-id has more than 200 characters.", code="signature-invalid")
    with services.database.write() as session:
        callbacks.take_callback(session, destination=destination, message_id=message_id, body=body)


def _connector_view(kind: DestinationKind, connector: type[Connector[Any]]) -> ConnectorView:
    manifest = connector.manifest
    return ConnectorView(
        kind=kind,
        title=manifest.title,
        summary=manifest.summary,
        address=manifest.address,
        secret=manifest.secret,
        settings=manifest.settings,
        settings_schema=connector.settings_model.model_json_schema(),
        carries=[event_type for event_type in MessageType if event_type in connector.carries],
        test=manifest.test,
        status_by=manifest.status_by,
    )


def _view(destination: Destination, services: Services) -> DestinationView:
    return DestinationView(
        id=destination.id,
        name=destination.name,
        kind=destination.kind,
        url=destination.url,
        settings=destination.settings,
        has_secret=destination.sealed_secret is not None,
        signing_keys=rotation.signing_keys(destination, services.seal),
        classes=destination.classes,
        callback_url=destinations.callback_url(services.settings.public_url, destination),
        enabled=destination.disabled_at is None,
        disabled_at=destination.disabled_at,
        disabled_reason=destination.disabled_reason,
        created_at=destination.created_at,
    )


def _policy_view(session: Session, row: ClassPolicy) -> PolicyView:
    precision = policy.measure_newest_model(
        session, inspection=row.inspection, class_name=row.class_name
    )
    return PolicyView(
        id=row.id,
        inspection=row.inspection,
        class_name=row.class_name,
        min_confidence=row.min_confidence,
        min_looks=row.min_looks,
        required_precision=row.required_precision,
        reason=row.reason,
        written_by=row.written_by,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        confirmed=precision.confirmed,
        rejected=precision.rejected,
        lower_bound=precision.lower_bound,
        in_force=row.revoked_at is None and precision.meets(row.required_precision),
    )
