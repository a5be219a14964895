"""Gateways: made, changed, found."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.database import now
from api.errors import Conflict, NotFound
from api.gateways.models import Gateway


def create_gateway(session: Session, *, name: str, actor: str) -> Gateway:
    """Make a gateway.

    Raises:
        Conflict: when the name is taken.
    """
    gateway = Gateway(name=name)
    session.add(gateway)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"There is a gateway {name!r} already.", code="name-taken") from None
    audit.record(
        session,
        actor=actor,
        action="gateway.create",
        object_type="gateway",
        object_id=gateway.id,
        after={"name": name},
    )
    return gateway


def get_gateway(session: Session, gateway_id: str) -> Gateway:
    """Return a gateway.

    Raises:
        NotFound: when there is none with this id.
    """
    gateway = session.get(Gateway, gateway_id)
    if gateway is None:
        raise NotFound("There is no gateway with this id.", code="gateway-not-found")
    return gateway


def find_gateway(session: Session, name: str) -> Gateway | None:
    """Return the gateway of a name, or None."""
    return session.scalars(select(Gateway).where(Gateway.name == name)).one_or_none()


def gateways(session: Session, *, limit: int, after_id: str | None = None) -> Sequence[Gateway]:
    """Return gateways, oldest first, one more than `limit` if there are more."""
    return session.scalars(
        select(Gateway).where(Gateway.id > (after_id or "")).order_by(Gateway.id).limit(limit + 1)
    ).all()


def set_disabled(session: Session, *, gateway_id: str, disabled: bool, actor: str) -> Gateway:
    """Disable a gateway, so that its tokens open nothing, or enable it again.

    Raises:
        NotFound: when there is none with this id.
    """
    gateway = get_gateway(session, gateway_id)
    if (gateway.disabled_at is not None) != disabled:
        gateway.disabled_at = now() if disabled else None
        audit.record(
            session,
            actor=actor,
            action="gateway.update",
            object_type="gateway",
            object_id=gateway.id,
            before={"disabled": not disabled},
            after={"disabled": disabled},
        )
    return gateway
