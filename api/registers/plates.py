"""Plates as they may be stored: as keyed hashes to find them by, and sealed.

A plate is found again by hashes of a **positional deletion neighbourhood**, after the symmetric
deletes of W. Garbe's SymSpell. Two plates are one edit apart

- by a character put for another, if both are the same without the character at one position;
- by a character left out or put in, if one is the other without one character.

So an entry of a register is kept under the hash of itself, of itself without each character (with
the position), and of itself without each character (without it). What is read is looked up in the
same way, and one indexed query tells exact from similar. There is nothing to verify afterwards:
unlike in SymSpell the position tells a replaced character from two swapped ones.
"""

import base64
import hmac
import json
import os
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.secrets import derive_key
from models.errors import XunjianError

_FILLERS = re.compile(r"[\s·•‧・.\-–—]")
_NONCE_BYTES = 12
_HASH_BYTES = 16


class PlateUnreadable(XunjianError):
    """A stored plate was sealed with another key, or is not what it is taken for."""


def normalise(text: str) -> str:
    """Return a plate as it is compared: capitals, no dot, no blanks, no full-width characters."""
    return _FILLERS.sub("", unicodedata.normalize("NFKC", text)).upper()


class PlateKeys:
    """Hashes and seals plates; what is stored of them can be read with the secret key only.

    Hashes are HMAC-SHA256, cut to 128 bits to tell plates apart and to 64 to look them up. Seals
    are AES-256-GCM with a random nonce, bound to their purpose.

    Args:
        secret_key: the installation's secret key (`api.secrets.load_secret_key`).
    """

    def __init__(self, secret_key: bytes) -> None:
        self._hashing = derive_key(secret_key, "plate hashes")
        self._sealing = AESGCM(derive_key(secret_key, "sealed plates"))

    def hash(self, plate: str) -> str:
        """Return the keyed hash that names a plate, 22 characters of URL-safe base64."""
        digest = self._digest("plate", plate)[:_HASH_BYTES]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def entry_keys(self, plate: str) -> set[int]:
        """Return the keys under which a register keeps a plate."""
        return {
            self._key("whole", plate),
            *(self._key(f"without {position}", rest) for position, rest in _deletions(plate)),
            *(self._key("shorter", rest) for _, rest in _deletions(plate)),
        }

    def exact_key(self, plate: str) -> int:
        """Return the key by which the very same plate is found."""
        return self._key("whole", plate)

    def similar_keys(self, plate: str) -> set[int]:
        """Return the keys by which plates exactly one edit away are found."""
        return {
            *(self._key(f"without {position}", rest) for position, rest in _deletions(plate)),
            *(self._key("whole", rest) for _, rest in _deletions(plate)),
            self._key("shorter", plate),
        }

    def seal(self, purpose: str, value: Any) -> str:
        """Return a JSON value encrypted, as text."""
        nonce = os.urandom(_NONCE_BYTES)
        data = json.dumps(value, ensure_ascii=False).encode()
        return base64.b64encode(
            nonce + self._sealing.encrypt(nonce, data, purpose.encode())
        ).decode()

    def open(self, purpose: str, sealed: str) -> Any:
        """Return the value that was sealed for a purpose.

        Raises:
            PlateUnreadable: it was sealed with another key or for another purpose.
        """
        data = base64.b64decode(sealed)
        try:
            opened = self._sealing.decrypt(
                data[:_NONCE_BYTES], data[_NONCE_BYTES:], purpose.encode()
            )
        except InvalidTag:
            raise PlateUnreadable(
                "a stored plate was sealed with another secret.key",
                hint="Restore the secret.key that belongs to this database, or load the registers "
                "again.",
            ) from None
        return json.loads(opened)

    def _digest(self, what: str, text: str) -> bytes:
        return hmac.digest(self._hashing, f"{what}\0{text}".encode(), "sha256")

    def _key(self, what: str, text: str) -> int:
        return int.from_bytes(self._digest(what, text)[:8], "big", signed=True)


def _deletions(plate: str) -> Iterator[tuple[int, str]]:
    return ((n, plate[:n] + plate[n + 1 :]) for n in range(len(plate)))
