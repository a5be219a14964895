"""Users and tokens: made, changed and taken away."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.accounts.hashing import hash_password, hash_token, new_token
from api.accounts.models import Token, User, UserSession
from api.audit import service as audit
from api.cameras.models import Camera
from api.database import now
from api.errors import Conflict, NotFound, Unprocessable
from api.gateways import service as gateways
from api.permissions import Role


def create_user(
    session: Session,
    *,
    username: str,
    display_name: str,
    password_hash: str,
    role: Role,
    camera_ids: Collection[str] | None,
    actor: str,
) -> User:
    """Make a user.

    Args:
        session: the open transaction.
        username: the name to sign in with, unique.
        display_name: the name that others read.
        password_hash: from `hash_password`, made before the transaction for it takes a while.
        role: any but gateway, which is a machine's.
        camera_ids: the cameras whose findings the user may see; None means every camera.
        actor: who makes the user, for the audit record.

    Raises:
        Conflict: when the username is taken.
        Unprocessable: when the role is not a person's or a camera does not exist.
    """
    if role is Role.GATEWAY:
        raise Unprocessable(
            "gateway is the role of machines: create a gateway and a token for it.",
            code="role-not-for-people",
        )
    user = User(
        username=username,
        display_name=display_name,
        password_hash=password_hash,
        role=role,
        camera_ids=_existing_cameras(session, camera_ids),
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(
            f"There is a user {username!r} already; choose another name.", code="name-taken"
        ) from None
    audit.record(
        session,
        actor=actor,
        action="user.create",
        object_type="user",
        object_id=user.id,
        after={"username": username, "role": role.value, "camera_ids": user.camera_ids},
    )
    return user


def update_user(session: Session, *, user_id: str, values: dict[str, Any], actor: str) -> User:
    """Change a user; whoever is disabled, or gets a new password, is signed out everywhere.

    Args:
        session: the open transaction.
        user_id: whom.
        values: any of display_name, role, camera_ids, password_hash, disabled (bool).
        actor: who changes it.

    Raises:
        NotFound: when there is no such user.
        Unprocessable: when the role is not a person's or a camera does not exist.
        Conflict: when no enabled administrator would be left.
    """
    user = get_user(session, user_id)
    if values.get("role") is Role.GATEWAY:
        raise Unprocessable("gateway is the role of machines.", code="role-not-for-people")
    if "camera_ids" in values:
        values["camera_ids"] = _existing_cameras(session, values["camera_ids"])
    if "disabled" in values:
        disabled = values.pop("disabled")
        values["disabled_at"] = (user.disabled_at or now()) if disabled else None
    before, after = audit.changes(user, values)
    session.flush()
    if before.keys() & {"role", "disabled_at"}:
        _keep_an_administrator(session)
    if "password_hash" in after or after.get("disabled_at"):
        session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    if after:
        audit.record(
            session,
            actor=actor,
            action="user.update",
            object_type="user",
            object_id=user.id,
            before=_printable(before),
            after=_printable(after),
        )
    return user


def get_user(session: Session, user_id: str) -> User:
    """Return a user.

    Raises:
        NotFound: when there is none with this id.
    """
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no user with this id.", code="user-not-found")
    return user


def find_user(session: Session, username: str) -> User | None:
    """Return the user of a name, or None."""
    return session.scalars(select(User).where(User.username == username)).one_or_none()


def get_user_named(session: Session, username: str) -> User:
    """Return the user of a name.

    Raises:
        NotFound: when there is none.
    """
    user = find_user(session, username)
    if user is None:
        raise NotFound(f"There is no user {username!r}.", code="user-not-found")
    return user


def users(session: Session, *, limit: int, after_id: str | None = None) -> Sequence[User]:
    """Return users, oldest first, one more than `limit` if there are more."""
    return session.scalars(
        select(User).where(User.id > (after_id or "")).order_by(User.id).limit(limit + 1)
    ).all()


def create_token(
    session: Session,
    *,
    name: str,
    role: Role,
    gateway_id: str | None,
    expires_at: datetime | None,
    actor: str,
) -> tuple[Token, str]:
    """Make a token; return it and its secret, which is nowhere kept and shown this once.

    Raises:
        NotFound: when the gateway does not exist.
        Unprocessable: when a gateway's token names no gateway, or another's names one, or it
            would have expired already.
    """
    if (role is Role.GATEWAY) != (gateway_id is not None):
        raise Unprocessable(
            "A token of the role gateway names its gateway, and no other token does.",
            code="token-gateway",
        )
    if gateway_id is not None:
        gateways.get_gateway(session, gateway_id)
    if expires_at is not None and expires_at <= now():
        raise Unprocessable("expires_at lies in the past.", code="token-expired")
    secret = new_token()
    token = Token(
        name=name,
        token_hash=hash_token(secret),
        role=role,
        gateway_id=gateway_id,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="token.create",
        object_type="token",
        object_id=token.id,
        after={"name": name, "role": role.value, "gateway_id": gateway_id},
    )
    return token, secret


def revoke_token(session: Session, *, token_id: str, actor: str) -> Token:
    """Revoke a token; revoking it again changes nothing.

    Raises:
        NotFound: when there is no such token.
    """
    token = session.get(Token, token_id)
    if token is None:
        raise NotFound("There is no token with this id.", code="token-not-found")
    if token.revoked_at is None:
        token.revoked_at = now()
        audit.record(
            session,
            actor=actor,
            action="token.revoke",
            object_type="token",
            object_id=token.id,
            after={"revoked_at": token.revoked_at.isoformat()},
        )
    return token


def tokens(session: Session, *, limit: int, after_id: str | None = None) -> Sequence[Token]:
    """Return tokens, oldest first, one more than `limit` if there are more."""
    return session.scalars(
        select(Token).where(Token.id > (after_id or "")).order_by(Token.id).limit(limit + 1)
    ).all()


def new_password_hash(password: str) -> str:
    """Return the hash of a password that is good enough to be taken.

    Raises:
        Unprocessable: when it is shorter than 10 or longer than 200 characters.
    """
    if not 10 <= len(password) <= 200:
        raise Unprocessable(
            "A password has 10 to 200 characters; several words make a good one.",
            code="password-length",
        )
    return hash_password(password)


def _existing_cameras(session: Session, ids: Collection[str] | None) -> list[str] | None:
    if ids is None:
        return None
    known = set(session.scalars(select(Camera.id).where(Camera.id.in_(ids))))
    if unknown := sorted(set(ids) - known):
        raise Unprocessable(
            f"There is no camera with the id {', '.join(unknown)}.", code="camera-not-found"
        )
    return sorted(known)


def _keep_an_administrator(session: Session) -> None:
    administrators = select(User.id).where(User.role == Role.ADMIN, User.disabled_at.is_(None))
    # Locked, so that two administrators cannot disable each other at the same moment.
    if session.scalars(administrators.limit(1).with_for_update()).first() is None:
        raise Conflict(
            "This is the last administrator; make another one first.", code="last-administrator"
        )


def _printable(values: dict[str, Any]) -> dict[str, Any]:
    """Make values fit for the audit record: no hash of a password, no datetime."""
    return {
        "password" if name == "password_hash" else name: (
            "changed"
            if name == "password_hash"
            else value.isoformat()
            if isinstance(value, datetime)
            else value
        )
        for name, value in values.items()
    }
