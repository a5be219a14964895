"""Signatures of Standard Webhooks 1.0, with several keys at once so that they can be changed.

Source: https://www.standardwebhooks.com: `v1` is HMAC-SHA256 with a shared secret (`whsec_`), `v1a`
is Ed25519 (RFC 8032) with a private key (`whsk_`) that a public one checks (`whpk_`). A message
carries the signatures of all keys; one that is right is enough.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from models.errors import XunjianError

TOLERANCE = timedelta(minutes=5)
SHARED = "whsec_"
"""What a shared secret begins with."""

_PRIVATE, _PUBLIC = "whsk_", "whpk_"
_SHARED_BYTES = range(24, 65)
_ED25519_BYTES = 32
_VERSION_OF_ED25519 = "v1a,"


class KeysInvalid(XunjianError):
    """Keys that cannot sign, or cannot check what comes back."""


class SignatureWrong(XunjianError):
    """A message is not signed with any of the keys, or not now."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one destination.

    Attributes:
        shared: base64 secrets of 24 to 64 bytes: they sign and check.
        private: these sign.
        public: the receiver's: these check.
    """

    shared: tuple[str, ...]
    private: tuple[Ed25519PrivateKey, ...]
    public: tuple[Ed25519PublicKey, ...]

    @classmethod
    def read(cls, text: str) -> "Keys":
        """Read keys with white space between them, the newest first.

        Args:
            text: `whsec_…` (the prefix may be absent), `whsk_…` or `whpk_…`, each in base64.

        Raises:
            KeysInvalid: one of them cannot be read, or nothing signs, or nothing checks.
        """
        shared, private, public = [], [], []
        for key in text.split():
            if key.startswith(_PRIVATE):
                raw = _decoded(key, _PRIVATE, range(_ED25519_BYTES, _ED25519_BYTES + 1))
                private.append(Ed25519PrivateKey.from_private_bytes(raw))
            elif key.startswith(_PUBLIC):
                raw = _decoded(key, _PUBLIC, range(_ED25519_BYTES, _ED25519_BYTES + 1))
                public.append(Ed25519PublicKey.from_public_bytes(raw))
            else:
                shared.append(base64.b64encode(_decoded(key, SHARED, _SHARED_BYTES)).decode())
        if not shared and not private:
            raise KeysInvalid(
                "a webhook needs a secret of 24 to 64 random bytes in base64, shared with the "
                "receiver, or a private key whsk_ of 32",
                hint=f'Make a secret with: echo "{SHARED}$(openssl rand -base64 32)"',
            )
        if not shared and not public:
            raise KeysInvalid(
                "with a private key only, what the receiver tells cannot be checked",
                hint="Add the receiver's public key, whpk_….",
            )
        return cls(tuple(shared), tuple(private), tuple(public))

    @property
    def public_of_private(self) -> tuple[str, ...]:
        """What receivers check our `v1a` signatures with, as `whpk_…`."""
        return tuple(
            _PUBLIC + base64.b64encode(key.public_key().public_bytes_raw()).decode()
            for key in self.private
        )

    def sign(self, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
        """Return the headers that sign a body, one signature for each key that signs."""
        signed = _signed(message_id, str(int(at.timestamp())), body)
        signatures = [
            *(Webhook(secret).sign(message_id, at, body.decode()) for secret in self.shared),
            *(
                _VERSION_OF_ED25519 + base64.b64encode(key.sign(signed)).decode()
                for key in self.private
            ),
        ]
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def verify(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> None:
        """Return if a body is signed with one of the keys, and not long ago.

        Args:
            headers: of the message, their names in lower case.
            body: the very bytes.
            at: the present time.

        Raises:
            SignatureWrong: it is not.
        """
        if not (self._shared_verify(headers, body) or self._public_verify(headers, body, at)):
            raise SignatureWrong("the signature is wrong, missing, or of another time")

    def _shared_verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        for secret in self.shared:
            try:
                Webhook(secret).verify(body, dict(headers), json_parse=False)
            except (WebhookVerificationError, ValueError):
                continue
            return True
        return False

    def _public_verify(self, headers: Mapping[str, str], body: bytes, at: datetime) -> bool:
        stamp = headers.get("webhook-timestamp", "")
        if not stamp.isdecimal() or abs(at.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
            return False
        signed = _signed(headers.get("webhook-id", ""), stamp, body)
        given = [
            signature.removeprefix(_VERSION_OF_ED25519)
            for signature in headers.get("webhook-signature", "").split()
            if signature.startswith(_VERSION_OF_ED25519)
        ]
        return any(_is_signed(key, signature, signed) for key in self.public for signature in given)


def _signed(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


def _is_signed(key: Ed25519PublicKey, signature: str, signed: bytes) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _decoded(key: str, prefix: str, sizes: range) -> bytes:
    encoded = key.removeprefix(prefix).rstrip("=")
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        raw = b""
    if len(raw) not in sizes:
        most = f" to {sizes[-1]}" if len(sizes) > 1 else ""
        raise KeysInvalid(
            f"a key {prefix}… is {sizes[0]}{most} random bytes in base64",
            hint=f'Make one with: echo "{prefix}$(openssl rand -base64 32)"',
        )
    return raw
