"""Passwords and tokens: how they are made, hashed and checked."""

import hashlib
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

TOKEN_PREFIX = "xj_"  # noqa: S105 - lets secret scanners recognise a leaked token

# Argon2id with the parameters of OWASP's Password Storage Cheat Sheet (19 MiB, 2 passes).
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _hasher.hash(secrets.token_urlsafe())
# Each check takes 19 MiB and some 20 ms of a core: a burst of guesses must not take them all.
_at_once = threading.BoundedSemaphore(2)


def new_token() -> str:
    """Return a bearer token: `xj_` and 32 random bytes, base64url."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def new_session_token() -> str:
    """Return the secret of a browser session: 32 random bytes, base64url."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token in hex; enough for a secret of 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, with its parameters and salt."""
    with _at_once:
        return _hasher.hash(password)


def password_matches(password: str, password_hash: str | None) -> bool:
    """Say whether a password is right.

    Args:
        password: what was typed.
        password_hash: what is stored, or None when there is no such user: the answer is then no,
            after the same work, so that its time does not tell whether the user exists.
    """
    with _at_once:
        try:
            _hasher.verify(password_hash or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None
