"""Registrations: begun by a proof, kept up by being heard of, ended by silence."""

import hashlib
from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.database import Database, now
from api.devices.service import KnownDevice
from api.viid.models import ViidSession

SILENCE = timedelta(seconds=270)
"""How long a registration outlasts the last message.

GA/T 1400.4 leaves the period of keepalives to the installation. Of the open implementations the
client of nanguantong/gat-1400 sends one every 90 s and the server of 648540858/wvp-GB28181-pro
forgets a device after 180 s: three times the longer period lets two keepalives be lost.
"""
_NOTED_EVERY = timedelta(seconds=10)


def begin(session: Session, device: KnownDevice, peer: str) -> None:
    """Register a device that has proved who it is, in place of where it was registered before."""
    at = now()
    told = {"peer": peer, "proof": _proof(device), "registered_at": at, "heard_at": at}
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        insert(ViidSession)
        .values(device_id=device.id, **told)
        .on_conflict_do_update(index_elements=["device_id"], set_=told)
    )


def is_registered(database: Database, device: KnownDevice, peer: str) -> bool:
    """Say whether a device is registered from an address, and note that it was heard of."""
    at = now()
    with database.read() as session:
        held = session.get(ViidSession, device.id)
    if (
        held is None
        or held.peer != peer
        or held.proof != _proof(device)
        or at - held.heard_at > SILENCE
    ):
        return False
    if at - held.heard_at >= _NOTED_EVERY:
        with database.write() as session:
            session.execute(
                update(ViidSession)
                .where(ViidSession.device_id == device.id, ViidSession.peer == peer)
                .values(heard_at=at)
            )
    return True


def end(session: Session, device: KnownDevice) -> None:
    """Forget that a device is registered."""
    session.execute(delete(ViidSession).where(ViidSession.device_id == device.id))


def _proof(device: KnownDevice) -> str:
    return hashlib.sha256((device.sealed_secret or "").encode()).hexdigest()
