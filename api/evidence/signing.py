"""Signed links: one rendition of one piece of evidence, for whoever holds the link, for a time."""

import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from api.database import now
from api.errors import Forbidden
from api.secrets import derive_key

LONGEST = timedelta(days=30)


class Rendition(StrEnum):
    """How a kept picture is shown."""

    PLAIN = "plain"
    ANNOTATED = "annotated"


class Medium(StrEnum):
    """What of a piece of evidence is shown."""

    PICTURE = "picture"
    CLIP = "clip"


def picture_path(evidence_id: str, rendition: Rendition) -> str:
    """Return the path of a picture, for people who are signed in."""
    return f"/v1/evidence/{evidence_id}/{Medium.PICTURE}?rendition={rendition}"


def clip_path(evidence_id: str, rendition: Rendition) -> str:
    """Return the path of a video, for people who are signed in."""
    return f"/v1/evidence/{evidence_id}/{Medium.CLIP}?rendition={rendition}"


class LinkSigner:
    """Makes and checks links that need no account.

    The signature is HMAC-SHA256 over evidence id, rendition, expiry and, of a video, its medium, in
    hexadecimal.

    Args:
        secret_key: the installation's secret key (`api.secrets.load_secret_key`).
        public_url: how departments reach this service.
    """

    def __init__(self, secret_key: bytes, public_url: str) -> None:
        self._key = derive_key(secret_key, "evidence links")
        self._public_url = public_url.rstrip("/")

    def url(
        self,
        evidence_id: str,
        rendition: Rendition,
        expires_at: datetime,
        medium: Medium = Medium.PICTURE,
    ) -> str:
        """Return a link to one rendition of one piece of evidence.

        Args:
            evidence_id: what the link shows.
            rendition: how.
            expires_at: until when, timezone-aware; cut to 30 days from now.
            medium: its picture or its video.
        """
        expires = int(min(expires_at, now() + LONGEST).timestamp())
        query = urlencode(
            {
                "rendition": rendition.value,
                "expires": expires,
                "signature": self._sign(evidence_id, rendition, expires, medium),
            }
        )
        return f"{self._public_url}/v1/evidence/{evidence_id}/{medium}?{query}"

    def check(
        self,
        evidence_id: str,
        rendition: Rendition,
        expires: int,
        signature: str,
        medium: Medium = Medium.PICTURE,
    ) -> None:
        """Return if a link is one of ours and still holds.

        Raises:
            Forbidden: it does not.
        """
        expected = self._sign(evidence_id, rendition, expires, medium)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise Forbidden(
                "The link's signature is not right; use the link exactly as it was sent.",
                code="link-invalid",
            )
        if expires < now().timestamp():
            raise Forbidden(
                "The link has expired; ask the sender for a new one.", code="link-expired"
            )

    def _sign(self, evidence_id: str, rendition: Rendition, expires: int, medium: Medium) -> str:
        message = f"{evidence_id}\n{rendition.value}\n{expires}"
        if medium is not Medium.PICTURE:  # links to pictures that were sent before stay valid
            message += f"\n{medium.value}"
        return hmac.digest(self._key, message.encode(), "sha256").hex()
