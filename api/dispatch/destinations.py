"""Destinations: departments' addresses, made, changed, tried and switched off by administrators."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cases.waiting import send_to
from api.database import now
from api.dispatch import outbox
from api.dispatch.connectors import CONNECTORS
from api.dispatch.connectors.base import Connector
from api.dispatch.connectors.wire import DeliveryFailed, Wire
from api.dispatch.models import Destination, DestinationKind
from api.dispatch.sealing import Seal, SecretUnreadable
from api.errors import Conflict, NotFound, Unprocessable


@dataclass(frozen=True, slots=True)
class Trial:
    """What trying a destination showed.

    Attributes:
        ok: whether it works.
        detail: what was found, for people.
        status_code: of the last answer, or None without one.
    """

    ok: bool
    detail: str
    status_code: int | None


def create(
    session: Session,
    *,
    seal: Seal,
    name: str,
    kind: DestinationKind,
    url: str,
    settings: dict[str, Any],
    secret: str | None,
    classes: Collection[str],
    actor: str,
) -> Destination:
    """Make a destination, and send it the cases that wait for one of its classes.

    Args:
        session: the open transaction.
        seal: encrypts the secret.
        name: the department's, unique.
        kind: how it is spoken to.
        url: its address; nothing else is ever called for it.
        settings: of its kind.
        secret: its api_key, or the secret that signs.
        classes: the class names it receives; no other enabled destination may receive them.
        actor: who makes it.

    Raises:
        Unprocessable: the address, the settings or the secret cannot be used.
        Conflict: the name or a class is taken.
    """
    destination = Destination(name=name, kind=kind, url=url, classes=sorted(set(classes)))
    destination.sealed_secret = seal.close(secret) if secret else None
    destination.settings = settings
    _validate(session, destination, seal)
    session.add(destination)
    _flush_name(session, name)
    audit.record(
        session,
        actor=actor,
        action="destination.create",
        object_type="destination",
        object_id=destination.id,
        after={
            "name": name,
            "kind": kind.value,
            "url": url,
            "settings": settings,
            "classes": destination.classes,
            "has_secret": secret is not None,
        },
    )
    send_to(session, destination)
    return destination


def update(
    session: Session, *, seal: Seal, destination_id: str, values: dict[str, Any], actor: str
) -> Destination:
    """Change a destination; what waits for it is sent.

    Args:
        session: the open transaction.
        seal: encrypts the secret.
        destination_id: which.
        values: any of name, url, settings, secret, classes, enabled (bool).
        actor: who changes it.

    Raises:
        NotFound: there is none with this id.
        Unprocessable: the address, the settings or the secret cannot be used.
        Conflict: the name or a class is taken.
    """
    destination = get(session, destination_id)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    if "secret" in values:
        secret = values.pop("secret")
        destination.sealed_secret = seal.close(secret) if secret else None
        after["secret"] = "changed"  # noqa: S105 - says that, not what
    enabled = values.pop("enabled", None)
    if "classes" in values:
        values["classes"] = sorted(set(values["classes"]))
    was, is_now = audit.changes(destination, values)
    before |= was
    after |= is_now
    if enabled and destination.disabled_at is not None:
        destination.disabled_at = destination.disabled_reason = None
        before["enabled"], after["enabled"] = False, True
    _validate(session, destination, seal)
    _flush_name(session, destination.name)
    if enabled is False:
        disable(session, destination_id=destination.id, reason="by an administrator", actor=actor)
    if after:
        audit.record(
            session,
            actor=actor,
            action="destination.update",
            object_type="destination",
            object_id=destination.id,
            before=before,
            after=after,
        )
    if destination.disabled_at is None:
        send_to(session, destination)
    return destination


def disable(session: Session, *, destination_id: str, reason: str, actor: str) -> None:
    """Switch a destination off: its waiting messages become dead, their cases undeliverable.

    The sender does that, message by message, so that a case is never changed behind its back.
    """
    destination = get(session, destination_id)
    if destination.disabled_at is not None:
        return
    destination.disabled_at, destination.disabled_reason = now(), reason
    audit.record(
        session,
        actor=actor,
        action="destination.disable",
        object_type="destination",
        object_id=destination.id,
        before={"enabled": True},
        after={"enabled": False},
        reason=reason,
    )
    outbox.hurry(session, destination.id)


def get(session: Session, destination_id: str) -> Destination:
    """Return a destination, locked until the transaction ends.

    Raises:
        NotFound: there is none with this id.
    """
    destination = session.get(Destination, destination_id, with_for_update={"key_share": True})
    if destination is None:
        raise NotFound("There is no destination with this id.", code="destination-not-found")
    return destination


def destinations(
    session: Session, *, limit: int, after_id: str | None = None
) -> Sequence[Destination]:
    """Return destinations, oldest first, one more than `limit` if there are more."""
    query = select(Destination).where(Destination.id > (after_id or ""))
    return session.scalars(query.order_by(Destination.id).limit(limit + 1)).all()


def connect(destination: Destination, seal: Seal) -> Connector[Any]:
    """Return the connector of a destination.

    Raises:
        SecretUnreadable: its secret was encrypted with another key.
    """
    connector = CONNECTORS[destination.kind]
    secret = seal.open(destination.sealed_secret) if destination.sealed_secret else None
    return connector(connector.settings_model.model_validate(destination.settings), secret)


def callback_url(source: str, destination: Destination) -> str | None:
    """Return where a department tells what it does, or None where it is asked instead."""
    if not CONNECTORS[destination.kind].takes_callbacks():
        return None
    return f"{source.rstrip('/')}/v1/callbacks/{destination.id}"


def trial(
    destination: Destination,
    *,
    seal: Seal,
    source: str,
    client: httpx.Client,
    timeout_s: float,
    drop_dir: Path,
) -> Trial:
    """Try a destination without sending a case."""
    try:
        connector = connect(destination, seal)
    except SecretUnreadable as error:
        return Trial(ok=False, detail=f"{error}. {error.hint}", status_code=None)
    secrets = (connector.secret,) if connector.secret else ()
    wire = Wire(
        client, url=destination.url, timeout_s=timeout_s, secrets=secrets, drop_dir=drop_dir
    )
    try:
        detail = connector.check(destination.id, source, wire)
    except DeliveryFailed as failure:
        return Trial(ok=False, detail=str(failure), status_code=wire.status_code)
    return Trial(ok=True, detail=detail, status_code=wire.status_code)


def _validate(session: Session, destination: Destination, seal: Seal) -> None:
    """Refuse what could never be delivered, before it is written."""
    if problem := CONNECTORS[destination.kind].address_problem(destination.url):
        raise Unprocessable(f"url: {problem}.", code="destination-invalid")
    try:
        problems = connect(destination, seal).problems(destination.classes)
    except ValidationError as error:
        problems = [
            f"settings.{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()
        ]
    except SecretUnreadable as error:
        problems = [f"{error}: {error.hint}"]
    if problems:
        raise Unprocessable("; ".join(problems) + ".", code="destination-invalid")
    if destination.disabled_at is not None:
        return
    with session.no_autoflush:
        others = session.scalars(
            select(Destination).where(
                Destination.disabled_at.is_(None), Destination.id != (destination.id or "")
            )
        ).all()
    for other in others:
        if taken := set(other.classes) & set(destination.classes):
            raise Conflict(
                f"{other.name!r} receives {', '.join(sorted(taken))} already; a class goes to one "
                "department.",
                code="class-taken",
            )


def _flush_name(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"There is a destination {name!r} already.", code="name-taken") from None
