"""Signing in and out: sessions of browsers, and the lock against guessing."""

import math
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.accounts import service
from api.accounts.hashing import (
    hash_password,
    hash_token,
    new_session_token,
    password_matches,
)
from api.accounts.models import SignInFailures, User, UserIdentity, UserSession
from api.accounts.oidc import Identity
from api.audit import service as audit
from api.database import Database, now
from api.errors import TooBusy, Unauthenticated

MAX_FAILURES = 5
LOCKED_FOR = timedelta(minutes=5)
_FORGET_FAILURES_AFTER = timedelta(hours=1)
_PROVIDER = "system"


def check_password(database: Database, *, username: str, password: str) -> User:
    """Return the user whose name and password these are.

    An attempt is counted before the password is checked, so that guesses sent at the same moment
    are counted too. Names without a user are counted alike: the answers do not tell them apart.

    Args:
        database: the transactions are opened here, for the check itself takes some 20 ms.
        username: who.
        password: as typed.

    Raises:
        Unauthenticated: when the name or the password is wrong.
        TooBusy: when the name is locked after too many wrong passwords.
    """
    with database.write() as session:
        _count_attempt(session, username)
        user = service.find_user(session, username)
    password_hash = user.password_hash if user and user.disabled_at is None else None
    if not password_matches(password, password_hash) or user is None:
        raise Unauthenticated("The name or the password is wrong.", code="wrong-credentials")
    with database.write() as session:
        session.execute(delete(SignInFailures).where(SignInFailures.username == username))
    return user


def open_session(session: Session, *, user: User, lifetime: timedelta) -> tuple[UserSession, str]:
    """Open a session of a user who has proved who they are; return it and its secret."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= now()))
    secret = new_session_token()
    user_session = UserSession(
        token_hash=hash_token(secret),
        csrf_token=new_session_token(),
        user_id=user.id,
        expires_at=now() + lifetime,
    )
    session.add(user_session)
    audit.record(
        session,
        actor=f"user:{user.id}",
        action="user.sign_in",
        object_type="user",
        object_id=user.id,
    )
    return user_session, secret


def user_of(session: Session, identity: Identity) -> User:
    """Return the user that a provider has signed in, made at the first time.

    Role and name follow the provider each time. A user with a password of the same name is
    somebody else: a provider must not take an account over by its name.

    Args:
        session: the open transaction.
        identity: whom the provider has signed in.

    Raises:
        Unauthenticated: the user is disabled here.
        Conflict: the username is another user's; or no administrator would be left.
    """
    known = session.get(UserIdentity, (identity.issuer, identity.subject))
    if known is None:
        user = service.create_user(
            session,
            username=identity.username,
            display_name=identity.display_name,
            password_hash=hash_password(new_session_token()),  # nobody knows it
            role=identity.role,
            camera_ids=None,
            actor=_PROVIDER,
        )
        session.add(UserIdentity(issuer=identity.issuer, subject=identity.subject, user_id=user.id))
        session.flush()
        return user
    user = service.get_user(session, known.user_id)
    if user.disabled_at is not None:
        raise Unauthenticated(
            "Your account is disabled: ask whoever manages the accounts.", code="oidc-disabled"
        )
    return service.update_user(
        session,
        user_id=user.id,
        values={"display_name": identity.display_name, "role": identity.role},
        actor=_PROVIDER,
    )


def close_session(session: Session, *, secret: str) -> None:
    """Close a session by its secret; closing it again changes nothing."""
    session.execute(delete(UserSession).where(UserSession.token_hash == hash_token(secret)))


def _count_attempt(session: Session, username: str) -> None:
    at = now()
    session.execute(
        delete(SignInFailures).where(SignInFailures.last_at < at - _FORGET_FAILURES_AFTER)
    )
    failures = _failures(session, username)
    if failures.locked_until is not None and failures.locked_until > at:
        wait_s = math.ceil((failures.locked_until - at).total_seconds())
        raise TooBusy(
            f"Too many wrong passwords for this name; try again in {wait_s} s.",
            code="locked",
            retry_after_s=wait_s,
        )
    failures.count = 1 if failures.locked_until else failures.count + 1
    failures.last_at = at
    failures.locked_until = at + LOCKED_FOR if failures.count >= MAX_FAILURES else None


def _failures(session: Session, username: str) -> SignInFailures:
    """Return the counter of a name, locked against other processes, made when there is none."""
    while True:
        failures = session.get(SignInFailures, username, with_for_update=True)
        if failures is not None:
            return failures
        with suppress(IntegrityError), session.begin_nested():  # another was quicker
            session.add(SignInFailures(username=username, count=0, last_at=now()))
