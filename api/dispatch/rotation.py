"""Keys that sign webhooks, changed without a message lost: the new one and the old both sign.

The department checks with either until it has the new one; then the old ones are ended.
"""

import base64
import secrets

from sqlalchemy.orm import Session

from api.audit import service as audit
from api.dispatch import destinations
from api.dispatch.models import Destination, DestinationKind
from api.dispatch.sealing import Seal, SecretUnreadable
from api.dispatch.signatures import SHARED
from api.errors import Conflict

_BYTES = 32
_MOST_KEYS = 4


def signing_keys(destination: Destination, seal: Seal) -> int | None:
    """Return how many keys a destination's secret holds; None where none can be told."""
    if destination.kind is not DestinationKind.WEBHOOK or destination.sealed_secret is None:
        return None
    try:
        return len(seal.open(destination.sealed_secret).split())
    except SecretUnreadable:
        return None


def add_key(session: Session, *, seal: Seal, destination_id: str, actor: str) -> str:
    """Make a key that signs beside those before it; return it, which is shown this once.

    Args:
        session: the open transaction.
        seal: encrypts the secret.
        destination_id: a webhook.
        actor: who does it.

    Raises:
        NotFound: there is none with this id.
        Conflict: it is no webhook, its keys cannot be read, or it has four already.
    """
    destination, keys = _keys(session, seal, destination_id)
    if len(keys) >= _MOST_KEYS:
        raise Conflict(f"It has {len(keys)} keys; end the old ones first.", code="too-many-keys")
    key = SHARED + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    _keep(session, destination, seal, [key, *keys], before=len(keys), actor=actor)
    return key


def end_old_keys(session: Session, *, seal: Seal, destination_id: str, actor: str) -> Destination:
    """Let the newest key alone sign and check; arguments as of `add_key`.

    Raises:
        NotFound: there is none with this id.
        Conflict: it is no webhook, its keys cannot be read, or its newest is no shared one.
    """
    destination, keys = _keys(session, seal, destination_id)
    if not keys[0].startswith(SHARED):
        raise Conflict(
            "Its newest key is not a shared one (whsec_): make a new key first.", code="no-new-key"
        )
    if len(keys) > 1:
        _keep(session, destination, seal, keys[:1], before=len(keys), actor=actor)
    return destination


def _keys(session: Session, seal: Seal, destination_id: str) -> tuple[Destination, list[str]]:
    destination = destinations.get(session, destination_id)
    if destination.kind is not DestinationKind.WEBHOOK or destination.sealed_secret is None:
        raise Conflict("Only the keys of a webhook can be changed so.", code="no-signing-keys")
    try:
        return destination, seal.open(destination.sealed_secret).split()
    except SecretUnreadable as error:
        raise Conflict(f"{error}. {error.hint}", code="secret-unreadable") from error


def _keep(
    session: Session,
    destination: Destination,
    seal: Seal,
    keys: list[str],
    *,
    before: int,
    actor: str,
) -> None:
    destination.sealed_secret = seal.close("\n".join(keys))
    audit.record(
        session,
        actor=actor,
        action="destination.keys",
        object_type="destination",
        object_id=destination.id,
        before={"keys": before},
        after={"keys": len(keys)},
    )
