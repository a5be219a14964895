"""Digest access authentication of devices: RFC 7616, and RFC 2617 as older devices speak it.

MD5 is what the devices of GA/T 1400 and their kind can do, so its challenge comes first; SHA-256
is offered beside it. A nonce is signed and ends after five minutes, so none is stored until it was
answered rightly; from then on its count `nc` must rise, and what was overheard opens nothing.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Self
from urllib.parse import urlsplit

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.database import Database, now
from api.devices.models import DigestNonce
from api.secrets import derive_key

REALM = "Xunjian"
NONCE_S = 300

_HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False),
    "SHA-256": hashlib.sha256,
}
_LONGEST_HEADER = 4096
_RANDOM_BYTES = 12
_TIME_BYTES = 8
_SIGNATURE_BYTES = 16
_COUNT = re.compile(r"[0-9a-fA-F]{8}")
_PARAMETER = re.compile(
    r'\s*([A-Za-z0-9_*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)', re.DOTALL
)


class Outcome(Enum):
    """What an answer to a challenge proves."""

    GENUINE = "genuine"
    STALE = "stale"  # the secret is known, but the nonce is old or used up: ask anew
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class DigestAnswer:
    """The answer to a challenge, as the header `Authorization` has it.

    Attributes:
        username: who it says it is.
        realm: of which it believes to have been asked.
        nonce: what it answers.
        uri: what it asks for.
        response: the proof, hexadecimal.
        algorithm: `MD5` or `SHA-256`.
        nc: how often it has used the nonce, None as RFC 2069 had it, without `qop`.
        cnonce: its own part; empty without `qop`.
    """

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str
    nc: str | None
    cnonce: str

    @classmethod
    def read(cls, header: str) -> Self | None:
        """Return what a header says, or None where it is no answer that can be checked."""
        scheme, _, rest = header.partition(" ")
        if scheme.lower() != "digest" or len(header) > _LONGEST_HEADER:
            return None
        given: dict[str, str] = {}
        at = 0
        while at < len(rest):
            found = _PARAMETER.match(rest, at)
            if found is None or found[1].lower() in given:
                return None
            text = found[3] or re.sub(r"\\(.)", r"\1", found[2] or "")
            given[found[1].lower()] = text
            at = found.end()
        algorithm = given.get("algorithm", "MD5").upper()
        qop, nc, cnonce = given.get("qop"), given.get("nc"), given.get("cnonce")
        wanted = ("username", "realm", "nonce", "uri", "response")
        if algorithm not in _HASHES or any(name not in given for name in wanted):
            return None
        if qop is not None and (
            qop.lower() != "auth" or cnonce is None or not _COUNT.fullmatch(nc or "")
        ):
            return None
        return cls(
            **{name: given[name] for name in wanted},
            algorithm=algorithm,
            nc=None if qop is None else nc,
            cnonce="" if qop is None or cnonce is None else cnonce,
        )

    def expected(self, *, method: str, secret: str) -> str:
        """Return the response that proves the secret (RFC 7616, 3.4.1; RFC 2069, 2.4)."""
        ha1 = self._hash(f"{self.username}:{self.realm}:{secret}")
        ha2 = self._hash(f"{method}:{self.uri}")
        if self.nc is None:
            return self._hash(f"{ha1}:{self.nonce}:{ha2}")
        return self._hash(f"{ha1}:{self.nonce}:{self.nc}:{self.cnonce}:auth:{ha2}")

    def _hash(self, text: str) -> str:
        return _HASHES[self.algorithm](text.encode()).hexdigest()


class DigestGate:
    """Asks devices for their secret and checks what they answer.

    Args:
        database: where used nonces are noted, so that every process knows them.
        secret_key: the installation's secret key, which signs nonces.
        clock: seconds since the epoch.
    """

    def __init__(
        self, database: Database, secret_key: bytes, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._key = derive_key(secret_key, "digest nonces")
        self._clock = clock

    def challenges(self, *, stale: bool = False) -> list[str]:
        """Return the values of `WWW-Authenticate`, one for each algorithm."""
        made = int(self._clock()).to_bytes(_TIME_BYTES) + secrets.token_bytes(_RANDOM_BYTES)
        nonce = base64.urlsafe_b64encode(made + self._signature(made)).decode()
        return [
            f'Digest realm="{REALM}", qop="auth", nonce="{nonce}", algorithm={algorithm}'
            + (", stale=true" if stale else "")
            for algorithm in _HASHES
        ]

    def check(self, answer: DigestAnswer, *, method: str, target: str, secret: str) -> Outcome:
        """Say what an answer proves; a genuine one is used up by this.

        Args:
            answer: what came.
            method: of the request.
            target: path and query of the request.
            secret: of the device that the answer names.
        """
        made = self._own(answer.nonce)
        response = answer.response.lower()
        proven = hmac.compare_digest(
            response.encode(), answer.expected(method=method, secret=secret).encode()
        )
        if not proven or made is None or answer.realm != REALM or _target(answer.uri) != target:
            return Outcome.WRONG
        expires_at = datetime.fromtimestamp(made, UTC) + timedelta(seconds=2 * NONCE_S)
        if self._clock() - made > NONCE_S:
            return Outcome.STALE
        uses = 1 if answer.nc is None else int(answer.nc, 16)
        with self._database.write() as session:
            first = _use(session, answer.nonce, uses, expires_at, once=answer.nc is None)
        return Outcome.GENUINE if first else Outcome.STALE

    def _own(self, nonce: str) -> int | None:
        """Return when a nonce was made, or None where it was not made here."""
        try:
            given = base64.urlsafe_b64decode(nonce.encode())
        except (binascii.Error, ValueError):
            return None
        made, signature = given[:-_SIGNATURE_BYTES], given[-_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(made)):
            return None
        return int.from_bytes(made[:_TIME_BYTES])

    def _signature(self, made: bytes) -> bytes:
        return hmac.digest(self._key, made, "sha256")[:_SIGNATURE_BYTES]


def _target(uri: str) -> str | None:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _use(session: Session, nonce: str, uses: int, expires_at: datetime, *, once: bool) -> bool:
    """Note that a nonce was used; return False where it had been, as often or more."""
    session.execute(delete(DigestNonce).where(DigestNonce.expires_at < now()))
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(DigestNonce).values(
        nonce=hashlib.sha256(nonce.encode()).hexdigest(), uses=uses, expires_at=expires_at
    )
    noted = (
        statement.on_conflict_do_nothing()
        if once
        else statement.on_conflict_do_update(
            index_elements=["nonce"],
            set_={"uses": statement.excluded.uses},
            where=DigestNonce.uses < statement.excluded.uses,
        )
    )
    return session.scalar(noted.returning(DigestNonce.uses)) is not None
