"""Encryption at rest: a file is sealed in chunks, each of which proves that it is whole.

The construction is that of age's payload (C2SP, age-encryption.org/v1): STREAM (Hoang,
Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance", CRYPTO 2015) with ChaCha20-Poly1305 (RFC 8439) over chunks of 64 KiB. The nonce
is a counter of 11 bytes and one that is 1 in the last chunk only, so that chunks cannot be
reordered, left out or cut off. Every file has a key of its own: HKDF-SHA256 (RFC 5869) of the
queue's key with 16 random bytes that stand at the file's beginning. ChaCha20 and not AES because
small ARM boxes have no AES instructions.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:  # imported when needed: 7 MB of memory that a queue without a key does not take
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from gateway.errors import KeyWrong, RecordDamaged

KEY_BYTES = 32
_MAGIC = b"XJSEALED"
_ID_BYTES = 8
_SALT_BYTES = 16
HEADER_BYTES = len(_MAGIC) + _ID_BYTES + _SALT_BYTES
_CHUNK = 64 * 1024
_TAG_BYTES = 16
_SEALED_CHUNK = _CHUNK + _TAG_BYTES


def parse_key(text: str) -> bytes:
    """Read a key as `openssl rand -base64 32` or `openssl rand -hex 32` prints it.

    Raises:
        KeyWrong: it is neither.
    """
    text = text.strip()
    try:
        key = (
            bytes.fromhex(text)
            if len(text) == 2 * KEY_BYTES
            else base64.b64decode(text, validate=True)
        )
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyWrong(
            "the key of the queue is not 32 bytes in base64 or hexadecimal",
            hint="make one with `openssl rand -base64 32` and keep a copy of it elsewhere",
        )
    return key


class Seal:
    """Seals and opens the files of a queue.

    Args:
        key: 32 random bytes.

    Raises:
        ValueError: the key has another length.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the key of a queue has {KEY_BYTES} bytes, not {len(key)}")
        self._key = key
        self._id = self._derive(b"id", b"")[:_ID_BYTES]
        self._naming = self._derive(b"name", b"")

    def name(self, key: str) -> str:
        """Return hexadecimal digits that say nothing of a name to those without the key."""
        return hmac.digest(self._naming, key.encode(), hashlib.sha256).hex()

    def size(self, size: int) -> int:
        """Return how many bytes so many become."""
        return HEADER_BYTES + size + _TAG_BYTES * max(1, -(-size // _CHUNK))

    def close(self, content: Iterable[bytes]) -> Iterator[bytes]:
        """Seal bytes, chunk by chunk."""
        salt = os.urandom(_SALT_BYTES)
        cipher = self._cipher(salt)
        yield _MAGIC + self._id + salt
        waiting, counter = bytearray(), 0
        for data in content:
            waiting += data
            while len(waiting) > _CHUNK:
                yield cipher.encrypt(_nonce(counter, last=False), waiting[:_CHUNK], None)
                del waiting[:_CHUNK]
                counter += 1
        yield cipher.encrypt(_nonce(counter, last=True), waiting, None)

    def open(self, file: BinaryIO, start: int = 0) -> Iterator[bytes]:
        """Give what was sealed, from a byte on, without reading what lies before its chunk.

        Args:
            file: a sealed file.
            start: how many of the bytes that were sealed are left out.

        Raises:
            RecordDamaged: the file is not what was written, or was sealed with another key.
        """
        from cryptography.exceptions import InvalidTag

        size = os.fstat(file.fileno()).st_size
        header = file.read(HEADER_BYTES)
        if not self.has_sealed(header):
            raise RecordDamaged(f"{file.name} was not sealed with the queue's key")
        cipher = self._cipher(header[-_SALT_BYTES:])
        last = max(0, (size - HEADER_BYTES - 1) // _SEALED_CHUNK)
        counter = min(start // _CHUNK, last)
        skip = start - counter * _CHUNK
        at = file.seek(HEADER_BYTES + counter * _SEALED_CHUNK)
        is_last = False
        while not is_last:
            sealed = file.read(_SEALED_CHUNK)
            at += len(sealed)
            is_last = at >= size
            try:
                data = cipher.decrypt(_nonce(counter, last=is_last), sealed, None)
            except InvalidTag as error:
                raise RecordDamaged(f"{file.name} is not what was written") from error
            yield data[skip:] if skip else data
            counter, skip = counter + 1, 0

    def has_sealed(self, beginning: bytes) -> bool:
        """Return whether a file that begins so was sealed with this key."""
        return len(beginning) >= HEADER_BYTES and beginning.startswith(_MAGIC + self._id)

    def _cipher(self, salt: bytes) -> "ChaCha20Poly1305":
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        return ChaCha20Poly1305(self._derive(b"payload", salt))

    def _derive(self, purpose: bytes, salt: bytes) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        info = b"xunjian gateway queue v1: " + purpose
        return HKDF(SHA256(), KEY_BYTES, salt, info).derive(self._key)


def is_sealed_beginning(beginning: bytes) -> bool:
    """Return whether a file begins as a sealed one does, whatever the key."""
    return len(beginning) >= HEADER_BYTES and beginning.startswith(_MAGIC)


def _nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(11) + (b"\1" if last else b"\0")
