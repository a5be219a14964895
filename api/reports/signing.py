"""Signed reports: Ed25519 over JSON in its canonical form, or over a table's very bytes.

Sources: Ed25519, RFC 8032; canonical JSON, RFC 8785. Signed is the JSON under `report`, made
canonical, so that a file may be indented or its members moved; of a table every byte before its
last line, which is the signature.
"""

import base64
import csv
import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from api.secrets import derive_key
from models.errors import XunjianError

ALGORITHM = "Ed25519"
_LINE = "signature"


class ReportNotGenuine(XunjianError):
    """A report is not what was signed, or not signed with this key."""


class ReportUnreadable(XunjianError):
    """A file is no signed report, or a key is none."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, and the signature.

    Attributes:
        key_id: SHA-256 of the public key (DER, SubjectPublicKeyInfo), hexadecimal.
        value: 64 bytes in base64.
    """

    key_id: str
    value: str


class ReportSigner:
    """Signs an installation's reports with a key derived from its secret key.

    Args:
        secret_key: the installation's secret key (`api.secrets.load_secret_key`).
    """

    def __init__(self, secret_key: bytes) -> None:
        seed = derive_key(secret_key, "report signatures")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> Ed25519PublicKey:
        """What reports are checked with."""
        return self._key.public_key()

    def sign(self, data: bytes) -> Signature:
        """Return the signature of bytes."""
        value = base64.b64encode(self._key.sign(data)).decode()
        return Signature(key_id(self.public_key), value)

    def sign_table(self, text: str) -> str:
        """Return a table with its signature as the last line."""
        signature = self.sign(text.encode())
        return f"{text}{_LINE},{ALGORITHM},{signature.key_id},{signature.value}\r\n"


def canonical(value: Any) -> bytes:
    """Return a JSON value as RFC 8785 writes it."""
    return rfc8785.dumps(value)


def as_pem(key: Ed25519PublicKey) -> str:
    """Return a public key as PEM, as `openssl` reads it."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def read_pem(text: bytes) -> Ed25519PublicKey:
    """Return the public key of a PEM file.

    Raises:
        ReportUnreadable: it holds none of Ed25519.
    """
    try:
        key = serialization.load_pem_public_key(text)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ReportUnreadable(
            "the key is no public key of Ed25519 in PEM",
            hint="Fetch it where the report was made: curl -O …/v1/reports/key.pem",
        )
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of a public key, hexadecimal."""
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()


def verify(data: bytes, key: Ed25519PublicKey) -> str:
    """Return the day of a signed report, JSON or table, that is what was signed with a key.

    Args:
        data: the whole file.
        key: the public key of the installation that is said to have made it.

    Raises:
        ReportUnreadable: it is no signed report.
        ReportNotGenuine: it was changed, or signed with another key.
    """
    day, signed, signature = _table(data) if not data.lstrip().startswith(b"{") else _json(data)
    try:
        value = base64.b64decode(signature.value, validate=True)
    except ValueError:
        raise ReportUnreadable("the signature is not base64") from None
    if signature.key_id != key_id(key):
        raise ReportNotGenuine(
            f"signed with another key: {signature.key_id[:16]}…, not {key_id(key)[:16]}…",
            hint="Take the key of the installation that made the report; a new secret.key makes a "
            "new one, and older reports keep the old.",
        )
    try:
        key.verify(value, signed)
    except InvalidSignature:
        raise ReportNotGenuine(
            "this is not what was signed: something was changed afterwards",
            hint="Ask for the report again. A table that a spreadsheet program has saved anew is "
            "changed too; verify the file as it was fetched.",
        ) from None
    return day


def _json(data: bytes) -> tuple[str, bytes, Signature]:
    try:
        document = json.loads(data)
        report, signature = document["report"], document["signature"]
        if signature["algorithm"] != ALGORITHM:
            raise ReportUnreadable(f"signed by {signature['algorithm']!r}, not {ALGORITHM}")
        named = Signature(str(signature["key_id"]), str(signature["value"]))
        return str(report["day"]), canonical(report), named
    except (ValueError, KeyError, TypeError, rfc8785.CanonicalizationError):
        raise _unreadable() from None


def _table(data: bytes) -> tuple[str, bytes, Signature]:
    head, _, last = data.removesuffix(b"\r\n").rpartition(b"\r\n")
    signed = head + b"\r\n"
    try:
        ((mark, algorithm, key, value),) = csv.reader([last.decode()])
        rows = csv.reader(io.StringIO(signed.decode("utf-8-sig"), newline=""))
        day = next(row[2] for row in rows if row[:2] == ["report", "day"])
    except (ValueError, IndexError, StopIteration, csv.Error):
        raise _unreadable() from None
    if (mark, algorithm) != (_LINE, ALGORITHM):
        raise _unreadable()
    return day, signed, Signature(key, value)


def _unreadable() -> ReportUnreadable:
    return ReportUnreadable(
        "this is no signed daily report",
        hint="It is the JSON or the CSV of GET /v1/reports/daily/{day}, as it was fetched.",
    )
