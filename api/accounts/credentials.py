"""From a token or a session cookie to a principal, quickly: this stands before every request."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.accounts.hashing import hash_token
from api.accounts.models import Token, User, UserSession
from api.cameras.models import Camera
from api.database import Database, now
from api.gateways.models import Gateway
from api.permissions import Role
from api.principal import Principal

MAX_AGE_S = 5.0
_MAX_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Credential:
    """A principal, until when it holds, and what a browser must send along with a write."""

    principal: Principal
    expires_at: datetime | None = None
    csrf_token: str | None = None


class Credentials:
    """Looks up tokens and sessions, and remembers the valid ones for `MAX_AGE_S` seconds.

    What this process changes holds at once, because it calls `forget`; what another process
    changed (a token revoked, a user disabled) holds here after `MAX_AGE_S` seconds at most.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, Credential]] = {}
        self._changes = 0

    def remembered(self, kind: str, secret: str) -> Credential | None:
        """Return what is remembered of a secret, without touching the database.

        Args:
            kind: `token` or `session`.
            secret: as it was sent.
        """
        entry = self._known.get((kind, hash_token(secret)))
        if entry is None or entry[0] < time.monotonic():
            return None
        credential = entry[1]
        if credential.expires_at is not None and credential.expires_at <= now():
            return None
        return credential

    def look_up(self, kind: str, secret: str) -> Credential | None:
        """Return whose secret this is, or None; reads the database."""
        key = (kind, hash_token(secret))
        changes = self._changes
        with self._database.read() as session:
            find = _token if kind == "token" else _session
            credential = find(session, key[1])
        if credential is not None:
            with self._lock:
                if changes == self._changes:
                    if len(self._known) >= _MAX_ENTRIES:
                        self._known.clear()
                    self._known[key] = (time.monotonic() + MAX_AGE_S, credential)
        return credential

    def forget(self) -> None:
        """Forget everything: called after any change to users, tokens, gateways or cameras."""
        with self._lock:
            self._changes += 1
            self._known.clear()


def _token(session: Session, token_hash: str) -> Credential | None:
    row = session.execute(
        select(Token, Gateway)
        .outerjoin(Gateway, Token.gateway_id == Gateway.id)
        .where(Token.token_hash == token_hash)
    ).one_or_none()
    if row is None:
        return None
    token, gateway = row
    expired = token.expires_at is not None and token.expires_at <= now()
    if token.revoked_at is not None or expired:
        return None
    camera_ids = None
    if Role(token.role) is Role.GATEWAY:
        if gateway is None or gateway.disabled_at is not None:
            return None
        camera_ids = frozenset(
            session.scalars(select(Camera.id).where(Camera.gateway_id == gateway.id))
        )
    principal = Principal(
        kind="token",
        id=token.id,
        name=token.name,
        role=Role(token.role),
        gateway_id=token.gateway_id,
        camera_ids=camera_ids,
    )
    return Credential(principal, token.expires_at)


def _session(session: Session, token_hash: str) -> Credential | None:
    row = session.execute(
        select(UserSession, User)
        .join(User, UserSession.user_id == User.id)
        .where(UserSession.token_hash == token_hash)
    ).one_or_none()
    if row is None:
        return None
    user_session, user = row
    if user_session.expires_at <= now() or user.disabled_at is not None:
        return None
    return Credential(principal_of(user), user_session.expires_at, user_session.csrf_token)


def principal_of(user: User) -> Principal:
    """Return the principal that a user is."""
    return Principal(
        kind="user",
        id=user.id,
        name=user.username,
        role=Role(user.role),
        camera_ids=None if user.camera_ids is None else frozenset(user.camera_ids),
    )
